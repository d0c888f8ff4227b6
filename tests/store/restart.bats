#!/usr/bin/env bats
# Acknowledged changes are served after a restart; sets that cannot be served are reported and kept.

load ../lib/certfs.bash
load store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256 intermediate
    make_dated expired a-root 200101000000Z 210101000000Z
    mkdir "$PKI/expired"
    cp "$PKI/a/ca.pem" "$PKI/expired/ca.pem"
    cp "$PKI/expired.pem" "$PKI/expired/cert.pem"
    cp "$PKI/expired-key.pem" "$PKI/expired/key.pem"
    payload_of expired >"$PKI/expired.json"
}

test_setup() {
    store_begin
}

# import_waived NAME REASON: with the reason in Accept.
import_waived() {
    jq --arg reason "$2" '. + {Accept: [$reason]}' "$PKI/$1.json" >"$CONTROL"
}

# break_record [FILE]: flips the last bit of the record.
break_record() {
    local file=${1-$ROOT_SET} last
    last=$(tail -c 1 "$file" | od -An -tu1)
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\x$(printf %02x $((last ^ 1)))" | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 1)) conv=notrunc status=none
}

# ---- what is served again

@test "the same bytes, generation and previous set are served after a restart" {
    serve
    import a
    import b
    sha256sum "$MNT"/*.pem >before
    only_files "$ROOT_NAME"
    restart
    sha256sum --quiet -c before
    serves b
    equal "the generation" "$(generation)" 2
    restore_previous
    serves a
    equal "the generation" "$(generation)" 3
    restart
    serves a
    restore_previous
    serves b
    equal "the generation" "$(generation)" 4
}

@test "an import after a restart that changes nothing is seen as equal" {
    serve
    import a
    restart
    before=$(stat -c '%i %Y' "$ROOT_SET")
    import a
    equal "the generation" "$(generation)" 1
    equal "the record" "$(stat -c '%i %Y' "$ROOT_SET")" "$before"
}

@test "waivers stand after a restart, so that the same waivers are equal and none are not" {
    serve
    import_waived expired expired
    restart
    serves expired
    equal "what is waived" "$(of_status .material.waived)" '["expired"]'
    import_waived expired expired
    equal "the generation" "$(generation)" 1
    refused_import expired expired
    equal "the generation" "$(generation)" 1
}

@test "the files are there as soon as the mount answers" {
    serve
    import a
    for _ in 1 2 3 4 5; do
        stop
        background "$CERTFS" -f -o "kek_dir=$KEYS,owner=root" "$STORE" "$MNT" </dev/null >"$WORK/mount.log" 2>&1
        until [ -e "$CONTROL" ]; do :; done
        serves a
        processes >>"$WORK/.processes"
    done
}

@test "a removal leaves nothing behind, and the numbers go on" {
    serve
    import a
    import b
    remove_material
    serves_nothing
    only_files
    equal "the mark" "$(mark)" 3
    equal "the generation" "$(generation)" 3
    restart
    serves_nothing
    equal "the generation" "$(generation)" 3
    ! restore_previous 2>/dev/null || fail "there was a previous set"
    import a
    equal "the generation" "$(generation)" 4
}

@test "leftovers of a crash are gone after the next start, and what was acknowledged is served" {
    serve
    import a
    stop
    cp "$ROOT_SET" "$ROOT_SET.certfs-old"
    cp "$ROOT_SET" "$ROOT_SET.certfs-gone"
    head -c 100 "$ROOT_SET" >"$ROOT_SET.certfs-new"
    serve
    serves a
    only_files "$ROOT_NAME"
}

@test "an expired set is served, and status and the log report it" {
    record_of expired 5 | seal_record "$ROOT_SET"
    serve_loudly
    serves expired
    equal "the generation" "$(generation)" 5
    has_problem "would be refused today"
    grep -q '^certfs: .*would be refused today: .*expired' "$WORK/mount.log" || fail "the log says $(cat "$WORK/mount.log")"
}

@test "none means that nothing is kept" {
    mount_certfs -o owner=root
    has_remark "nothing is kept over a restart"
    equal "problems" "$(of_status .problems)" "[]"
    import a
    unmount_certfs
}

# ---- what does not open

# A named set for what does not open: a root set that does not open stops the start (starts.bats).
one_is() {
    equal "the key of one" "$(key_of "$MNT/certificates/One/key.pem")" "$(key_of "$PKI/$1/key.pem")"
}

@test "a damaged record is reported and kept, and stands aside when a new set is imported" {
    ONE=$(record one)
    serve
    import_named One a
    stop
    break_record "$ONE"
    cp "$ONE" damaged
    serve_loudly
    [ ! -e "$MNT/certificates/One" ]
    has_problem "record ${ONE##*/} is not served"
    has_problem "import its set again (the name is the SHA-256 of its identifier in lower case: printf %s id | sha256sum)"
    grep -q '^certfs: record .* is not served' "$WORK/mount.log" || fail "the log says $(cat "$WORK/mount.log")"
    same "$ONE" damaged
    import_named One b
    one_is b
    same "$ONE.unopened" damaged
    no_problems
    has_remark "${ONE##*/}.unopened"
    restart
    one_is b
    same "$ONE.unopened" damaged
}

