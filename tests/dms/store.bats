#!/usr/bin/env bats
# Named certificates in a store: what is kept over a restart, which key seals it, and how it gets to another host.

load dms.bash
load ../store/store.bash

setup_file() {
    dms_pki
    make_pki a ec:P-256
    make_pki b ec:P-256 intermediate
}

test_setup() {
    dms_begin
    store_begin
}

teardown_file() {
    dms_end
}

# three: one of each kind, with tags, a key-encryption key of its own, and one replaced.
three() {
    new_key other
    dms_import bundle root+other
    dms_import Set-1 other '{Tags: [{Key: "team", Value: "db"}, {Key: "größe", Value: "𝐀 5"}, {Key: "empty", Value: ""}]}'
    dms_import Set-1 leaf+leaf-key+root '{Replace: true}'
    dms_import pair deep+intermediate+deep-key '{KmsKeyId: "other"}'
    named_document replica a >"$CONTROL"
}

# everything: all that can be read of the named certificates.
everything() {
    local id
    dms_pages '{}' || return
    answer '.Certificates | sort_by(.CertificateIdentifier)[]'
    dms_each '$all | fromjson | .Certificates[].CertificateArn | {operation: "ListTagsForResource", parameters: {ResourceArn: .}}' \
        --arg all "$ANSWER" && all_outcomes '.code == ""' "what was refused" || return
    jq -cS '.outcome.answer.TagList | sort_by(.Key)[]' "$OUTCOMES" | sort
    for id in $(names_in "$MNT/certificates"); do
        (cd "$MNT/certificates/$id" && stat -c '%n %F %a %U %s' -- . * && cat -- *)
        xattrs "$MNT/certificates/$id"
    done
}

# as_before COMMAND...: everything is the same after it.
as_before() {
    everything >"$WORK/before"
    "$@"
    everything >"$WORK/after"
    diff "$WORK/before" "$WORK/after"
}

# ---- restarts

@test "after a restart everything is as before: files, ARNs, dates, owners, tags, keys, attributes" {
    serve
    three
    as_before restart
    identifiers_are Set-1 bundle pair replica
}

@test "after kill -9 as well" {
    serve
    three
    everything >"$WORK/before"
    kill_all
    serve
    everything >"$WORK/after"
    diff "$WORK/before" "$WORK/after"
}

@test "changes after a restart are kept over the next" {
    serve
    dms_import Set-1 root '{Tags: [{Key: "team", Value: "db"}]}'
    dms_import b root
    restart
    describe Set-1
    add_tags "$(of_certificate .CertificateArn)" stage=live team=web
    describe b
    dms_delete "$(of_certificate .CertificateArn)"
    dms_import c other
    dms_import Set-1 other '{Replace: true}'
    as_before restart
    identifiers_are Set-1 c
    tags_are "$ARN" stage=live team=web
    holds Set-1 ca.pem other
}

@test "tags are kept as soon as the request was answered" {
    serve
    dms_import Set-1 root
    add_tags "$ARN" team=db stage=test
    dms RemoveTagsFromResource '{ResourceArn: $arn, TagKeys: ["stage"]}' --arg arn "$ARN"
    kill_all
    serve
    tags_are "$ARN" team=db
}

@test "a deleted set leaves no file and does not come back" {
    serve
    dms_import Set-1 leaf+leaf-key+root
    [ -e "$(record Set-1)" ] || fail "there is no record: $(ls "$STORE")"
    dms_delete "$ARN"
    [ ! -e "$(record Set-1)" ] || fail "the record is still there"
    restart
    identifiers_are
    dms_refuses ResourceNotFoundFault ENOENT DeleteCertificate '{CertificateArn: $arn}' --arg arn "$ARN"
}

@test "an identifier is still taken after a restart, in other letters too" {
    serve
    dms_import Set-1 root
    restart
    dms_refuses_import ResourceAlreadyExistsFault EEXIST set-1 other
    equal "resourceArn" "$(answer .resourceArn)" "$ARN"
    dms_import SET-1 other '{Replace: true}'
    as_before restart
    identifiers_are Set-1
}

