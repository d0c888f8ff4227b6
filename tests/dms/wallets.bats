#!/usr/bin/env bats
# CertificateWallet: Oracle's auto-login wallets, made here from their layout, and samples of other makers.

bats_require_minimum_version 1.5.0
load dms.bash
load ../store/store.bash

IMPORT=$ROOT/scripts/certfs-import
SAMPLES=$ROOT/../shared/wallets

PASSWORD=$'0\n2345\r789\eabcde'

# make_wallet NAME LEAF... : NAME.p12 and NAME.sso, of that certificate, its key and more certificates.
make_wallet() {
    local name=$1 leaf=$2 key=00112233445566778899aabbccddeeff
    shift 2
    cat "${@/%/.pem}" >"$name-more.pem"
    P=$PASSWORD openssl pkcs12 -export -in "$leaf.pem" -inkey "$leaf-key.pem" -certfile "$name-more.pem" \
        -passout env:P -macalg sha1 -out "$name.p12"
    {
        printf '\xa1\xf8\x4e6\0\0\0\x06\0\0\0\x21\x06%b' "$(sed 's/../\\x&/g' <<<"$key")"
        printf %s "$PASSWORD" | openssl enc -aes-128-cbc -nopad -K "$key" -iv C034D8311C02CEF851F0144B81ED4BF2
        cat "$name.p12"
    } >"$name.sso"
}

setup_file() {
    dms_pki
    cd "$PKI" || return
    make_wallet a leaf root
    make_wallet b deep intermediate root
}

test_setup() {
    store_begin
    unset CERTFS_CONTROL
}

teardown_file() {
    dms_end
}

# import_wallet FILE ID: as the AWS CLI sends fileb://FILE.
import_wallet() {
    wallet_document "$@" >"$WORK/document"
    cat "$WORK/document" >"$CONTROL"
}

wallet_document() {
    printf '{"CertificateIdentifier":"%s","CertificateWallet":"%s"}' "$2" "$(base64 -w0 "$1")"
}

# fingerprints FILE: of the certificates in PEM, sorted.
fingerprints() {
    python3 -c '
import base64, hashlib, re, sys
text = open(sys.argv[1]).read()
blocks = re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END", text, re.S)
print(*sorted({hashlib.sha256(base64.b64decode(block)).hexdigest() for block in blocks}), sep="\n")' "$1"
}

@test "a wallet is served as files, its own bytes too, which nobody but the owner reads" {
    serve -o owner=mysql
    import_wallet "$PKI/b.sso" w
    local set=$MNT/certificates/w
    same "$set/cwallet.sso" "$PKI/b.sso"
    equal "its mode" "$(stat -c '%a %U %s' "$set/cwallet.sso")" "400 mysql $(stat -c %s "$PKI/b.sso")"
    equal "the files" "$(cd "$set" && echo *)" "ca.pem cert.pem certificate.json cwallet.sso key.pem"
    cat "$PKI/deep.pem" "$PKI/intermediate.pem" >"$WORK/chain"
    same "$set/cert.pem" "$WORK/chain"
    same "$set/ca.pem" "$PKI/root.pem"
    openssl pkey -in "$set/key.pem" -pubout | same - <(openssl x509 -in "$PKI/deep.pem" -noout -pubkey)
    run setpriv --reuid=nobody --regid=nogroup --clear-groups cat "$set/cwallet.sso"
    [ "$status" != 0 ] || fail "nobody can read it"
    setpriv --reuid=mysql --regid="$(id -g mysql)" --clear-groups cat "$set/cwallet.sso" | same - "$PKI/b.sso"
    ! grep -q PRIVATE "$set/certificate.json" || fail "certificate.json holds a key"
}

@test "a wallet is there after a restart, and RestorePrevious brings back the one before" {
    serve
    import_wallet "$PKI/a.sso" w
    "$IMPORT" --wallet "$PKI/b.sso" w "$CONTROL"
    stop
    serve
    same "$MNT/certificates/w/cwallet.sso" "$PKI/b.sso"
    echo '{"Action":"RestorePrevious","CertificateIdentifier":"w"}' >"$CONTROL"
    same "$MNT/certificates/w/cwallet.sso" "$PKI/a.sso"
    same "$MNT/certificates/w/cert.pem" "$PKI/leaf.pem"
}

