#!/usr/bin/env bats
# A removed set stays removed: whatever its name, in whichever way it is removed, and while it is held open; and when
# its record is not where it should be.

load ../lib/certfs.bash
load store.bash
load trace.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    store_begin
}

# every_removal SET CELLS
every_removal() {
    python3 "$BATS_TEST_DIRNAME/removal.py" "$CERTFS" "$WORK" "$PKI" "$1" a b "$LIB/mapping.py" >said 2>&1 ||
        fail "$(cat said)" || return
    equal "what was tried" "$(cat said)" "$2 cells"
}

# answer_of DOCUMENT
answer_of() {
    talk "text:$1" read | sed -n 's/^read //p'
}

remove_named() {
    answer_of "$(jq -nc --arg id "$1" '{Action: "rds_remove_binlog_ssl_material", CertificateIdentifier: $id}')"
}

@test "the root set: two ways in five states" {
    every_removal "" 10
}

@test "the set a: three ways in five states" {
    every_removal a 15
}

@test "the set Set-1: three ways in five states" {
    every_removal Set-1 15
}

@test "a set whose record is missing is removed, and answer, log and status report it" {
    serve_loudly
    import_named Set-1 a
    import a
    rm "$(record Set-1)" "$ROOT_SET"
    matches "the answer" "$(remove_named Set-1)" '"result":"ok","changed":true.*"name":"record_missing"'
    [ ! -e "$MNT/certificates/Set-1" ] || fail "it is still served"
    has_problem "the record of set Set-1 was missing in STORE: it is removed"
    eventually grep -q '^certfs: the record of set Set-1 was missing' "$WORK/mount.log"
    matches "the answer" "$(answer_of '{"Action":"rds_remove_binlog_ssl_material"}')" '"changed":true.*"name":"record_missing"'
    serves_nothing
    only_files
    import a
    has_problem "the record of set Set-1"
    ! (has_problem "the record of set /") 2>/dev/null || fail "it is still a problem"
}

@test "a store that vanished keeps nobody from removing a key" {
    serve
    import_named Set-1 a
    rm -r "$STORE"
    matches "the answer" "$(remove_named Set-1)" '"changed":true.*"name":"record_missing"'
    [ ! -e "$MNT/certificates/Set-1" ] || fail "it is still served"
}

@test "a record that is missing is written again by the same import, and the answer reports it" {
    serve_loudly
    import a
    rm "$ROOT_SET"
    matches "the answer" "$(answer_of "$(cat "$PKI/a.json")")" '"changed":false.*"name":"record_missing"'
    eventually grep -q "the record of set / was missing in STORE: it is written again" "$WORK/mount.log"
    eventually no_problems
    restart
    serves a
}

@test "a key that is away and a record that was changed are problems within seconds, and the same import mends the record" {
    serve_loudly
    import a
    mv "$KEYS/certfs" "$WORK/away"
    printf X | dd of="$ROOT_SET" bs=1 seek=500 conv=notrunc status=none
    eventually has_problem "the key-encryption key certfs does not exist in the directory of keys"
    ! cat "$PKI/a.json" 2>/dev/null >"$MNT/control" || fail "it is unchanged without a record that opens"
    mv "$WORK/away" "$KEYS/certfs"
    eventually has_problem "STORE has no good record of the root set"
    matches "the answer" "$(answer_of "$(cat "$PKI/a.json")")" '"result":"ok","changed":false'
    eventually grep -q "the record of set / in STORE did not open to what is served: it is written again" "$WORK/mount.log"
    ! (has_problem "STORE has no good record of the root set") 2>/dev/null || fail "it is still a problem"
    eventually no_problems
    restart
    serves a
}

@test "without a store nothing is reported as missing" {
    mount_certfs -o owner=root
    import_named Set-1 a
    matches "the answer" "$(remove_named set-1)" '"changed":true.*"warnings":\[\{"name":"files_gone"[^]{}]*\}\]'
    unmount_certfs
}

@test "a record that does not open because its key is missing is removed as well, and does not come back with the key" {
    serve
    new_key other
    jq '. + {KmsKeyId: "other", CertificateIdentifier: "Set-1"}' "$PKI/a.json" >"$CONTROL"
    stop
    mv "$KEYS/other" aside
    serve
    matches "the answer" "$(remove_named SET-1)" '"changed":true.*"name":"unopened_removed"'
    only_files
    matches "the answer" "$(remove_named Set-1)" '"changed":false'
    mv aside "$KEYS/other"
    restart
    [ ! -e "$MNT/certificates/Set-1" ] || fail "it came back"
}

# removal_killed_at CALL NTH: kills the worker in a removal of Set-1, at the NTH such call. Fails where there is none.
removal_killed_at() {
    local pids
    mapfile -t pids < <(processes)
    trace_importer "trace=$1" "inject=$1:signal=KILL:when=$2"
    (remove_named Set-1) >said 2>&1 || true
    trace_end
    ! grep -q '"result":"ok"' said || return
    ended "${pids[@]}" || return
    ! mountpoint -q "$MNT" || umount "$MNT"
}

@test "a removal that is killed at any step leaves all of the set or nothing" {
    trace_needed
    with_hooks CERTFS_TEST_LACKS=takeover
    local call nth kept=0 gone=0
    for call in /^rename fsync unlinkat; do
        for ((nth = 1; nth < 9; nth++)); do
            [ -n "$(processes)" ] || serve
            import_named Set-1 a
            cp "$(record Set-1)" "$(record Set-1).unopened"
            removal_killed_at "$call" "$nth" || break
            serve
            case $(in_store | wc -l) in
                0) [ ! -e "$MNT/certificates/Set-1" ] || fail "it is served without a record"; gone=$((gone + 1)) ;;
                2) [ -e "$MNT/certificates/Set-1/key.pem" ] || fail "it is not served"; kept=$((kept + 1)) ;;
                *) fail "$call $nth: in the store is $(in_store)" ;;
            esac
        done
    done
    echo "# kept $kept times, gone $gone times" >&3
    [ "$kept" -gt 0 ] && [ "$gone" -gt 3 ]
}
