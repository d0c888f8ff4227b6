#!/usr/bin/env bats
# Named sets: all three ssl_ fields with an identifier, and what "Replace" does to these and to certificates.

load dms.bash

setup_file() {
    dms_pki
    make_pki a ec:P-256
    make_pki b ec:P-256 intermediate
    payload "$PKI/a"/{ca,cert}.pem "$PKI/b/key.pem" >"$PKI/mixed.json"
    certificate stranger issuer=other
}

test_setup() {
    dms_begin
    mount_certfs -o owner=daemon
}

teardown_file() {
    dms_end
}

# set_taken ID NAME [FILTER], set_refused ERRNO REASON FAULT ID NAME [FILTER]: a document of all three fields.
set_taken() {
    say "$(named_document "$@")"
    matches "the outcome" "$SAID" $'^write [0-9]+\nread [{]"result":"ok".*\nclose ok$'
}

set_refused() {
    say "$(named_document "${@:4}")" && said_refused "${@:1:3}"
}

# set_is ID NAME: its three files are those of the set NAME.
set_is() {
    files_of "$1" ca.pem cert.pem key.pem
    MNT=$MNT/certificates/$1 serves "$2"
}

# answered FILTER: applied to the answer that `say` read.
answered() {
    sed -n 's/^read //p' <<<"$SAID" | jq -cr "$1"
}

# state ID: what a change of another set must leave alone.
state() {
    (cd "$MNT/certificates/$1" && stat -c '%n %i %s %y' -- . * && sha256sum -- *)
}

@test "all three fields with an identifier become a set below certificates, and the root set stays" {
    import b
    set_taken Set-1 a
    equal "changed" "$(answered .changed)" true
    set_is Set-1 a
    serves b
    equal "the attributes" "$(stat -c '%a %U' "$MNT/certificates/Set-1/key.pem")" "400 daemon"
}

@test "a named set needs no root set" {
    set_taken Set-1 a
    [ ! -e "$MNT/cert.pem" ] || fail "there is a root set"
    equal "the material in status" "$(of_status .material)" null
}

@test "a named set has a Certificate as all others, with its leaf's dates and without the key" {
    set_taken Set-1 b
    describe Set-1
    equal "the pem's first certificate" "$(of_certificate .CertificatePem | openssl x509)" "$(openssl x509 -in "$PKI/b.pem")"
    [[ $RAW != *PRIVATE* ]] || fail "the key is in the answer"
    equal "the key's length" "$(of_certificate .KeyLength)" 256
    equal "certificate.json" "$(jq -cS . "$MNT/certificates/Set-1/certificate.json")" "$(raw -S '.Certificates[0]')"
    dms_delete "$(of_certificate .CertificateArn)"
    identifiers_are
}

@test "a named set is judged as the root set" {
    set_refused EKEYREJECTED key_mismatch InvalidCertificateFault Set-1 mixed
    set_refused EBADMSG missing_field InvalidParameterValueException Set-1 a '{ssl_ca: null}'
    set_refused EBADMSG wrong_type InvalidParameterValueException Set--1 a
    identifiers_are
}

@test "the action may stand in the document of a named set" {
    set_taken Set-1 a '{Action: "rds_import_binlog_ssl_material"}'
    set_is Set-1 a
}

@test "an identifier that exists needs Replace, in other letters too" {
    set_taken Set-1 a
    set_refused EEXIST exists ResourceAlreadyExistsFault Set-1 b
    set_refused EEXIST exists ResourceAlreadyExistsFault sET-1 b
    set_refused EEXIST exists ResourceAlreadyExistsFault Set-1 b '{Replace: false}'
    set_is Set-1 a
    set_taken Set-1 b '{Replace: true}'
    set_is Set-1 b
    identifiers_are Set-1
}