@test "botocore sends a wallet, and understands the answer" {
    dms_begin
    serve
    dms ImportCertificate '{CertificateIdentifier: "w", CertificateWallet: $wallet}' --arg wallet "$(base64 -w0 "$PKI/a.sso")"
    same "$MNT/certificates/w/cwallet.sso" "$PKI/a.sso"
    dms_refuses InvalidCertificateFault EBADMSG ImportCertificate '{CertificateIdentifier: "v", CertificateWallet: $wallet}' \
        --arg wallet "$(base64 -w0 "$PKI/a.p12")"
    matches "the sentence" "$MESSAGE" "the cwallet.sso next to it is needed"
}

# Python's json with its default separators, one line, is what the CLI sends for fileb://FILE.
@test "the request that the AWS CLI makes is accepted, and its encoding of base64 in a file is named" {
    dms_begin
    serve
    local request='{"CertificateIdentifier": "w", "CertificateWallet": "%s", "Tags": [{"Key": "Name", "Value": "db"}]}'
    # shellcheck disable=SC2059 # the format is above
    dms_document ImportCertificate "$(printf "$request" "$(base64 -w0 "$PKI/a.sso")")"
    dms_succeeded ImportCertificate
    equal "the certificate" "$(answer '.Certificate | [.CertificateIdentifier, has("CertificateWallet"), (.CertificatePem | test("PRIVATE"))]')" \
        '["w",false,false]'
    same "$MNT/certificates/w/cwallet.sso" "$PKI/a.sso"
    # shellcheck disable=SC2059
    dms_document ImportCertificate "$(printf "${request/\"w\"/\"v\"}" "$(base64 -w0 "$PKI/a.sso" | base64 -w0)")"
    dms_refused InvalidCertificateFault EBADMSG
    matches "the sentence" "$MESSAGE" "base64 twice; .*fileb://"
}

@test "certfs --check judges a wallet, in a document and as it is" {
    wallet_document "$PKI/b.sso" w >"$WORK/document"
    run --separate-stderr "$CERTFS" --check <"$WORK/document"
    equal "of a document" "$status $(jq -r .Certificate.CertificateIdentifier <<<"$output")" "0 w"
    run --separate-stderr "$CERTFS" --check <"$PKI/b.sso"
    # shellcheck disable=SC2154 # bats sets stderr
    matches "of a file" "$status $stderr" "^0 certfs: good: would be imported wallet: .*CN=deep"
    for first in 1 2; do
        head -c "$first" "$PKI/b.sso" >"$WORK/first"
        python3 "$LIB/slow-pipe.py" "$WORK/first" <(tail -c +$((first + 1)) "$PKI/b.sso") "$CERTFS" --check >"$WORK/answer"
        equal "of a pipe that has $first of its bytes at first" "$(jq -r .Certificate.CertificateIdentifier "$WORK/answer")" wallet
    done
    head -c 700 "$PKI/b.sso" >"$WORK/cut"
    run --separate-stderr "$CERTFS" --check <"$WORK/cut"
    matches "of a cut file" "$status $stderr" "^1 certfs: .*it ends too early"
}

# Both show a certificate, and both look at the other's.
@test "a TLS server and a client read a wallet's files from the mount, and take each other" {
    serve
    import_wallet "$PKI/b.sso" w
    local set=$MNT/certificates/w
    local files=(-cert "$set/cert.pem" -key "$set/key.pem" -cert_chain "$set/cert.pem" -CAfile "$set/ca.pem" -no-CApath -no-CAstore)
    background openssl s_server "${files[@]}" -unix "$WORK/tls" -Verify 2 -verify_return_error -www >"$WORK/server" 2>&1
    eventually test -S "$WORK/tls"
    printf 'GET / HTTP/1.0\r\n\r\n' |
        openssl s_client "${files[@]}" -unix "$WORK/tls" -verify_return_error -quiet -ign_eof >"$WORK/client" 2>&1
    grep -q '^Client certificate' "$WORK/client" || fail "$(tail -n 5 "$WORK/server" "$WORK/client")"
}

@test "an open of a wallet is an audit line as one of a key" {
    serve_loudly
    import_wallet "$PKI/a.sso" w
    cat "$MNT/certificates/w/cwallet.sso" >/dev/null
    eventually grep -q 'event=key_open .* program=cat set=w ' "$WORK/mount.log"
}

