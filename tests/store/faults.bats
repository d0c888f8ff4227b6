#!/usr/bin/env bats
# Every system call of a change fails in turn. Whatever the verdict was, the mount serves accordingly, and so does a
# restart: what was there before after a refusal, the new state after a success.

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

# serves_state NAME|nothing
serves_state() {
    if [ "$1" = nothing ]; then serves_nothing; else serves "$1"; fi
}

# change_to NAME|nothing: writes the request that leads there.
change_to() {
    if [ "$1" = nothing ]; then remove_material; else import "$1"; fi
}

# expect_refusal: a reason and an errno on which no writer tries again.
expect_refusal() {
    local reason
    reason=$(of_status .last_request.reason)
    case $CALL:$reason in
        *:store_failed | openat:key_not_accessible) ;;
        *) fail "the reason is $reason" || return ;;
    esac
    grep -Eq 'Input/output error|No space left|Required key' "$WORK/said" || fail "the writer heard $(cat "$WORK/said")"
}

# fail_once ERROR NTH: changes FROM to TO while the NTH such CALL fails with ERROR. Sets HIT and REACHED.
fail_once() {
    local status=0
    trace_importer "trace=$CALL" "inject=$CALL:error=$1:when=$2" || return
    change_to "$TO" 2>"$WORK/said" || status=$?
    trace_end
    HIT=$(grep -c '(INJECTED)$' "$TRACE") || true
    REACHED=$TO
    if [ "$status" -ne 0 ]; then
        REACHED=$FROM
        expect_refusal || return
    fi
    serves_state "$REACHED" && restart && serves_state "$REACHED" || return
    [ -z "$(find "$STORE" -name '*.certfs-new' -o -name '*.certfs-old' -o -name '*.certfs-gone')" ] || fail "leftovers: $(ls -A "$STORE")"
}

# fail_each CALL FROM TO ERROR...: for each error, one such call after the other, until the change has none left.
fail_each() {
    local error nth total=0
    CALL=$1 FROM=$2 TO=$3
    shift 3
    for error; do
        HIT=1
        for ((nth = 1; HIT > 0; nth++)); do
            fail_once "$error" "$nth" || fail "$error from $CALL $nth, from $FROM to $TO: $(cat "$WORK/said")" || return
            total=$((total + HIT))
            [ "$REACHED" = "$FROM" ] || change_to "$FROM" || return
        done
    done
    [ "$total" -ge $# ] || fail "$CALL failed $total times in $# changes from $FROM to $TO"
}

begin() {
    trace_needed
    serve
    import a
}

@test "an import whose openat fails" {
    begin
    fail_each openat a b ENOSPC EIO EINTR
}

@test "an import whose write fails" {
    begin
    fail_each write a b ENOSPC EIO EINTR
}

@test "an import whose fsync fails, of the file or of the directory" {
    begin
    fail_each fsync a b ENOSPC EIO EINTR
}

@test "an import whose close fails" {
    begin
    fail_each close a b EIO EINTR
}

@test "an import whose link fails" {
    begin
    fail_each linkat a b ENOSPC EIO EINTR
}

@test "an import whose rename fails" {
    begin
    fail_each /^rename a b ENOSPC EIO EINTR
}

@test "an import whose unlink fails" {
    begin
    fail_each unlinkat a b EIO EROFS EINTR
}

@test "a first import, whatever fails" {
    trace_needed
    serve
    for call in openat write fsync close linkat /^rename unlinkat; do
        fail_each "$call" nothing a EIO
    done
}

@test "a removal, whatever fails" {
    begin
    for call in openat fsync /^rename unlinkat; do
        fail_each "$call" a nothing EIO
    done
}

# ---- the disk as a whole

# on_disk SIZE: the store on a file system of its own.
on_disk() {
    mount -t tmpfs -o "size=$1,mode=0700" none "$STORE"
    serve
    import a
}

refused_for_the_disk() {
    refused_import b store_failed
    serves a
}

@test "a full disk: the import is refused with ENOSPC, the old set stays and the next import works" {
    on_disk 32k
    dd if=/dev/zero of="$STORE/filler" bs=4k status=none 2>/dev/null || true
    refused_for_the_disk
    matches "what the writer heard" "$(cat refused)" "No space left on device"
    restart
    serves a
    rm "$STORE/filler"
    import b
    restart
    serves b
}

@test "a disk that takes one block more, so that a write is short, and then no other" {
    on_disk 16k
    cp "$PKI/b/ca.pem" long.pem
    PKI=$WORK make_many_cas long.pem 5
    payload long.pem "$PKI/b/cert.pem" "$PKI/b/key.pem" >long.json
    ! cat long.json 2>refused >"$CONTROL" || fail "it was not refused"
    matches "what the writer heard" "$(cat refused)" "No space left on device"
    serves a
    only_files "$ROOT_NAME"
    restart
    serves a
}

@test "a read-only disk: the import is refused, the old set stays" {
    on_disk 1m
    mount -o remount,ro "$STORE"
    refused_for_the_disk
    mount -o remount,rw "$STORE"
    import b
    restart
    serves b
}

@test "a store that vanished: the import is refused, the old set stays" {
    serve
    import a
    rm -rf "$STORE"
    refused_for_the_disk
}

@test "a refused import leaves a record that did not open under its name" {
    mount -t tmpfs -o size=32k,mode=0700 none "$STORE"
    record=$(record Set-1)
    head -c 2000 /dev/urandom >"$record"
    cp "$record" damaged
    jq -c '.CertificateIdentifier = "Set-1"' "$PKI/a.json" >"$PKI/named.json"
    serve
    dd if=/dev/zero of="$STORE/filler" bs=4k status=none 2>/dev/null || true
    refused_import named store_failed
    same "$record" damaged
}