@test "the same set again with Replace changes nothing" {
    local before
    set_taken Set-1 a
    before=$(state Set-1)
    set_taken Set-1 a '{Replace: true}'
    equal "changed" "$(answered .changed)" false
    equal "the set" "$(state Set-1)" "$before"
}

@test "Replace takes what did not exist as well" {
    set_taken Set-1 a '{Replace: true}'
    set_is Set-1 a
    dms_import b root '{Replace: true}'
    holds b ca.pem root
}

@test "Replace keeps ARN, creation date, tags and the name as it was first written" {
    local before
    dms_import Replica-1 root '{Tags: [{Key: "team", Value: "db"}]}'
    describe Replica-1
    before=$(of_certificate '[.CertificateIdentifier, .CertificateArn, .CertificateCreationDate]')
    dms_import replica-1 other+leaf+leaf-key+root '{Replace: true}'
    equal "what the answer keeps" "$(answer '.Certificate | [.CertificateIdentifier, .CertificateArn, .CertificateCreationDate]')" "$before"
    identifiers_are Replica-1
    describe Replica-1
    equal "what is kept" "$(of_certificate '[.CertificateIdentifier, .CertificateArn, .CertificateCreationDate]')" "$before"
    tags_are "$ARN" team=db
    equal "the attributes" "$(xattrs "$MNT/certificates/Replica-1")" '{"user.team": "db"}'
    holds Replica-1 cert.pem leaf
}

@test "Replace puts a whole set in place: no file of the old one stays" {
    dms_import Set-1 leaf+leaf-key+root
    files_of Set-1 ca.pem cert.pem key.pem
    dms_refuses_import InvalidCertificateFault EKEYREJECTED Set-1 other '{Replace: true}'
    dms_import Set-1 other '{Replace: true, Accept: ["loses_files"]}'
    files_of Set-1 ca.pem
    holds Set-1 ca.pem other
    dms_import Set-1 leaf+leaf-key '{Replace: true, Accept: ["loses_files"]}'
    files_of Set-1 cert.pem key.pem
    set_taken Set-1 b '{Replace: true}'
    set_is Set-1 b
}

@test "dates and names of the answer are those of the new set after Replace" {
    certificate strong kind=ec:P-384 md=sha384 until='90 days'
    dms_import Set-1 root
    dms_import Set-1 strong '{Replace: true}'
    equal "the algorithm" "$(answer '.Certificate | [.SigningAlgorithm, .KeyLength]')" '["SHA384withECDSA",384]'
    equal "the pem" "$(answer .Certificate.CertificatePem | openssl x509)" "$(openssl x509 -in "$PKI/strong.pem")"
    equal "certificate.json" "$(jq -cS . "$MNT/certificates/Set-1/certificate.json")" "$(raw -S .Certificate)"
}

@test "a refusal replaces nothing" {
    local before
    dms_import Set-1 leaf+leaf-key+root
    before=$(state Set-1)
    dms_refuses_import InvalidCertificateFault EKEYREJECTED Set-1 leaf+deep-key+root '{Replace: true}'
    set_refused EKEYREJECTED key_mismatch InvalidCertificateFault Set-1 mixed '{Replace: true}'
    equal "the set" "$(state Set-1)" "$before"
}

@test "neither Replace nor tags are for the root set" {
    import a
    say "$(jq -c '{Replace: true} + .' "$PKI/b.json")"
    said_refused EBADMSG unknown_field InvalidParameterValueException
    say "$(jq -c '{Tags: [{Key: "team", Value: "db"}]} + .' "$PKI/b.json")"
    said_refused EBADMSG unknown_field InvalidParameterValueException
    serves a
}

