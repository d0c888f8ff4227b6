#!/usr/bin/env bats
# CertificateWallet: Oracle's auto-login wallets, made here from their layout, and samples of other makers.

bats_require_minimum_version 1.5.0
load dms.bash
load ../store/store.bash

IMPORT=$ROOT/scripts/certfs-import
SAMPLES=$ROOT/../shared/wallets

# make_wallet NAME LEAF... : NAME.p12 and NAME.sso below PKI, of that certificate, its key and more certificates. The
# password has control characters.
make_wallet() {
    local name=$1 leaf=$2 password=$'0\n2345\r789\eabcde' key=00112233445566778899aabbccddeeff
    shift 2
    cat "${@/%/.pem}" >"$name-more.pem"
    P="$password" openssl pkcs12 -export -in "$leaf.pem" -inkey "$leaf-key.pem" -certfile "$name-more.pem" \
        -passout env:P -macalg sha1 -out "$name.p12"
    {
        printf '\xa1\xf8\x4e6\0\0\0\x06\0\0\0\x21\x06%b' "$(sed 's/../\\x&/g' <<<"$key")"
        printf %s "$password" | openssl enc -aes-128-cbc -nopad -K "$key" -iv C034D8311C02CEF851F0144B81ED4BF2
        cat "$name.p12"
    } >"$name.sso"
}

setup_file() {
    dms_pki
    cd "$PKI" || return
    make_wallet a leaf root
    make_wallet b deep intermediate root
}

setup() {
    test_begin
    store_begin
    unset CERTFS_CONTROL
}

teardown() {
    store_end
    test_end
}

teardown_file() {
    dms_end
}

# import_wallet FILE ID: as the AWS CLI sends fileb://FILE.
import_wallet() {
    printf '{"CertificateIdentifier":"%s","CertificateWallet":"%s"}' "$2" "$(base64 -w0 "$1")" >"$WORK/document"
    cat "$WORK/document" >"$CONTROL"
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
    matches "the sentence" "$MESSAGE" "cwallet.sso beside it is needed"
}

@test "what came in a wallet serves TLS" {
    serve
    import_wallet "$PKI/b.sso" w
    local set=$MNT/certificates/w
    python3 - "$set" <<'PYTHON'
import ssl, sys
folder = sys.argv[1]
server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
server.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
client.load_verify_locations(f"{folder}/ca.pem")
client.check_hostname = False
a, b = (ssl.MemoryBIO(), ssl.MemoryBIO()), None
to_server, to_client = a
ends = [server.wrap_bio(to_server, to_client, server_side=True), client.wrap_bio(to_client, to_server)]
done = [False, False]
for _ in range(20):
    for i in (1, 0):
        try:
            ends[i].do_handshake()
            done[i] = True
        except ssl.SSLWantReadError:
            pass
assert all(done), done
PYTHON
}

@test "an open of a wallet is an audit line as one of a key" {
    serve_loudly
    import_wallet "$PKI/a.sso" w
    cat "$MNT/certificates/w/cwallet.sso" >/dev/null
    eventually grep -q 'event=key_open .* program=cat set=w ' "$WORK/mount.log"
}

@test "after its removal nothing of a wallet's key or password is in memory" {
    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=rsa -days 30 -keyout "$WORK/rsa-key.pem" -out "$WORK/rsa.pem" 2>/dev/null
    make_wallet "$WORK/c" "$WORK/rsa" "$PKI/root"
    serve
    import_wallet "$WORK/c.sso" w
    cat "$MNT/certificates/w/cwallet.sso" >/dev/null
    echo '{"Action":"rds_remove_binlog_ssl_material","CertificateIdentifier":"w"}' >"$CONTROL"
    # shellcheck disable=SC2046 # a word per process
    matches "pieces" "$(python3 "$LIB/memory.py" scan "$WORK/rsa-key.pem" $(processes))" "^found 0 of"
}

@test "each mistake has its own sentence" {
    serve
    local expected
    cp "$PKI/a.sso" "$WORK/bad"
    base64 -w0 "$PKI/a.sso" >"$WORK/twice"
    head -c 500 "$PKI/a.sso" >"$WORK/cut"
    { head -c 3 "$PKI/a.sso"; printf 8; tail -c +5 "$PKI/a.sso"; } >"$WORK/local"
    echo "/etc/oracle/cwallet.sso" >"$WORK/text"
    while IFS='|' read -r file expected; do
        run "$IMPORT" --wallet "$file" w "$CONTROL"
        equal "exit status for $file" "$status" 1
        matches "the sentence for $file" "$output" "$expected"
    done <<END
$WORK/twice|base64 twice
$WORK/cut|ends too early
$WORK/local|on its own host alone: orapki wallet create
$WORK/text|text in the place of a wallet
$PKI/a.p12|ewallet.p12
$PKI/root.pem|PEM in the place of a wallet
END
    [ ! -e "$MNT/certificates/w" ]
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
    openssl x509 -in "$MNT/cert.pem" | same - "$PKI/deep.pem"
    run setsid --wait "$IMPORT" --pkcs12 "$WORK/deep.p12" q "$CONTROL" <<<wrong
    equal "with another password" "$status" 1
    [ ! -e "$MNT/certificates/q" ]
}

@test "the samples are opened, and the certificates are those that openssl finds in the PKCS#12 file beside" {
    [ -d "$SAMPLES" ] || skip "no samples beside this tree"
    serve
    local accept='"Accept":["expired","untrusted_chain","weak_key","weak_signature"]' sample id=0
    for sample in "$SAMPLES"/rustora-cwallet*.sso "$SAMPLES"/synthetic/{aes-36,aes-37,des-36-key}*.sso; do
        id=$((id + 1))
        printf '{"CertificateIdentifier":"s%d",%s,"CertificateWallet":"%s"}' "$id" "$accept" "$(base64 -w0 "$sample")" \
            >"$WORK/document"
        cat "$WORK/document" >"$CONTROL" || fail "$sample: $(cat "$MNT/last")"
        same "$MNT/certificates/s$id/cwallet.sso" "$sample"
        cat "$MNT/certificates/s$id"/c*.pem >"$WORK/served"
        case $sample in
            */synthetic/*) same <(fingerprints "$WORK/served") <(fingerprints "$SAMPLES/synthetic/c.pem") ;;
            *_orapki*)
                openssl pkcs12 -in "$SAMPLES/rustora-ewallet_orapki.p12" -nokeys -passin pass:WalletPass123 >"$WORK/expected" 2>/dev/null
                same <(fingerprints "$WORK/served") <(fingerprints "$WORK/expected")
                ;;
        esac
    done
    for sample in "$SAMPLES"/synthetic/*-38-*.sso "$SAMPLES"/synthetic/*rc2.sso "$SAMPLES"/*.p12; do
        run import_wallet "$sample" no
        [ "$status" != 0 ] || fail "$sample was taken"
    done
    [ ! -e "$MNT/certificates/no" ]
}