@test "ARNs are for life, also when the mount's region is another one later" {
    serve
    dms_import Set-1 root
    local arn=$ARN
    restart -o region=eu-west-1
    describe Set-1
    equal "the ARN" "$(of_certificate .CertificateArn)" "$arn"
    dms_import b root
    matches "a new ARN" "$ARN" '^arn:aws:dms:eu-west-1:'
}

@test "a smaller quota after a restart takes nothing away, and lets nothing new in" {
    serve
    dms_import Set-1 root
    dms_import b root
    dms_import c root
    restart -o quota=2
    identifiers_are Set-1 b c
    dms_refuses_import ResourceQuotaExceededFault EDQUOT d root
    dms_import c other '{Replace: true}'
    describe Set-1
    dms_delete "$(of_certificate .CertificateArn)"
    dms_refuses_import ResourceQuotaExceededFault EDQUOT d root
}

@test "a set that expired meanwhile is served, with a warning" {
    serve
    certificate expired issuer=root from='3 days ago' until=yesterday
    dms_import Set-1 expired+expired-key+root '{Accept: ["expired"]}'
    as_before restart
    holds Set-1 cert.pem expired
}

@test "the same set again with Replace writes nothing" {
    serve
    dms_import Set-1 leaf+leaf-key+root
    local before
    before=$(stat -c '%i %y' "$(record Set-1)")
    dms_import Set-1 leaf+leaf-key+root '{Replace: true}'
    equal "the record" "$(stat -c '%i %y' "$(record Set-1)")" "$before"
}

# ---- keys

@test "the key-encryption key is the one that the document names, else the default one" {
    serve
    new_key arn.aws.kms.us-east-1.1.key.one
    dms_import Set-1 root
    equal "KmsKeyId" "$(answer .Certificate.KmsKeyId)" certfs
    dms_import b leaf+leaf-key+root '{KmsKeyId: "arn:aws:kms:us-east-1:1:key/one"}'
    equal "KmsKeyId" "$(answer .Certificate.KmsKeyId)" arn:aws:kms:us-east-1:1:key/one
    open_record "$(record Set-1)" >"$WORK/document"
    KEK=arn.aws.kms.us-east-1.1.key.one
    openssl cms -decrypt -inform DER -in "$(record b)" -secretkey "$(hex_key "$KEK")" \
        -secretkeyid "$(hex_of arn:aws:kms:us-east-1:1:key/one)" >"$WORK/document"
    equal "the record's identifier" "$(jq -r .CertificateIdentifier "$WORK/document")" b
    as_before restart
}

@test "a missing key is reported as not accessible" {
    serve
    local id
    for id in unknown arn:aws:kms:us-east-1:1:key/unknown; do
        dms_refuses_import KMSKeyNotAccessibleFault ENOKEY a root '{KmsKeyId: $key}' --arg key "$id"
        reason_of_refusal key_not_accessible
    done
    identifiers_are
    only_files
}

@test "a key that others can read, or that is too short, is reported as not accessible" {
    serve
    new_key open
    chmod 0644 "$KEYS/open"
    dms_refuses_import KMSKeyNotAccessibleFault ENOKEY a root '{KmsKeyId: "open"}'
    head -c 31 /dev/zero | install -m 0400 /dev/stdin "$KEYS/short"
    dms_refuses_import KMSKeyNotAccessibleFault ENOKEY a root '{KmsKeyId: "short"}'
    identifiers_are
}

@test "Replace may change the key, and keeps the rest" {
    serve
    new_key other
    dms_import Set-1 root '{Tags: [{Key: "team", Value: "db"}]}'
    local arn=$ARN
    dms_import Set-1 root '{Replace: true, KmsKeyId: "other"}'
    equal "KmsKeyId" "$(answer .Certificate.KmsKeyId)" other
    equal "the ARN" "$ARN" "$arn"
    open_record "$(record Set-1)" other >"$WORK/document"
    as_before restart
    tags_are "$arn" team=db
}