@test "RestorePrevious with an identifier swaps that set alone, and its Certificate with it" {
    local before
    import a
    dms_import one root '{Tags: [{Key: "team", Value: "db"}]}'
    dms_import two root
    describe one
    before=$CERTIFICATE
    dms_import one leaf+leaf-key+root '{Replace: true}'
    dms_import two other '{Replace: true}'
    say '{"Action": "RestorePrevious", "CertificateIdentifier": "one"}'
    said_refused EKEYREJECTED loses_files InvalidCertificateFault
    say '{"Action": "RestorePrevious", "CertificateIdentifier": "one", "Accept": ["loses_files"]}'
    equal "changed" "$(answered .changed)" true
    files_of one ca.pem
    holds one ca.pem root
    holds two ca.pem other
    serves a
    describe one
    equal "its Certificate" "$CERTIFICATE" "$before"
    equal "certificate.json" "$(jq -cS . "$MNT/certificates/one/certificate.json")" "$(raw -S '.Certificates[0]')"
    tags_are "$(of_certificate .CertificateArn)" team=db
    say '{"Action": "RestorePrevious", "CertificateIdentifier": "ONE"}'
    equal "changed" "$(answered .changed)" true
    holds one key.pem leaf-key
    identifiers_are one two
}

@test "RestorePrevious of a set that has no previous one, or is not there, is refused" {
    dms_import one root
    say '{"Action": "RestorePrevious", "CertificateIdentifier": "one"}'
    said_refused ENOENT not_found ResourceNotFoundFault
    say '{"Action": "RestorePrevious", "CertificateIdentifier": "two"}'
    said_refused ENOENT not_found ResourceNotFoundFault
    holds one ca.pem root
    identifiers_are one
}

@test "rds_remove_binlog_ssl_material with an identifier removes that set alone, and wipes its key" {
    local held
    import a
    set_taken one b
    set_taken two b
    exec {held}<"$MNT/certificates/one/key.pem"
    dd bs=10 count=1 status=none <&"$held" >"$WORK/begin"
    say '{"Action": "rds_remove_binlog_ssl_material", "CertificateIdentifier": "one"}'
    equal "changed" "$(answered .changed)" true
    equal "last" "$(head -n 1 "$MNT/last")" "removed one; what uses it will not start without the files"
    run cat <&"$held"
    exec {held}<&-
    matches "what cat said" "$output" 'Input/output error'
    identifiers_are two
    set_is two b
    serves a
}

# ---- the others