# found COMMAND FILE: how many pieces are in the memory of certfs.
found() {
    # shellcheck disable=SC2046 # a word per process
    python3 "$LIB/memory.py" "$@" $(processes) | sed -n '1s/found \([0-9]*\) of.*/\1/p'
}

@test "after its removal nothing of a wallet, its key or its password is in memory or in the store, and an open one reads nothing" {
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=rsa -days 30 -keyout "$WORK/rsa-key.pem" -out "$WORK/rsa.pem" 2>/dev/null
    make_wallet "$WORK/c" "$WORK/rsa" "$PKI/root"
    printf %s "$PASSWORD" >"$WORK/password"
    serve
    import_wallet "$WORK/c.sso" w
    same "$MNT/certificates/w/cwallet.sso" "$WORK/c.sso"
    [ "$(found look "$WORK/c.sso")" -gt 50 ] || fail "the wallet is not found while it is served"
    equal "pieces of the password while it is served" "$(found look "$WORK/password")" 0
    ! grep -qaF "$(base64 -w0 "$WORK/c.sso" | head -c 64)" "$STORE"/* || fail "the record is not sealed"
    exec 5<"$MNT/certificates/w/cwallet.sso"
    echo '{"Action":"rds_remove_binlog_ssl_material","CertificateIdentifier":"w"}' >"$CONTROL"
    run cat <&5
    exec 5<&-
    matches "what is read from a removed wallet" "$status $output" "^1 .*Input/output error"
    equal "pieces of the key" "$(found scan "$WORK/rsa-key.pem")" 0
    equal "pieces of the wallet" "$(found look "$WORK/c.sso")" 0
    equal "pieces of the password" "$(found look "$WORK/password")" 0
    equal "what the store has" "$(find "$STORE" -type f -size +0 -name '*[0-9a-f]' | wc -l)" 0
}

@test "each mistake has its own sentence" {
    serve
    local expected
    cp "$PKI/a.sso" "$WORK/bad"
    base64 -w0 "$PKI/a.sso" >"$WORK/twice"
    head -c 500 "$PKI/a.sso" >"$WORK/cut"
    { head -c 3 "$PKI/a.sso"; printf 8; tail -c +5 "$PKI/a.sso"; } >"$WORK/local"
    { head -c 7 "$PKI/a.sso"; printf '\5'; tail -c +9 "$PKI/a.sso"; } >"$WORK/10g"
    openssl x509 -in "$PKI/root.pem" -outform DER >"$WORK/der"
    printf '\xfe\xed\xfe\xed\0\0\0\2' >"$WORK/jks"
    : >"$WORK/cwallet.sso.lck"
    head -c 1000000 /dev/zero | cat "$PKI/a.sso" - >"$WORK/huge"
    echo "/etc/oracle/cwallet.sso" >"$WORK/text"
    while IFS='|' read -r file expected; do
        run "$IMPORT" --wallet "$file" w "$CONTROL"
        equal "exit status for $file" "$status" 1
        matches "the sentence for $file" "$output" "$expected"
    done <<END
$WORK/twice|base64 twice
$WORK/cut|ends too early
$WORK/local|on its own host only: orapki wallet create
$WORK/text|text in place of a wallet
$WORK/10g|Oracle 10g
$WORK/der|certificate .DER. in place
$WORK/jks|JKS
$WORK/cwallet.sso.lck|is empty
$WORK/huge|too large: a request has 1048576 bytes at most
$PKI/a.p12|ewallet.p12
$PKI/root.pem|PEM in place of a wallet
END
    [ ! -e "$MNT/certificates/w" ]
}

# As the README has it.
@test "a record of a large wallet can be restored by openssl without what was found about it" {
    serve
    cp "$PKI/root.pem" "$WORK/many-root.pem"
    PKI=$WORK make_many_cas "$WORK/many-root.pem" 290
    (cd "$WORK" && make_wallet large "$PKI/leaf" "$WORK/many-root")
    import_wallet "$WORK/large.sso" w
    open_record "$(record w)" >"$WORK/document"
    [ "$(wc -c <"$WORK/document")" -gt $((1024 * 1024)) ] || fail "the document is too small for this test"
    echo '{"Action":"rds_remove_binlog_ssl_material","CertificateIdentifier":"w"}' >"$CONTROL"
    jq -c '.Record |= del(.Previous, .Opened, .PreviousOpened, .Judged, .PreviousJudged)' "$WORK/document" >"$CONTROL"
    same "$MNT/certificates/w/cwallet.sso" "$WORK/large.sso"
}

@test "certfs-import takes a wallet and a PKCS#12 file, whose password openssl asks for" {
    serve
    run "$IMPORT" --wallet "$PKI/a.sso" w "$CONTROL"
    equal "of a wallet" "$status $output" "0 imported: w, see $MNT/certificates/w"
    openssl pkcs12 -export -in "$PKI/deep.pem" -inkey "$PKI/deep-key.pem" \
        -certfile <(cat "$PKI/intermediate.pem" "$PKI/root.pem") -passout pass:secret -out "$WORK/deep.p12"
    run setsid --wait "$IMPORT" --pkcs12 "$WORK/deep.p12" p "$CONTROL" <<<secret
    equal "of a PKCS#12 file" "$status ${lines[-1]}" "0 imported: p, see $MNT/certificates/p"
    same "$MNT/certificates/p/ca.pem" "$PKI/root.pem"
    run setsid --wait "$IMPORT" --pkcs12 "$WORK/deep.p12" "" "$CONTROL" <<<secret
    equal "of a PKCS#12 file for the root set" "$status" 0
    matches "its sentence" "${lines[-1]}" "^imported: generation 3"
    cat "$PKI/deep.pem" "$PKI/intermediate.pem" | same "$MNT/cert.pem" -
    same "$MNT/ca.pem" "$PKI/root.pem"
    run setsid --wait "$IMPORT" --pkcs12 "$WORK/deep.p12" q "$CONTROL" <<<wrong
    equal "with another password" "$status" 1
    [ ! -e "$MNT/certificates/q" ]
}

# opened FILE: what openssl pkcs12 finds in a wallet, by the password that is found as its layout has it.
opened() {
    python3 "$LIB/wallet.py" "$1" "$WORK/inside.p12" >"$WORK/inside" || return
    P=$(cat "$WORK/inside"; printf x) && P=${P%x} openssl pkcs12 -in "$WORK/inside.p12" -nodes -passin env:P 2>/dev/null
}

@test "the samples are opened, and the certificates and the key are those that openssl pkcs12 finds in them" {
    [ -d "$SAMPLES" ] || skip "no samples beside this tree"
    serve
    local accept='"Accept":["expired","untrusted_chain","weak_key","weak_signature"]' sample id=0
    for sample in "$SAMPLES"/rustora-cwallet*.sso "$SAMPLES"/synthetic/{aes-36,aes-37,des-36-key}*.sso; do
        id=$((id + 1))
        printf '{"CertificateIdentifier":"s%d",%s,"CertificateWallet":"%s"}' "$id" "$accept" "$(base64 -w0 "$sample")" \
            >"$WORK/document"
        cat "$WORK/document" >"$CONTROL" || fail "$sample: $(cat "$MNT/last")"
        same "$MNT/certificates/s$id/cwallet.sso" "$sample"
        opened "$sample" >"$WORK/expected" || fail "openssl does not open $sample"
        cat "$MNT/certificates/s$id"/c*.pem >"$WORK/served"
        same <(fingerprints "$WORK/served") <(fingerprints "$WORK/expected")
        equal "whether $sample has a key" "$([ -e "$MNT/certificates/s$id/key.pem" ] && echo yes)" \
            "$(grep -q 'BEGIN PRIVATE KEY' "$WORK/expected" && echo yes)"
        [ ! -e "$MNT/certificates/s$id/key.pem" ] ||
            same <(openssl pkey -in "$MNT/certificates/s$id/key.pem" -pubout) <(openssl pkey -in "$WORK/expected" -pubout)
    done
    # The contents of the .p12 beside, where its password is known.
    openssl pkcs12 -in "$SAMPLES/rustora-ewallet_orapki.p12" -nokeys -passin pass:WalletPass123 >"$WORK/expected" 2>/dev/null
    opened "$SAMPLES/rustora-cwallet_orapki.sso" >"$WORK/inside"
    same <(fingerprints "$WORK/inside") <(fingerprints "$WORK/expected")
    for sample in "$SAMPLES"/synthetic/*-38-*.sso "$SAMPLES"/synthetic/*rc2.sso "$SAMPLES"/*.p12; do
        run import_wallet "$sample" no
        [ "$status" != 0 ] || fail "$sample was taken"
    done
    [ ! -e "$MNT/certificates/no" ]
}
