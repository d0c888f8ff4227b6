#!/usr/bin/env bats
# Valid identifiers, identifiers that are in use, and how many there may be.

load dms.bash

setup_file() {
    dms_pki
    make_pki main ec:P-256
}

test_setup() {
    dms_begin
}

teardown_file() {
    dms_end
}

# letters COUNT: so many of them.
letters() {
    printf '%*s' "$1" '' | tr ' ' x
}

# taken ID...: and it is the name of the directory.
taken() {
    local id
    for id; do
        dms_import "$id" root
        equal "the identifier" "$(answer .Certificate.CertificateIdentifier)" "$id"
        holds "$id" ca.pem root
    done
}

# import_each ID...: the same certificate under all these names; see dms_each.
import_each() {
    # shellcheck disable=SC2016 # for jq
    dms_each '$ARGS.positional[] | {operation: "ImportCertificate", parameters: {CertificateIdentifier: ., CertificatePem: $pem}}' \
        --rawfile pem "$PKI/root.pem" --args -- "$@"
}

# not_taken ID...
not_taken() {
    import_each "$@" && refused_each EBADMSG && identifiers_are
}

@test "identifiers of 1 and of 255 characters are taken" {
    mount_certfs -o owner=root
    taken a Z "$(letters 255)"
}

@test "identifiers of none and of 256 characters are not" {
    mount_certfs -o owner=root
    not_taken '' "$(letters 256)" "$(letters 1000)"
}

@test "letters, digits and hyphens are taken, and kept as they were written" {
    mount_certfs -o owner=root
    taken Replica-1-of-DB9 a1 b-2 a-b-c-d-e z0-0
}

@test "the first must be a letter" {
    mount_certfs -o owner=root
    not_taken 1a 9 -a - _a .a
}

@test "a hyphen at the end and two together are not taken" {
    mount_certfs -o owner=root
    not_taken a- a--b a---b "$(letters 254)-"
}

@test "identifiers that could lead out of the directory, or with other than ASCII letters, are refused" {
    mount_certfs -o owner=root
    not_taken . .. a/b ../a a. a.b a_b 'a b' ' a' 'a ' $'a\n' $'a\tb' a@b 'a\b' "a'b" 'a"b' a:b aä äa 'аb' 'a١' 'a–b' $'a\x7f'
}

# ---- what exists

@test "an identifier that exists is refused with the ARN that it has, in other letters too" {
    mount_certfs -o owner=root
    local id arn
    dms_import Replica-1 root
    arn=$ARN
    for id in Replica-1 replica-1 REPLICA-1; do
        dms_refuses_import ResourceAlreadyExistsFault EEXIST "$id" other
        reason_of_refusal exists
        equal "resourceArn" "$(answer .resourceArn)" "$arn"
    done
    identifiers_are Replica-1
    holds Replica-1 ca.pem root
}

@test "the same certificate again is refused as well" {
    mount_certfs -o owner=root
    dms_import Set-1 root
    dms_refuses_import ResourceAlreadyExistsFault EEXIST Set-1 root
}

@test "an error in a document is reported before the existence of its identifier" {
    mount_certfs -o owner=root
    dms_import Set-1 root
    dms_refuses_import InvalidParameterValueException EBADMSG Set-1 root '{Tags: [{Key: "aws:a", Value: ""}]}'
}

@test "only ASCII letters are alike in both cases" {
    mount_certfs -o owner=root
    taken k1 K2
    dms_refuses_import InvalidParameterValueException EBADMSG $'\u212a1' root
    identifiers_are k1 K2
}

@test "exactly one of several writers of one identifier is the first" {
    mount_certfs -o owner=root
    local i good=0
    printf '{"CertificateIdentifier":"Set-1","CertificatePem":"%s"}' "$(cat "$PKI/root.pem")" >"$WORK/document"
    for i in {1..8}; do
        # shellcheck disable=SC2016 # the inner shell expands
        background bash -c 'cat "$1" 2>/dev/null >"$2" && : >"$3"' writer "$WORK/document" "$CONTROL" "$WORK/first-$i"
    done
    # shellcheck disable=SC2046 # one word per pid
    wait $(tail -n 8 "$WORK/.background") || true
    for i in {1..8}; do
        [ ! -e "$WORK/first-$i" ] || good=$((good + 1))
    done
    equal "how many were first" "$good" 1
    identifiers_are Set-1
}

# ---- how many

@test "beyond the quota nothing is taken until something is deleted" {
    mount_certfs -o owner=root,quota=3
    local arn
    dms_import a root
    arn=$ARN
    dms_import b leaf+leaf-key+root
    dms_import c other
    dms_refuses_import ResourceQuotaExceededFault EDQUOT d root
    reason_of_refusal quota
    identifiers_are a b c
    dms_delete "$arn"
    dms_import d root
    dms_refuses_import ResourceQuotaExceededFault EDQUOT e root
    identifiers_are b c d
}

@test "at full quota an existing set is replaced, and still reported as existing" {
    mount_certfs -o owner=root,quota=1
    dms_import Set-1 root
    dms_import Set-1 other '{Replace: true}'
    holds Set-1 ca.pem other
    dms_refuses_import ResourceAlreadyExistsFault EEXIST Set-1 root
    dms_refuses_import ResourceQuotaExceededFault EDQUOT b root '{Replace: true}'
    identifiers_are Set-1
}

@test "the root set does not count" {
    mount_certfs -o owner=root,quota=1
    import main
    dms_import Set-1 root
    identifiers_are Set-1
    import main
}

@test "a named set of all three fields counts" {
    mount_certfs -o owner=root,quota=1
    named_document Set-1 main >"$CONTROL"
    dms_refuses_import ResourceQuotaExceededFault EDQUOT b root
    named_document b main >"$WORK/document"
    run talk write:"$WORK/document" read close
    matches "the outcome" "$output" $'^write EDQUOT\nread .*"result":"refused","fault":"ResourceQuotaExceededFault","reason":"quota".*\nclose ok$'
    identifiers_are Set-1
}

@test "the quota is 100 by default" {
    mount_certfs -o owner=root
    import_each a{1..100}
    all_outcomes '.code == ""' "what was refused"
    dms_refuses_import ResourceQuotaExceededFault EDQUOT a101 root
    equal "how many" "$(find "$MNT/certificates" -mindepth 1 -maxdepth 1 | wc -l)" 100
}

@test "a quota that is no number is refused at the start" {
    local quota
    for quota in '' -1 many 1x 99999999999999999999; do
        mkdir -p "$MNT"
        run "$CERTFS" -o "owner=root,quota=$quota" none "$MNT" 3>&- 4>&-
        [ "$status" != 0 ] || fail "it started with quota=$quota"
        matches "what it said of quota=$quota" "$output" '^certfs: .*quota'
    done
}