@test "tags are sealed with the key of their certificate" {
    serve
    new_key other
    dms_import Set-1 root '{KmsKeyId: "other"}'
    add_tags "$ARN" team=db
    open_record "$(record Set-1)" other >"$WORK/document"
    describe Set-1
    equal "KmsKeyId" "$(of_certificate .KmsKeyId)" other
    as_before restart
}

@test "a certificate whose key is gone keeps no other one from being served, and its record stays" {
    serve
    new_key other
    dms_import Set-1 leaf+leaf-key+root
    dms_import b root '{KmsKeyId: "other"}'
    import a
    stop
    rm "$KEYS/other"
    cp "$(record b)" "$WORK/record"
    serve
    identifiers_are Set-1
    serves a
    has_problem "record $(basename "$(record b)") is not served"
    same "$(record b)" "$WORK/record"
}

@test "a record that is damaged keeps no other one from being served" {
    serve
    dms_import Set-1 root
    dms_import b root
    stop
    printf x >>"$(record b)"
    serve
    identifiers_are Set-1
    has_problem "record $(basename "$(record b)") is not served"
}

# ---- in an emergency

# elsewhere: another host, with a store and a key of its own.
elsewhere() {
    stop
    MNT=$WORK/elsewhere
    CONTROL=$MNT/control
    KEYS=$WORK/other-keys STORE=$WORK/other-store
    mkdir -m 0700 "$KEYS" "$STORE"
    mkdir "$MNT"
    new_key certfs
    serve
}

@test "a record of all three fields, opened by openssl, restores the named set on another host" {
    serve
    import b
    named_document replica-1 a >"$CONTROL"
    describe replica-1
    add_tags "$(of_certificate .CertificateArn)" team=db
    (cd "$MNT/certificates/replica-1" && sha256sum -- *.pem) >"$WORK/sums"
    open_record "$(record replica-1)" >"$WORK/document"
    elsewhere
    cat "$WORK/document" >"$CONTROL"
    (cd "$MNT/certificates/replica-1" && sha256sum --quiet -c "$WORK/sums")
    [ ! -e "$MNT/cert.pem" ] || fail "it became the root set"
    describe replica-1
    tags_are "$(of_certificate .CertificateArn)" team=db
    as_before restart
}

@test "a record of ImportCertificate restores as well, with and without a key" {
    serve
    dms_import bundle root+other '{Tags: [{Key: "team", Value: "db"}]}'
    dms_import set leaf+leaf-key+root
    dms_import pair deep+intermediate+deep-key
    local id
    for id in bundle set pair; do
        (cd "$MNT/certificates/$id" && sha256sum -- *.pem) >"$WORK/$id.sums"
        open_record "$(record "$id")" >"$WORK/$id.json"
    done
    elsewhere
    for id in bundle set pair; do
        cat "$WORK/$id.json" >"$CONTROL"
        (cd "$MNT/certificates/$id" && sha256sum --quiet -c "$WORK/$id.sums")
    done
    identifiers_are bundle pair set
    describe bundle
    tags_are "$(of_certificate .CertificateArn)" team=db
    as_before restart
}

@test "a restored record does not take the place of what is there" {
    serve
    named_document replica-1 a >"$CONTROL"
    open_record "$(record replica-1)" >"$WORK/document"
    elsewhere
    named_document replica-1 b >"$CONTROL"
    ! cat "$WORK/document" 2>"$WORK/said" >"$CONTROL" || fail "it was taken"
    equal "the reason" "$(of_status .last_request.reason)" exists
    MNT=$MNT/certificates/replica-1 serves b
    jq -c '{Replace: true} + .' "$WORK/document" >"$CONTROL"
    MNT=$MNT/certificates/replica-1 serves a
}
