#!/usr/bin/env bats
# certfs --check: the judge without a mount, without root, for build pipelines.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    pki_begin
    certificate root as=ca
    certificate leaf issuer=root
    certificate other issuer=root
    certificate server issuer=root +extendedKeyUsage=serverAuth
    certificate expired issuer=root from='90 days ago' until='1 day ago'
    certificate new-root as=ca
    certificate new-leaf issuer=new-root
    certificate strange as=ca subject=$'/CN=\xc3\xbcber'
}

# An ordinary user may not be able to enter the tree, but may enter WORK.
test_setup() {
    cp "$(readlink -f "$CERTFS")" "$WORK/certfs"
    document root leaf leaf-key
    cp document.json good.json
}

# checks STATUS DOCUMENT [ARGUMENT...]: as nobody. ANSWER is what comes on standard output, SENTENCE on standard error.
checks() {
    local wanted=$1 document=$2 status=0
    shift 2
    chmod a+r "$WORK"/*.json
    setpriv --reuid=nobody --regid=nogroup --clear-groups "$WORK/certfs" --check "$@" \
        <"$document" >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
    ANSWER=$(cat "$WORK/stdout") SENTENCE=$(cat "$WORK/stderr")
    equal "the exit status ($SENTENCE)" "$status" "$wanted" &&
        equal "the lines on standard error ($SENTENCE)" "$(wc -l <"$WORK/stderr")" 1
}

# good [ARGUMENT...]: of the document.
good() {
    checks 0 "$WORK/document.json" "$@" && equal "the lines of the answer" "$(wc -l <"$WORK/stdout")" 1 &&
        equal result "$(jq -r .result <<<"$ANSWER")" ok && matches "the sentence" "$SENTENCE" '^certfs: good: would (be imported|change nothing)( [a-z0-9-]+)?: CN='
}

# bad REASON [ARGUMENT...]: of the document.
bad() {
    checks 1 "$WORK/document.json" "${@:2}" && equal "the lines of the answer" "$(wc -l <"$WORK/stdout")" 1 &&
        equal "the answer" "$(jq -r '.result + " " + .reason' <<<"$ANSWER")" "refused $1" &&
        equal "the sentence" "$SENTENCE" "certfs: $(jq -r .message <<<"$ANSWER")"
}

# wrong PATTERN ARGUMENT...: used wrongly; that is no verdict, so there is no answer.
wrong() {
    checks 2 "$WORK/document.json" "${@:2}" && equal "the answer" "$ANSWER" "" && matches "the sentence" "$SENTENCE" "$1"
}

warnings_named() {
    equal "the warnings" "$(jq -r '[.warnings[].name] | sort | join(" ")' <<<"$ANSWER")" "$1"
}

@test "a good set: status 0, the answer, a sentence" {
    good
    equal "the answer's members" "$(jq -c keys_unsorted <<<"$ANSWER")" \
        '["result","changed","generation","repairs","warnings","waived"]'
    matches "the sentence" "$SENTENCE" 'CN=leaf,O=certfs tests.*valid until 20[0-9-]+$'
}

@test "a good set with repairs, warnings and waivers lists them" {
    openssl x509 -text -in "$PKI/server.pem" >"$WORK/text"
    document root "$WORK/text" server-key
    good
    equal repairs "$(jq -c .repairs <<<"$ANSWER")" '[{"name":"text_around","field":"ssl_cert"}]'
    warnings_named one_direction
    document root expired expired-key '.Accept = ["expired"]'
    good
    equal waived "$(jq -c .waived <<<"$ANSWER")" '["expired"]'
}

@test "a bad set: status 1, the answer, its sentence" {
    document root expired expired-key
    bad expired
    matches "the sentence" "$SENTENCE" 'certificate 1 of ssl_cert \(CN=expired.*expired .* UTC; it is'
    equal "the answer's members" "$(jq -c keys_unsorted <<<"$ANSWER")" '["result","fault","reason","field","message"]'
    document root leaf other-key
    bad key_mismatch
}

@test "the answer is the one that a mount gives" {
    local name
    mount_certfs
    document root leaf other-key
    mv document.json bad.json
    printf '{"ssl_ca": "x"' >cut.json
    printf '{"ssl_ca" = "x"' >wrong.json
    { cat good.json; echo more; } >more.json
    for name in good bad wrong more; do
        talk write:"$WORK/$name.json" read | sed -n 's/^read //p' >"$WORK/told"
        checks "$([ $name = good ] && echo 0 || echo 1)" "$WORK/$name.json"
        equal "the answer about $name.json" "$ANSWER" "$(cat "$WORK/told")"
    done
}

@test "anything but a document is refused: nothing, half of one, more than one, too much" {
    : >document.json
    bad malformed_json
    head -c 100 good.json >document.json
    bad malformed_json
    cat good.json good.json >document.json
    bad malformed_json
    { printf '{"ssl_ca": "'; head -c 1048576 /dev/zero | tr '\0' x; printf '"}'; } >document.json
    bad too_large
    echo '{"ssl_ca": "x"}' >document.json
    bad missing_field
}

@test "a document comes through a pipe as well, in pieces" {
    local status=0
    for piece in 1 1000; do
        dd if=good.json bs=$piece status=none | ./certfs --check >stdout 2>stderr
        equal result "$(jq -r .result stdout)" ok
    done
    head -c 100 good.json | ./certfs --check >stdout 2>stderr || status=$?
    equal "the exit status" "$status" 1
}

@test "AWS's layout in single quotes is good" {
    payload_aws "$PKI/root.pem" "$PKI/leaf.pem" "$PKI/leaf-key.pem" >document.json
    good
}

@test "--against: the same set is unchanged, another is changed" {
    good --against "$WORK/good.json"
    equal changed "$(jq .changed <<<"$ANSWER")" false
    document root other other-key
    good --against "$WORK/good.json"
    equal changed "$(jq .changed <<<"$ANSWER")" true
    warnings_named ""
}

@test "--against: trust_break" {
    document new-root new-leaf new-leaf-key
    good
    warnings_named ""
    good --against "$WORK/good.json"
    warnings_named trust_break
    document root+new-root leaf leaf-key
    good --against "$WORK/good.json"
    warnings_named ""
}

@test "--against: lost_direction" {
    document root server server-key
    good --against "$WORK/good.json"
    warnings_named "lost_direction one_direction"
}

@test "--against: a served set may have expired meanwhile" {
    document root expired expired-key
    mv document.json old.json
    cp good.json document.json
    good --against "$WORK/old.json"
}

@test "--against: the new set is judged as strictly as ever" {
    document root expired expired-key '.Accept = ["expired"]'
    mv document.json old.json
    document root expired expired-key
    bad expired --against "$WORK/old.json"
}

@test "--against: an OLD.json of no use is a wrong use, whatever the document" {
    wrong 'cannot open the file of --against: No such file' --against "$WORK/nothing.json"
    wrong 'neither ca.pem nor cert.pem|cannot open' --against "$WORK"
    cp good.json secret.json
    chmod 0600 secret.json
    mv secret.json secret
    wrong 'Permission denied' --against "$WORK/secret"
    echo 'no JSON' >old.json
    wrong 'line 1, column 1: a JSON object is expected' --against "$WORK/old.json"
    : >old.json
    wrong 'the document is empty' --against "$WORK/old.json"
    echo '{"Action": "RestorePrevious"}' >old.json
    wrong 'ssl_ca, ssl_cert and ssl_key' --against "$WORK/old.json"
    document root leaf other-key
    mv document.json old.json
    cp good.json document.json
    wrong 'ssl_key does not match' --against "$WORK/old.json"
    echo 'no JSON either' >document.json
    echo 'no JSON' >old.json
    wrong . --against "$WORK/old.json"
}

@test "wrong words are a wrong use" {
    wrong 'certfs: .*--against' --against
    wrong 'certfs: ' --againts "$WORK/good.json"
    wrong 'certfs: ' "$WORK/good.json"
    wrong 'certfs: ' --against "$WORK/good.json" more
    wrong 'certfs: .*unknown option' --nonsense
    wrong 'certfs: .*unknown option' -o nonsense=1
    wrong 'certfs: ' none "$WORK/mnt"
}

@test "--against without --check is a wrong use" {
    run -2 "$WORK/certfs" --against "$WORK/good.json" none "$WORK/mnt"
    matches "the sentence" "$output" '^certfs: '
}

@test "nothing is mounted and FUSE is not touched" {
    strace -f -o trace ./certfs --check <good.json >stdout 2>stderr
    equal result "$(jq -r .result stdout)" ok
    run ! grep -E '/dev/fuse|^[0-9]* *(mount|umount2|fsopen|fsmount|move_mount)\(' trace
    grep -q 'exited with 0' trace
    [ -z "$(mounts)" ]
}

@test "nothing is written but to standard output and standard error" {
    strace -f -e trace=openat,open,creat,mkdir,rename,unlink -o trace ./certfs --check --against "$WORK/good.json" <good.json >stdout 2>stderr
    grep -q 'good.json' trace
    grep -v '"/dev/null"' trace >opened
    run ! grep -E 'O_WRONLY|O_RDWR|O_CREAT|creat\(|mkdir\(|rename|unlink' opened
}

@test "the key appears nowhere" {
    document root expired expired-key
    bad expired
    while read -r line; do
        run ! grep -F -e "$line" stdout stderr
    done < <(grep -v -- ----- "$PKI/expired-key.pem")
}

@test "a name that is not ASCII is printed in ASCII" {
    document strange strange strange-key
    good || bad wrong_purpose
    run ! grep -P '[^\x00-\x7F]' stdout stderr
}

# ---- against what a mount serves: its public files, as nobody

# serve ID DOCUMENT: as root, in the mount; "" is the root set.
serve() {
    jq -c --arg id "$1" 'if $id == "" then . else . + {CertificateIdentifier: $id} end' <"$2" >served.json
    cat served.json >"$CONTROL"
}

@test "--against MOUNTPOINT: the same set is unchanged, another CA is a trust break, without the live key" {
    mount_certfs
    chmod o+x "$WORK"
    good --against "$MNT"
    equal changed "$(jq .changed <<<"$ANSWER")" true
    serve "" good.json
    good --against "$MNT"
    equal changed "$(jq .changed <<<"$ANSWER")" false
    warnings_named ""
    document new-root new-leaf new-leaf-key
    good --against "$MNT"
    warnings_named trust_break
    document root+new-root leaf leaf-key
    good --against "$MNT"
    warnings_named ""
    document root server server-key
    good --against "$MNT"
    warnings_named "lost_direction one_direction"
    equal "what is served" "$(of_status .generation)" 1
    equal "who opened the key" "$(of_status '.readers | length')" 0
}

@test "--against MOUNTPOINT: a document of a named set is judged beside that set, and certificates/ID is that set" {
    mount_certfs
    chmod o+x "$WORK"
    serve "" good.json
    document new-root new-leaf new-leaf-key
    serve replica-1 document.json
    document root leaf leaf-key '. + {CertificateIdentifier: "replica-1", Replace: true}'
    for directory in "$MNT" "$MNT/certificates/replica-1"; do
        good --against "$directory"
        equal changed "$(jq .changed <<<"$ANSWER")" true
        warnings_named trust_break
    done
    document root leaf leaf-key '. + {CertificateIdentifier: "replica-1"}'
    bad exists --against "$MNT"
    document root leaf leaf-key '. + {CertificateIdentifier: "replica-2"}'
    good --against "$MNT"
    warnings_named ""
    wrong 'another set' --against "$MNT/certificates/replica-1"
    document new-root new-leaf new-leaf-key '. + {CertificateIdentifier: "REPLICA-1", Replace: true}'
    for directory in "$MNT" "$MNT/certificates/replica-1"; do
        good --against "$directory"
        equal changed "$(jq .changed <<<"$ANSWER")" false
    done
    echo '{"Action": "RestorePrevious", "CertificateIdentifier": "replica-1"}' >document.json
    wrong 'does not show its previous set' --against "$MNT"
    document new-root new-leaf new-leaf-key
    good --against "$MNT/certificates/replica-1"
    equal changed "$(jq .changed <<<"$ANSWER")" false
}

@test "--against MOUNTPOINT: certificates alone would take the key away, and those of the same leaf keep it" {
    mount_certfs
    chmod o+x "$WORK"
    serve replica-1 good.json
    for name in new-root:loses_files leaf:null; do
        jq -n --rawfile pem "$PKI/${name%:*}.pem" --rawfile root "$PKI/root.pem" \
            '{CertificateIdentifier: "replica-1", Replace: true, CertificatePem: ($pem + $root)}' >document.json
        checks "$([ "${name#*:}" = null ] && echo 0 || echo 1)" document.json --against "$MNT"
        equal "the reason" "$(jq -r .reason <<<"$ANSWER")" "${name#*:}"
    done
}

@test "--against a directory of PEM files, as other servers have them; one without any is a wrong use" {
    mkdir -m 0755 plain empty
    cp "$PKI/root.pem" plain/ca.pem
    cp "$PKI/leaf.pem" plain/cert.pem
    install -m 0600 "$PKI/leaf-key.pem" plain/key.pem
    chmod a+r plain/ca.pem plain/cert.pem
    good --against "$WORK/plain"
    equal changed "$(jq .changed <<<"$ANSWER")" false
    document new-root new-leaf new-leaf-key
    good --against "$WORK/plain"
    warnings_named trust_break
    wrong 'neither ca.pem nor cert.pem' --against "$WORK/empty"
    echo garbage >plain/ca.pem
    wrong 'ca.pem' --against "$WORK/plain"
}