@test "a second record that did not open does not take the place of the first" {
    ONE=$(record one)
    for name in first second; do
        printf '%s, damaged\n' "$name" >"$ONE"
        serve
        import_named One a
        stop
    done
    for name in first second; do
        grep -rqsx "$name, damaged" "$STORE" || fail "the $name one is gone: $(ls -A "$STORE")"
    done
}

@test "a removal takes a record that did not open along, and reports it" {
    echo damaged >"$(record one)"
    serve
    talk 'text:{"Action":"rds_remove_binlog_ssl_material","CertificateIdentifier":"One"}' read >said
    matches "the answer" "$(cat said)" '"changed":true.*unopened_removed'
    matches "the last outcome" "$(cat "$MNT/last")" "what did not open was removed"
    only_files
    remove_material
    equal "the last outcome" "$(cat "$MNT/last")" "nothing was served, nothing was removed"
}

@test "a record of a set that does not open does not keep the others from being served" {
    serve
    import a
    stop
    other=$(name_of other)
    record_of b 9 '[]' other | seal_record "$STORE/$other"
    break_record "$STORE/$other"
    serve
    serves a
    has_problem "record $other is not served"
    [ -e "$STORE/$other" ] || fail "the record is gone"
}

@test "a refused import leaves a record that did not open under its name" {
    ONE=$(record one)
    echo damaged >"$ONE"
    cp "$ONE" damaged
    serve
    rm -rf "${KEYS:?}"/*
    ! import_named One b 2>/dev/null || fail "it was not refused"
    reason_is key_not_accessible
    same "$ONE" damaged
}

@test "records swapped between two names are not served" {
    record_of a 1 '[]' one | seal_record "$(record other)"
    record_of b 2 '[]' other | seal_record "$(record one)"
    serve
    equal "the named sets" "$(ls "$MNT/certificates")" ""
    has_problem "another set"
    only_files "$(name_of one)" "$(name_of other)"
}

@test "a record of a later version is not served and stays" {
    record_of a 1 '[]' one | jq -c '.Record.Format = 2' | seal_record "$(record one)"
    serve
    has_problem "later version"
    only_files "$(name_of one)"
}

# ---- keys

@test "a missing key of another set is reported and stops nothing" {
    serve
    import a
    stop
    new_key other
    name=$(name_of named)
    record_of b 2 '[]' named | jq -c '.KmsKeyId = "other"' | seal_record "$STORE/$name" other
    rm "$KEYS/other"
    serve
    serves a
    has_problem "the key-encryption key other is missing in $KEYS"
    [ -e "$STORE/$name" ] || fail "the record is gone"
}

@test "a request that names a key that is not there gets ENOKEY and changes nothing" {
    serve
    import a
    jq '. + {KmsKeyId: "not-there"}' "$PKI/b.json" >other.json
    ! cat other.json 2>said >"$CONTROL" || fail "it was not refused"
    matches "what cat said" "$(cat said)" "Required key not available"
    equal "the reason" "$(of_status .last_request.reason)" key_not_accessible
    equal "the wire name" "$(of_status .last_request.fault)" KMSKeyNotAccessibleFault
    serves a
    restart
    serves a
}

@test "--new-key makes a key of 0400 and never over an existing one" {
    equal "mode and size" "$(stat -c '%a %s' "$KEYS/certfs")" "400 32"
    before=$(sha256sum "$KEYS/certfs")
    ! new_key certfs 2>said || fail "it made one over it"
    equal "what it said" "$(cat said)" "certfs: the key-encryption key certfs exists already and is left as it is"
    equal "the key" "$(sha256sum "$KEYS/certfs")" "$before"
    equal "what it says of a new one" "$(new_key second)" \
        "the key-encryption key second is in $KEYS; keep a copy elsewhere: without it nothing in STORE opens"
}

# ---- the store itself

@test "a store that others can write, or that belongs to somebody else, is refused" {
    for mode in 0720 0702 0777; do
        chmod "$mode" "$STORE"
        does_not_start "others can write to STORE; chmod 0700 it"
    done
    chmod 0700 "$STORE"
    chown nobody "$STORE"
    does_not_start "STORE belongs to uid $(id -u nobody), not to root or the worker: chown -R root $STORE"
}

@test "a store inside the mount is refused, and one that does not exist" {
    mv "$STORE" "$MNT/store"
    STORE=$MNT/store does_not_start "STORE lies inside the mount point: $MNT/store"
    STORE=$MNT does_not_start "STORE lies inside the mount point: $MNT"
    mv "$MNT/store" "$STORE"
    STORE=$WORK/nowhere does_not_start "STORE does not exist; make it, or mount its disk first: $WORK/nowhere"
}
