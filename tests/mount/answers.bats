#!/usr/bin/env bats
# The answers of control, write by write, on one descriptor; and the contents of `last` and `status` afterwards.
# The steps and their outcomes are explained in ../lib/control.py.

# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own, and means to be

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a
    make_pki b
    payload "$PKI/a"/{ca,cert}.pem "$PKI/b/key.pem" >"$PKI/bad.json"
    head -c -60 "$PKI/a.json" >"$PKI/cut.json"
}

test_setup() {
    mount_certfs
}

# outcomes OUTCOME...: what talk printed, line by line; a line in slashes is a regular expression.
outcomes() {
    local lines i=0 wanted
    mapfile -t lines <<<"$output"
    for wanted in "$@"; do
        if [[ $wanted == /*/ ]]; then
            wanted=${wanted#/}
            matches "outcome $((i + 1))" "${lines[i]-}" "${wanted%/}" || { echo "$output"; return 1; }
        else
            equal "outcome $((i + 1))" "${lines[i]-}" "$wanted" || { echo "$output"; return 1; }
        fi
        i=$((i + 1))
    done
    equal "the number of outcomes" "${#lines[@]}" $#
}

# talked STEP...: talk, which must not fail itself.
talked() {
    output=$(talk "$@") || fail "control.py failed: $output"
}

last_is() {
    [ "$(cat "$MNT/last")" = "$1" ]
}

size_of() {
    stat -c %s "$1"
}

OK='/^read \{"result":"ok","changed":true,"generation":[0-9]+,"repairs":\[.*\],"warnings":\[.*\],"waived":\[\]\}$/'
REFUSED='/^read \{"result":"refused","fault":"InvalidCertificateFault","reason":"key_mismatch","field":"ssl_[a-z]+","message":"[^"]+"\}$/'

@test "the answer of a good write is read back on the same descriptor" {
    talked write:"$PKI/a.json" read close
    outcomes "write $(size_of "$PKI/a.json")" "$OK" "close ok"
}

@test "the answer is a line of JSON with the members that the contract names" {
    talked write:"$PKI/a.json" read
    answer=$(sed -n 's/^read //p' <<<"$output")
    equal "the answer's members" "$(jq -c keys_unsorted <<<"$answer")" \
        '["result","changed","generation","repairs","warnings","waived"]'
    equal generation "$(jq .generation <<<"$answer")" "$(of_status .generation)"
}

@test "the answer of a refused write is read back too, and then close is content" {
    talked write:"$PKI/bad.json" read flush close
    outcomes "write EKEYREJECTED" "$REFUSED" "flush ok" "close ok"
}

@test "bash reads an answer back" {
    run bash -c 'exec 3<>"$1"; printf %s "$(<"$2")" >&3; cat <&3' bash "$CONTROL" "$PKI/a.json"
    equal "exit status" "$status" 0
    matches answer "$output" '^\{"result":"ok"'
    run bash -c 'exec 3<>"$1"; printf %s "$(<"$2")" 2>/dev/null >&3; IFS= read -r -d "" answer <&3; printf %s "$answer"' \
        bash "$CONTROL" "$PKI/bad.json"
    equal "exit status" "$status" 0
    matches answer "$output" '"reason":"key_mismatch"'
}

@test "bash reads an answer piece by piece and loses nothing of it" {
    run bash -c 'exec 3<>"$1"; printf %s "$(<"$2")" 2>/dev/null >&3
        while IFS= read -r -d , piece <&3; do printf "%s," "$piece"; done; printf %s "$piece"' bash "$CONTROL" "$PKI/bad.json"
    matches answer "$output" '^\{"result":"refused",.*"reason":"key_mismatch",.*"message":"[^"]+"\}$'
}

@test "a writer may ask where it is and go elsewhere, offsets do not count; who also reads cannot seek" {
    python3 - "$CONTROL" "$PKI/a.json" <<'END'
import errno, os, sys
data = open(sys.argv[2], "rb").read()
writer = os.open(sys.argv[1], os.O_WRONLY)
assert os.lseek(writer, 0, os.SEEK_CUR) == 0
os.write(writer, data[:100])
os.lseek(writer, 7, os.SEEK_SET)
os.write(writer, data[100:200])
os.pwrite(writer, data[200:300], 1 << 40)
os.lseek(writer, 0, os.SEEK_END)
os.write(writer, data[300:])
os.close(writer)
both = os.open(sys.argv[1], os.O_RDWR)
try:
    os.lseek(both, 0, os.SEEK_CUR)
    sys.exit("one can seek in what can be read")
except OSError as error:
    assert error.errno == errno.ESPIPE, error
END
    serves a
}

@test "before the verdict and after the answer's end there is nothing to read" {
    talked read pieces:1000:"$PKI/cut.json" read write:<(tail -c 60 "$PKI/a.json") read read read
    outcomes "read EOF" "/^write [0-9]+$/" "read EOF" "write 60" "$OK" "read EOF" "read EOF"
}

@test "an answer can be read in pieces, and offsets do not count" {
    talked write:"$PKI/bad.json" read:1 read:2 read
    outcomes "write EKEYREJECTED" "read {" 'read "r' '/^read esult":"refused"/'
}

@test "a refusal that a write has returned is not returned again by close" {
    talked write:"$PKI/bad.json" read:10 flush close
    outcomes "write EKEYREJECTED" "/^read /" "flush ok" "close ok"
}

@test "close gives the verdict on the rest of a write that the kernel cut, which no write returned" {
    head -c 1200000 /dev/zero | tr '\0' ' ' >"$WORK/blanks"
    talked write:"$WORK/blanks" flush read close
    outcomes "/^write 10[0-9]+$/" "flush EFBIG" '/^read .*"reason":"too_large"/' "close ok"
}

@test "cat prints a refusal once" {
    local lines
    lines=$(cat "$PKI/bad.json" 2>&1 >"$CONTROL" | wc -l)
    equal "lines of cat" "$lines" 1
}

@test "one large read is enough to have read the answer" {
    talked write:"$PKI/bad.json" read:65536 close
    outcomes "write EKEYREJECTED" "$REFUSED" "close ok"
}

@test "a refusal sticks to its descriptor, for later writes" {
    talked write:"$PKI/bad.json" text:$'\n' write:"$PKI/a.json" flush flush close
    outcomes "write EKEYREJECTED" "write EKEYREJECTED" "write EKEYREJECTED" \
        "flush ok" "flush ok" "close ok"
    [ ! -e "$MNT/cert.pem" ]
}

@test "a syntax error sticks as well, and what would complete the document does not" {
    talked text:'{"ssl_ca" = ' write:"$PKI/a.json" read close
    outcomes "write EBADMSG" "write EBADMSG" '/^read .*"reason":"malformed_json"/' "close ok"
    [ ! -e "$MNT/cert.pem" ]
}

@test "a refusal does not stick to the next descriptor" {
    talked write:"$PKI/bad.json" close
    talked write:"$PKI/a.json" close
    outcomes "/^write [0-9]+$/" "close ok"
    serves a
}

@test "white space may follow in later writes" {
    talked write:"$PKI/a.json" text:$'\n' text:$' \t\r\n' read close
    outcomes "/^write [0-9]+$/" "write 1" "write 4" "$OK" "close ok"
    serves a
}

@test "white space may come first, in writes of its own" {
    talked text:$'\n' flush text:'  ' write:"$PKI/a.json" close
    outcomes "write 1" "flush EBADMSG" "write 2" "/^write [0-9]+$/" "close ok"
    serves a
}

@test "an empty document is refused: at its close where that returns errors, and in last in any case" {
    local command empty="the document is empty; one request is expected, a JSON document"
    : >"$WORK/empty"
    talked write:"$PKI/a.json" close
    for command in "exec 3<>$CONTROL; exec 3>&-" "touch $CONTROL"; do
        bash -c "$command"
        matches "last after $command" "$(cat "$MNT/last")" "^imported "
    done
    for command in "cat $WORK/empty >$CONTROL" "cat $WORK/empty >>$CONTROL" "/bin/echo >$CONTROL"; do
        run -1 bash -c "$command"
        matches "what $command says" "$output" "Bad message"
        eventually last_is "$empty"
        talked write:"$PKI/b.json" close
    done
    for command in ": >$CONTROL" "echo >$CONTROL" "cp $WORK/empty $CONTROL"; do
        bash -c "$command"
        eventually last_is "$empty"
        talked write:"$PKI/a.json" close
    done
    bash -c "exec 3>$CONTROL; cat $PKI/b.json >&3"
    serves b
    python3 -c 'import subprocess, sys
with open(sys.argv[1], "w") as control:
    child = subprocess.Popen(["sh", "-c", "read go; cat " + sys.argv[2]], stdin=subprocess.PIPE, stdout=control)
child.communicate(b"go\n")
sys.exit(child.returncode)' "$CONTROL" "$PKI/a.json"
    serves a
}

@test "bytes in a later write are refused, and the import stands" {
    talked write:"$PKI/a.json" text:'rubbish' text:$'\n' close
    outcomes "/^write [0-9]+$/" "write EBADMSG" "write EBADMSG" "close ok"
    serves a
}

@test "bytes in the same write make the whole refused" {
    { cat "$PKI/a.json"; echo ' rubbish'; } >"$WORK/more.json"
    talked write:"$WORK/more.json" read close
    outcomes "write EBADMSG" '/^read .*"reason":"malformed_json"/' "close ok"
    [ ! -e "$MNT/cert.pem" ]
    reason_is malformed_json
}

@test "a second document on one descriptor is refused, and the first import stands" {
    talked write:"$PKI/a.json" write:"$PKI/b.json" close
    outcomes "/^write [0-9]+$/" "write EBADMSG" "close ok"
    serves a
}

@test "two documents in one write are refused" {
    cat "$PKI/a.json" "$PKI/b.json" >"$WORK/both.json"
    talked write:"$WORK/both.json" close
    outcomes "write EBADMSG" "close ok"
    [ ! -e "$MNT/cert.pem" ]
}

@test "an unfinished document is refused by close, and recorded" {
    import b
    leave_mark
    talked write:"$PKI/cut.json" close
    outcomes "/^write [0-9]+$/" "close EBADMSG"
    eventually reason_is malformed_json
    equal result "$(of_status .last_request.result)" refused
    matches last "$(cat "$MNT/last")" '[a-z]'
    serves b
}

@test "the close of a duplicate in mid-document complains and harms nothing" {
    talked pieces:1000:"$PKI/cut.json" flush write:<(tail -c 60 "$PKI/a.json") flush close
    outcomes "/^write [0-9]+$/" "flush EBADMSG" "write 60" "flush ok" "close ok"
    serves a
}

@test "an opening for reading and writing, and touch, ask nothing where nothing is written" {
    import a
    before=$(of_status .last_request)
    touch "$CONTROL"
    talked read close
    outcomes "read EOF" "close ok"
    equal "the last request" "$(of_status .last_request)" "$before"
}

@test "a group of echos fails with the document and succeeds with it" {
    # shellcheck disable=SC2016 # for the inner shells
    for shell in bash dash; do
        run "$shell" -c 'P=$(cat "$1"); { echo "$P"; echo; } >"$2"' sh "$PKI/a.json" "$CONTROL"
        equal "$shell, good" "$status" 0
        serves a
        run "$shell" -c 'P=$(cat "$1"); { echo "$P"; echo; } >"$2"' sh "$PKI/bad.json" "$CONTROL"
        [ "$status" -ne 0 ] || fail "$shell: a refused group succeeds"
        serves a
    done
}

@test "AWS's layout in single quotes is taken in many pieces" {
    payload_aws "$PKI/a"/{ca,cert,key}.pem >"$WORK/aws.json"
    [ "$(head -c 2 "$WORK/aws.json")" = "'{" ]
    for size in 1 7 1000; do
        remove_material
        talked pieces:$size:"$WORK/aws.json" text:$'\n' read close
        outcomes "/^write [0-9]+$/" "write 1" "$OK" "close ok"
        serves a
    done
}

@test "a document in single quotes is complete at the closing quote only" {
    payload_aws "$PKI/a"/{ca,cert,key}.pem | head -c -1 >"$WORK/open.json"
    talked write:"$WORK/open.json" read text:"'" read close
    outcomes "/^write [0-9]+$/" "read EOF" "write 1" "$OK" "close ok"
    talked write:"$WORK/open.json" close
    outcomes "/^write [0-9]+$/" "close EBADMSG"
}

@test "pieces of one byte make the same document" {
    talked pieces:1:"$PKI/a.json" read
    outcomes "write 1" "$OK"
    serves a
}

@test "a descriptor in append mode takes pieces" {
    python3 - "$CONTROL" "$PKI/a.json" <<'END'
import os, sys
descriptor = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
data = open(sys.argv[2], "rb").read()
os.write(descriptor, data[:100])
os.write(descriptor, data[100:])
os.close(descriptor)
END
    serves a
}

# a document of COUNT bytes, most of them blanks
blank_document() {
    printf '{%*s}' $(($1 - 2)) ''
}

@test "more than 1 MiB is refused as too large, whatever writes it" {
    import b
    blank_document $((1024 * 1024 + 1)) >"$WORK/large.json"
    blank_document 3000000 >"$WORK/huge.json"
    for file in large huge; do
        # shellcheck disable=SC2016 # for the inner shell
        for writer in 'cat "$1" >"$2"' 'cp "$1" "$2"' 'dd if="$1" of="$2" bs=4M status=none' 'tee "$2" <"$1" >/dev/null'; do
            leave_mark
            run sh -c "$writer" sh "$WORK/$file.json" "$CONTROL"
            [ "$status" -ne 0 ] || fail "$writer: $file is taken"
            matches "$writer" "$output" 'File too large'
            reason_is too_large
        done
    done
    talked pieces:100000:"$WORK/huge.json" read close
    outcomes "write EFBIG" '/^read .*"reason":"too_large"/' "close ok"
    serves b
}

@test "a document of exactly 1 MiB is not too large" {
    blank_document $((1024 * 1024)) >"$WORK/full.json"
    talked pieces:65536:"$WORK/full.json" read
    outcomes "write EBADMSG" '/^read .*"reason":"missing_field"/'
}

# The kernel passes on at most 256 pages of the writer's at once, so that 1 MiB which does not begin on a page comes in
# two requests; a page less comes in one.
@test "one write of a page less than 1 MiB gets the errno, and no short count" {
    blank_document $((1024 * 1024 - 4096)) >"$WORK/full.json"
    talked write:"$WORK/full.json" read
    outcomes "write EBADMSG" '/^read .*"reason":"missing_field"/'
}

# ---- reasons

# refusal FILE ERRNO REASON [FIELD]: the outcome in the write, the answer, last and status.
refusal() {
    local file=$1 errno=$2 reason=$3 field=${4-} answer
    talked write:"$file" read close
    equal "$reason: write" "$(sed -n 1p <<<"$output")" "write $errno" || { echo "$output"; return 1; }
    answer=$(sed -n '2s/^read //p' <<<"$output")
    equal "the answer's members" "$(jq -c keys_unsorted <<<"$answer")" '["result","fault","reason","field","message"]' || return
    equal "$reason: reason" "$(jq -r .reason <<<"$answer")" "$reason" || { echo "$output"; return 1; }
    [ $# -lt 4 ] || equal "$reason: field" "$(jq -r .field <<<"$answer")" "$field" || return
    equal "$reason: message in status" "$(of_status .last_request.message)" "$(jq -r .message <<<"$answer")" || return
    equal "$reason: fault in status" "$(of_status .last_request.fault)" "$(jq -r .fault <<<"$answer")" || return
    equal "$reason: reason in status" "$(of_status .last_request.reason)" "$reason" || return
    one_sentence
}

# One line, at most 120 characters, all of them printable ASCII; behind it nothing but what was warned about.
one_sentence() {
    LC_ALL=C matches last "$(head -n 1 "$MNT/last")" '^[ -~]{1,120}$' || return
    equal "other lines" "$(tail -n +2 "$MNT/last" | LC_ALL=C grep -vE '^([0-9]+ warnings?:|  [ -~]{1,120})$')" ""
}

fault_is() {
    equal fault "$(of_status .last_request.fault)" "$1"
}

@test "an error in the JSON is refused with EBADMSG" {
    import b
    printf '{"ssl_ca":}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG malformed_json
    printf '[]' >"$WORK/x"
    refusal "$WORK/x" EBADMSG malformed_json
    printf '{"ssl_ca":"\\u0000","ssl_cert":"b","ssl_key":"c"}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG malformed_json
    printf '{"ssl_ca":"\0","ssl_cert":"b","ssl_key":"c"}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG malformed_json
    printf '{"ssl_ca":"\xff","ssl_cert":"b","ssl_key":"c"}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG malformed_json
    fault_is InvalidParameterValueException
    serves b
}

@test "an error in the members is refused with EBADMSG" {
    import b
    printf '{}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG missing_field
    printf '{"ssl_ca":"a","ssl_cert":"b"}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG missing_field ssl_key
    printf '{"ssl_ca":"a","ssl_cert":"b","ssl_key":null}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG missing_field ssl_key
    printf '{"ssl_ca":"a","ssl_cert":"b","ssl_key":""}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG missing_field ssl_key
    printf '{"ssl_ca":"a","ssl_cert":"b","ssl_key":"c","ssl_crt":"d"}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG unknown_field
    matches message "$(cat "$MNT/last")" "leave it out"
    printf '{"ssl_ca":"a","ssl_cert":"b","ssl_key":"c","SSL_KEY":"d"}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG unknown_field
    printf '{"ssl_ca":"a","ssl_cert":"b","ssl_key":"c","ssl_ca":"a"}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG duplicate_field ssl_ca
    printf '{"ssl_ca":"a","ssl_cert":1,"ssl_key":"c"}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG wrong_type ssl_cert
    fault_is InvalidParameterValueException
    serves b
}

@test "anything but PEM, or the wrong PEM, is refused with EBADMSG" {
    import b
    sed 's/MII/M!I/' "$PKI/a.json" >"$WORK/x"
    refusal "$WORK/x" EBADMSG malformed_pem
    fault_is InvalidCertificateFault
    printf '{"ssl_ca":"a","ssl_cert":"b","ssl_key":"c"}' >"$WORK/x"
    refusal "$WORK/x" EBADMSG malformed_pem
    payload "$PKI/a"/{ca,cert,cert}.pem >"$WORK/x"
    refusal "$WORK/x" EBADMSG wrong_block ssl_key
    cat "$PKI/a"/{cert,key}.pem >"$WORK/both.pem"
    payload "$PKI/a/ca.pem" "$WORK/both.pem" "$PKI/a/key.pem" >"$WORK/x"
    refusal "$WORK/x" EBADMSG wrong_block ssl_cert
    cat "$PKI"/{a,b}/key.pem >"$WORK/both.pem"
    payload "$PKI/a"/{ca,cert}.pem "$WORK/both.pem" >"$WORK/x"
    refusal "$WORK/x" EBADMSG wrong_block ssl_key
    openssl req -new -key "$PKI/a/key.pem" -subj /CN=a -out "$WORK/request.pem"
    payload "$PKI/a/ca.pem" "$WORK/request.pem" "$PKI/a/key.pem" >"$WORK/x"
    refusal "$WORK/x" EBADMSG wrong_block ssl_cert
    serves b
}

@test "a key that does not belong here is refused with EKEYREJECTED" {
    import b
    refusal "$PKI/bad.json" EKEYREJECTED key_mismatch
    openssl pkey -in "$PKI/a/key.pem" -aes128 -passout pass:secret -out "$WORK/locked.pem"
    payload "$PKI/a"/{ca,cert}.pem "$WORK/locked.pem" >"$WORK/x"
    refusal "$WORK/x" EKEYREJECTED encrypted_key ssl_key
    fault_is InvalidCertificateFault
    serves b
}

@test "a chain that does not lead to ssl_ca is refused with EKEYREJECTED" {
    import b
    payload "$PKI/b/ca.pem" "$PKI/a/cert.pem" "$PKI/a/key.pem" >"$WORK/x"
    refusal "$WORK/x" EKEYREJECTED untrusted_chain
    make_leaf child a
    payload "$PKI/a/cert.pem" "$PKI/child.pem" "$PKI/child-key.pem" >"$WORK/x"
    refusal "$WORK/x" EKEYREJECTED untrusted_chain
    cat "$PKI/a/cert.pem" "$PKI/a/ca.pem" >"$WORK/ca.pem"
    payload "$WORK/ca.pem" "$PKI/child.pem" "$PKI/child-key.pem" >"$WORK/x"
    refusal "$WORK/x" EKEYREJECTED not_a_ca
    serves b
}

@test "certificates outside of their dates are refused, expired ones with EKEYEXPIRED" {
    import b
    make_dated old a-root 200101000000Z 210101000000Z
    payload "$PKI/a/ca.pem" "$PKI/old.pem" "$PKI/old-key.pem" >"$WORK/x"
    refusal "$WORK/x" EKEYEXPIRED expired
    matches message "$(cat "$MNT/last")" 2021
    make_dated early a-root 400101000000Z 410101000000Z
    payload "$PKI/a/ca.pem" "$PKI/early.pem" "$PKI/early-key.pem" >"$WORK/x"
    refusal "$WORK/x" EKEYREJECTED not_yet_valid
    matches message "$(cat "$MNT/last")" 2040
    fault_is InvalidCertificateFault
    serves b
}

@test "an expired leaf prints the text of its errno" {
    make_dated gone a-root 200101000000Z 210101000000Z
    payload "$PKI/a/ca.pem" "$PKI/gone.pem" "$PKI/gone-key.pem" >"$WORK/x"
    run cp "$WORK/x" "$CONTROL"
    equal "exit status" "$status" 1
    matches output "$output" "Key has expired"
}

@test "weak keys, weak signatures and wrong purposes are refused with EKEYREJECTED" {
    import b
    make_leaf short a-root rsa:1024
    payload "$PKI/a/ca.pem" "$PKI/short.pem" "$PKI/short-key.pem" >"$WORK/x"
    refusal "$WORK/x" EKEYREJECTED weak_key
    make_leaf sha1 a-root rsa:2048 -sha1
    payload "$PKI/a/ca.pem" "$PKI/sha1.pem" "$PKI/sha1-key.pem" >"$WORK/x"
    refusal "$WORK/x" EKEYREJECTED weak_signature
    make_key code
    _certify code /CN=code a-root "${LEAF_EXTENSIONS[@]}" -addext extendedKeyUsage=codeSigning
    payload "$PKI/a/ca.pem" "$PKI/code.pem" "$PKI/code-key.pem" >"$WORK/x"
    refusal "$WORK/x" EKEYREJECTED wrong_purpose
    fault_is InvalidCertificateFault
    serves b
}

@test "more than 32 certificates in ssl_cert are refused with EFBIG" {
    cp "$PKI/a/cert.pem" "$WORK/chain.pem"
    make_many_cas "$WORK/chain.pem" 32
    payload "$PKI/a/ca.pem" "$WORK/chain.pem" "$PKI/a/key.pem" >"$WORK/x"
    refusal "$WORK/x" EFBIG too_large ssl_cert
}

@test "a waived reason is accepted, and stands in the answer and in status" {
    make_dated late a-root 200101000000Z 210101000000Z
    payload "$PKI/a/ca.pem" "$PKI/late.pem" "$PKI/late-key.pem" | jq -c '.Accept = ["expired"]' >"$WORK/x"
    talked write:"$WORK/x" read
    matches answer "$output" '"waived":\["expired"\]'
    equal "waived in status" "$(of_status .material.waived)" '["expired"]'
}

# ---- last and status

@test "last and status speak before the first request" {
    one_sentence
    of_status . >/dev/null
    equal "last request" "$(of_status .last_request)" null
    equal generation "$(of_status .generation)" 0
}

@test "last is one sentence, and the warnings, after an import, a refusal and a removal" {
    import a
    one_sentence
    first=$(cat "$MNT/last")
    import b
    one_sentence
    talked write:"$PKI/bad.json"
    one_sentence
    [ "$(cat "$MNT/last")" != "$first" ]
    remove_material
    one_sentence
}

# sizes_are_true: the sizes that stat returns for the texts are those that read returns, to the byte.
sizes_are_true() {
    local text size
    for text in last status metrics; do
        size=$(size_of "$MNT/$text")
        equal "bytes in $text" "$(cat "$MNT/$text" | wc -c)" "$size" || return
    done
}

@test "the sizes of last, status and metrics never lie" {
    sizes_are_true
    import a
    sizes_are_true
    talked write:"$PKI/bad.json"
    sizes_are_true
    import b
    sizes_are_true
    jq -e . "$MNT/status" >/dev/null
}

@test "status has its members after an import" {
    before=$(date +%s)
    import a
    after=$(date +%s)
    jq -e --argjson before "$before" --argjson after "$after" '
        (.version | type == "string" and . != "") and .store == "none" and .generation == 1
        and .problems == [] and (.remarks | type == "array")
        and (.last_request | .time >= $before and .time <= $after and .result == "ok"
            and has("action") and has("fault") and has("reason") and has("field") and has("message")
            and .uid == 0 and .pid > 0)
        and (.material | has("subject") and has("issuer") and has("serial") and has("not_before") and has("not_after")
            and .key_algorithm == "RSA" and .key_bits == 2048 and .signature_algorithm == "RSA-SHA256"
            and has("sha256") and (.warnings | type == "array") and .waived == [])' "$MNT/status" >/dev/null || {
        cat "$MNT/status"
        false
    }
    equal "the line of the leaf's hash" "$(grep -c '^    "sha256": "[0-9a-f]*"' "$MNT/status")" 1
    equal subject "$(of_status .material.subject)" \
        "$(openssl x509 -in "$PKI/a/cert.pem" -noout -subject -nameopt RFC2253 | sed 's/^subject=//')"
    equal issuer "$(of_status .material.issuer)" \
        "$(openssl x509 -in "$PKI/a/cert.pem" -noout -issuer -nameopt RFC2253 | sed 's/^issuer=//')"
    equal serial "$(of_status .material.serial)" "$(openssl x509 -in "$PKI/a/cert.pem" -noout -serial | sed 's/^serial=//')"
    equal sha256 "$(of_status '.material.sha256')" \
        "$(openssl x509 -in "$PKI/a/cert.pem" -outform DER | sha256sum | cut -d' ' -f1)"
    equal not_after "$(of_status .material.not_after)" \
        "$(date +%s -d "$(openssl x509 -in "$PKI/a/cert.pem" -noout -enddate | sed 's/^notAfter=//')")"
}

@test "status names the process and the user that wrote the request" {
    # shellcheck disable=SC2016 # for the inner shell
    bash -c 'echo $$ >"$1"; exec cat "$2" >"$3"' bash "$WORK/pid" "$PKI/a.json" "$CONTROL"
    equal pid "$(of_status .last_request.pid)" "$(cat "$WORK/pid")"
    equal uid "$(of_status .last_request.uid)" 0
}

@test "status names the user of a control owner that is not root" {
    umount "$MNT"
    mount_certfs -o control_owner=nobody
    chmod 0755 "$PKI/.."
    cp "$PKI/a.json" "$WORK/a.json"
    chmod 0444 "$WORK/a.json"
    # shellcheck disable=SC2016 # for the inner shell
    setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'cat "$1" >"$2"' sh "$WORK/a.json" "$CONTROL"
    equal uid "$(of_status .last_request.uid)" "$(id -u nobody)"
}

@test "after a removal status has no material and mysqld's trouble is reported" {
    import a
    talked text:'{"Action":"rds_remove_binlog_ssl_material"}' read
    outcomes "/^write [0-9]+$/" '/^read \{"result":"ok","changed":true.*"warnings":\[.*mysqld.*\]/'
    equal material "$(of_status .material)" null
}

@test "no byte of the payload is in any message" {
    import a
    {
        printf '{"canary_one":1,"ssl_ca":"x"}\n'
        printf '{"ssl_canary":"canary_two","ssl_ca":"x"}\n'
        printf '{"ssl_ca":canary_three}\n'
        printf '{"ssl_ca":"canary","ssl_cert":"canary","ssl_key":"canary"}\n'
        printf '{"Action":"canary"}\n'
        printf '{"Action":"canary","ssl_ca":"x","ssl_cert":"y","ssl_key":"z"}\n'
        printf '{"Accept":["canary"],"ssl_ca":"x","ssl_cert":"y","ssl_key":"z"}\n'
        printf '{"ssl_ca":["canary"],"ssl_cert":"y","ssl_key":"z"}\n'
        printf '{"ssl_ca":"-----BEGIN CANARY-----\\ncanary\\n-----END CANARY-----","ssl_cert":"y","ssl_key":"z"}\n'
        printf '{"ssl_ca":"-----BEGIN CERTIFICATE-----\\ncanary\\n-----END CERTIFICATE-----","ssl_cert":"y","ssl_key":"z"}\n'
        printf 'canary\n'
        printf '"canary"\n'
        printf '{"canary\\u001b[31m":1}\n'
        printf '{"%s":1}\n' "$(printf 'canary%.0s' {1..100})"
    } >"$WORK/documents"
    while IFS= read -r document; do
        talked text:"$document" read close
        matches outcome "$output" '^write E[A-Z]+'
        [[ ${output,,} != *canary* ]] || fail "the answer to $document tells: $output"
        [[ $(tr '[:upper:]' '[:lower:]' <"$MNT/last") != *canary* ]] || fail "last tells: $(cat "$MNT/last")"
        [[ $(tr '[:upper:]' '[:lower:]' <"$MNT/status") != *canary* ]] || fail "status tells: $(cat "$MNT/status")"
        one_sentence
    done <"$WORK/documents"
    # Not a line of the key either, after a good and a refused import of it.
    talked write:"$PKI/bad.json" read
    for key in a b; do
        while IFS= read -r line; do
            ! grep -qF -- "$line" "$MNT/status" "$MNT/last" "$WORK/mount.log" || fail "a line of key $key is told"
        done < <(grep -v -- ----- "$PKI/$key/key.pem")
    done
}

@test "a name with control and 8-bit characters is escaped wherever it is shown" {
    make_key odd
    _certify odd "/CN=od$(printf '\x1b')[31md caf$(printf '\xc3\xa9')" a-root "${LEAF_EXTENSIONS[@]}" "${LEAF_PURPOSES[@]}" -utf8
    payload "$PKI/a/ca.pem" "$PKI/odd.pem" "$PKI/odd-key.pem" >"$WORK/x"
    talked write:"$WORK/x" read
    matches answer "$output" '"result":"ok"'
    equal "bytes that are not printable" "$(tr -d ' -~\n' <"$MNT/status" | wc -c)" 0
    matches subject "$(of_status .material.subject)" 'od\\1B\[31md caf\\C3\\A9'
    one_sentence
}