@test "a change of one set touches no file of another" {
    local before
    dms_import quiet leaf+leaf-key+root
    import a
    before=$(state quiet; stat -c '%n %i %y' "$MNT"/*.pem)
    dms_import busy root
    dms_import busy leaf+leaf-key+root '{Replace: true}'
    dms_import busy deep+intermediate+deep-key+root '{Replace: true}'
    dms_delete "$ARN"
    equal "the other sets" "$(state quiet; stat -c '%n %i %y' "$MNT"/*.pem)" "$before"
}

@test "every change gives the set's files new inode numbers" {
    local before after
    dms_import Set-1 leaf+leaf-key+root
    before=$(cd "$MNT/certificates/Set-1" && stat -c '%i' -- *.pem)
    dms_import Set-1 deep+intermediate+deep-key+root '{Replace: true}'
    after=$(cd "$MNT/certificates/Set-1" && stat -c '%i' -- *.pem)
    equal "inode numbers that stand for old and new files" "$(sort <<<"$before"$'\n'"$after" | uniq -d)" ""
}

@test "a reader in the middle of a set is not disturbed by a change of another, nor of its own" {
    local large held
    PKI=$WORK make_many_cas "$WORK/large.pem" 150
    large=$(sha256sum <"$WORK/large.pem")
    dms_import Set-1 "$WORK/large.pem"
    dms_import b root
    exec {held}<"$MNT/certificates/Set-1/ca.pem"
    dd bs=100 count=1 status=none <&"$held" >"$WORK/read"
    dms_import b other '{Replace: true}'
    dd bs=100 count=1 status=none <&"$held" >>"$WORK/read"
    dms_import Set-1 root '{Replace: true}'
    cat <&"$held" >>"$WORK/read"
    exec {held}<&-
    equal "what was read" "$(sha256sum <"$WORK/read")" "$large"
    holds Set-1 ca.pem root
}

@test "files of a named set opened after an import has returned are new, even for a process in the middle of the old one" {
    dms_import Set-1 leaf+leaf-key+root
    jq -n --rawfile pem <(texts other+stranger+stranger-key) '{CertificateIdentifier: "Set-1", CertificatePem: $pem, Replace: true}' >"$WORK/document"
    # One process reads, another one imports in between.
    python3 - "$MNT/certificates/Set-1" "$CONTROL" "$WORK" <<'PYTHON'
import subprocess, sys
folder, control, work = sys.argv[1:]
def read(name, to):
    with open(f"{folder}/{name}") as file, open(f"{work}/{to}", "w") as copy:
        copy.write(file.read())
read("ca.pem", "before.pem")
subprocess.run(["cp", f"{work}/document", control], check=True)
for name in ("cert.pem", "key.pem", "ca.pem"):
    read(name, name)
PYTHON
    same "$WORK/before.pem" "$PKI/root.pem"
    same "$WORK/ca.pem" "$PKI/other.pem"
    same "$WORK/cert.pem" "$PKI/stranger.pem"
    same "$WORK/key.pem" "$PKI/stranger-key.pem"
}

@test "an identifier stands in last as a whole, and a subject that has no room is cut or left out" {
    local long=tf-acc-test-123456789012 longer=tf-acc-test-123456789012-abcdefghijklmnopqrstuvwxyz-0123456789-end
    dms_import "$long" leaf+leaf-key+root
    matches last "$(cat "$MNT/last")" "^imported $long generation 1: CN=.*, valid until [0-9-]+$"
    dms_import "$longer" leaf+leaf-key+root
    matches last "$(cat "$MNT/last")" "^imported $longer generation 2, valid until [0-9-]+$"
}

@test "the record of named sets in status is how many there are, and when the first of them ends" {
    equal "of none" "$(of_status -S .certificates)" '{"count":0,"not_after":null,"noted":[],"sets":[],"valid_until":null}'
    certificate short until='5 days'
    certificate long until='60 days'
    dms_import Set-1 long
    dms_import b short
    dms_import c root
    equal "of three" "$(of_status -S ".certificates | {count, not_after}")" "{\"count\":3,\"not_after\":$(not_after short)}"
    equal "the first to end" "$(of_status -c '[.certificates.sets[].identifier][0:2]')" '["b","Set-1"]'
    describe b
    dms_delete "$(of_certificate .CertificateArn)"
    equal "of two" "$(of_status -S ".certificates | {count, not_after}")" "{\"count\":2,\"not_after\":$(not_after long)}"
}

not_after() {
    date -d "$(openssl x509 -in "$PKI/$1.pem" -noout -enddate | cut -d= -f2)" +%s
}

@test "metrics has a line for each set, which names it" {
    import a
    dms_import first root
    dms_import second leaf+leaf-key+root
    equal "the expiry" "$(metric 'certificate_not_after_timestamp_seconds' | LC_ALL=C sort)" "$(printf '%s\n' \
        "/ $(not_after a)" "first $(not_after root)" "second $(not_after leaf)")"
    describe first
    dms_delete "$(of_certificate .CertificateArn)"
    equal "the sets" "$(metric certificate_not_after_timestamp_seconds | cut -d' ' -f1 | xargs)" "/ second"
}

# metric NAME: the set and the value of each sample, as Prometheus' own parser reads them.
metric() {
    /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || skip "python3-prometheus-client is not installed"
    /usr/bin/python3 - "$MNT/metrics" "certfs_$1" <<'PYTHON'
import sys
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(open(sys.argv[1]).read()):
    for sample in family.samples:
        if sample.name == sys.argv[2]:
            print(sample.labels["set"], int(sample.value))
PYTHON
}
