#!/usr/bin/env bats
# The importer is held: by a document whose judging does not end, or by a disk. Nothing waits for it but the writes that
# it serves, and these no longer than their writer or certfs lives.

bats_require_minimum_version 1.5.0
load ../lib/certfs.bash
load ../store/store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    store_begin
}

# A judgement longer than any test.
FOREVER=600000

# held_writer FILE: begins to write it to control and waits until it is certfs's.
held_writer() {
    background dd if="$1" of="$CONTROL" bs=1M status=none
    eventually is_writing "$BACKGROUND"
}

killed() {
    kill -KILL "$1"
    ended "$1"
}

@test "while a document is judged, opens of the key are logged, and status and the log of refusals go on" {
    with_hooks CERTFS_TEST_HOLD_MS=0
    serve
    import a
    stop
    export CERTFS_TEST_HOLD_MS=$FOREVER
    serve_loudly -o sql_import=/,import_group=daemon
    held_writer "$PKI/b.json"
    for i in 1 2 3; do
        cat "$MNT/key.pem" >"$WORK/key"
        eventually lines "event=key_open" "$i"
    done
    ! printf '{"x" 1' | cat >"$MNT/import/x" 2>/dev/null || fail "no JSON was taken"
    reason_is malformed_json
    eventually lines "malformed_json" 1
    killed "$BACKGROUND"
}

# lines TEXT COUNT: of the log.
lines() {
    [ "$(grep -c "$1" "$WORK/mount.log")" -ge "$2" ]
}

# A thread of the worker sleeps in clock_nanosleep(2), or nanosleep(2), where only a hook makes one.
is_held() {
    grep -qE "^(230|35|115|101) " "/proc/$(worker_pid)"/task/*/syscall
}

@test "a writer that is killed ends while its document waits or is judged, and the document is dropped" {
    with_hooks CERTFS_TEST_HOLD_MS=0
    serve
    import a
    stop
    export CERTFS_TEST_HOLD_MS=1500
    serve -o sql_import=/,import_group=daemon
    held_writer "$PKI/b.json"
    first=$BACKGROUND
    background dd if="$PKI/b.json" of="$MNT/import/x" bs=1M status=none
    eventually is_writing "$BACKGROUND"
    waiting=$BACKGROUND
    for signal in INT TERM; do
        kill -"$signal" "$waiting"
        kill -"$signal" "$first"
    done
    ended "$waiting"
    ended "$first"
    reason_is busy
    matches "the answer in import/" "$(cat "$MNT/import/x.answer")" "^the writer was ended .* nothing was changed$"
    serves a
    import b
    serves b
    equal generation "$(of_status .generation)" 2
}

@test "a signal that a writer handles interrupts nothing: it gets the verdict" {
    with_hooks CERTFS_TEST_HOLD_MS=1000
    serve
    background python3 -c '
import os, signal, sys
signal.signal(signal.SIGALRM, lambda *unused: None)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
payload = open(sys.argv[1], "rb").read()
control = os.open(sys.argv[2], os.O_WRONLY)
written = os.write(control, payload)
signal.setitimer(signal.ITIMER_REAL, 0)  # no handler is left while Python ends
print("whole" if written == len(payload) else written)' "$PKI/a.json" "$CONTROL" >"$WORK/out"
    wait "$BACKGROUND" || fail "the writer failed"
    equal "the write" "$(cat "$WORK/out")" whole
    serves a
}

@test "a writer that is killed while its document is committed: it ends, and the outcome is recorded" {
    with_hooks CERTFS_TEST_COMMIT_MS=4000
    serve
    held_writer "$PKI/a.json"
    eventually is_held
    kill -KILL "$BACKGROUND"
    ended "$BACKGROUND"
    eventually test -e "$MNT/key.pem"
    serves a
    equal result "$(of_status .last_request.result)" ok
    import b
    serves b
}

# Several writers at once: all but the first wait for the inode's lock, in open(2) or in write(2).
one_is_writing() {
    local pid
    for pid; do
        ! is_writing "$pid" || return 0
    done
    return 1
}

@test "SIGTERM ends certfs though a judgement does not end; who waits is refused, and nothing has changed" {
    with_hooks CERTFS_TEST_HOLD_MS=0
    serve
    import a
    stop
    export CERTFS_TEST_HOLD_MS=$FOREVER
    serve
    writers=()
    for i in 1 2 3; do
        background cp "$PKI/b.json" "$CONTROL" 2>"$WORK/said.$i"
        writers+=("$BACKGROUND")
    done
    eventually one_is_writing "${writers[@]}"
    mapfile -t pids < <(processes)
    kill -TERM "$(supervisor_pid)"
    for i in 1 2 3; do
        ! wait "${writers[i - 1]}" || fail "writer $i has success"
        matches "writer $i" "$(cat "$WORK/said.$i")" "(Device or resource busy|not connected|Software caused)"
    done
    grep -q "resource busy" "$WORK/said.1" "$WORK/said.2" "$WORK/said.3" || fail "nobody was told"
    ended "${pids[@]}"
    equal "what is mounted" "$(mounts)" ""
    export CERTFS_TEST_HOLD_MS=0
    serve
    serves a
    equal generation "$(of_status .generation)" 1
}

@test "SIGTERM waits for what is being committed: it is answered, and there after the restart" {
    with_hooks CERTFS_TEST_COMMIT_MS=4000
    serve
    held_writer "$PKI/a.json"
    writer=$BACKGROUND
    eventually is_held
    mapfile -t pids < <(processes)
    kill -TERM "$(supervisor_pid)"
    wait "$writer" || fail "it was not answered with success"
    ended "${pids[@]}"
    export CERTFS_TEST_COMMIT_MS=0
    serve
    serves a
}

@test "umount ends certfs though a judgement does not end, and the next one starts at once" {
    with_hooks CERTFS_TEST_HOLD_MS=$FOREVER
    serve
    held_writer "$PKI/a.json"
    killed "$BACKGROUND"
    umount "$MNT"
    export CERTFS_TEST_HOLD_MS=0
    serve
    import a
    serves a
}

@test "a supervisor that is killed takes a worker with it whose judgement does not end" {
    with_hooks CERTFS_TEST_HOLD_MS=$FOREVER
    serve
    held_writer "$PKI/a.json"
    worker=$(worker_pid)
    kill -KILL "$(supervisor_pid)"
    ended "$worker"
    ended "$BACKGROUND"
    export CERTFS_TEST_HOLD_MS=0
    serve
    import a
}

@test "a notice that is held: imports of its set and of others are answered, status reports it, and the end comes" {
    with_hooks CERTFS_TEST_NOTICE_MS=$FOREVER CERTFS_TEST_NOTICE_SET=0
    serve
    for set in a b a; do
        import "$set"
        serves "$set"
        import_named other "$set"
    done
    matches problems "$(of_status '.problems | join(" ")')" "holds the lock of a directory"
    mapfile -t pids < <(processes)
    umount "$MNT"
    ended "${pids[@]}"
    serve
    serves a
}

# ---- the mount is gone here, and not elsewhere

@test "umount ends certfs though another mount namespace has a copy of the mount and of import/" {
    needs_namespace
    serve -o sql_import=/,import_group=daemon
    import a
    mkdir "$WORK/bound"
    mount --bind "$MNT/import" "$WORK/bound"
    background unshare --mount --propagation private bash -c 'echo >"$1"; exec tail -f /dev/null' - "$WORK/unshared"
    eventually [ -e "$WORK/unshared" ]
    grep -qF " $MNT fuse.certfs " "/proc/$BACKGROUND/mounts"
    mapfile -t pids < <(processes)
    umount "$MNT"
    serve -o sql_import=/,import_group=daemon
    serves a
    ended "${pids[@]}"
    ! ls "$WORK/bound" 2>/dev/null || fail "the old import/ answers"
    umount "$WORK/bound"
}

@test "umount -l with an open descriptor ends certfs, and a mount that others come and go around does not" {
    serve
    import a
    supervisor=$(supervisor_pid)
    mkdir "$WORK/tmp"
    for i in {1..30}; do
        mount -t tmpfs tmpfs "$WORK/tmp"
        umount "$WORK/tmp"
    done
    mount --bind "$MNT" "$WORK/tmp"
    umount "$WORK/tmp"
    serves a
    exec 8<"$MNT/cert.pem"
    umount --lazy "$MNT"
    ended "$supervisor"
    exec 8<&-
    serve
    serves a
}

@test "the worker has no descriptor of the process that started certfs, also with -f" {
    mkfifo "$WORK/fifo"
    exec 9<>"$WORK/fifo"
    for option in -s -f; do
        background "$CERTFS" "$option" -o "kek_dir=$KEYS,owner=root" "$STORE" "$MNT" 7<"$PKI/a.json" 17<"$PKI/b.json" \
            </dev/zero >"$WORK/said" 2>"$WORK/mount.log"
        eventually test -e "$CONTROL"
        processes >>"$WORK/.processes"
        equal "what is open in the worker ($option)" "$(open_in "$(worker_pid)" | grep -E "fifo|json|zero|said" | xargs)" ""
        equal "what is open in the supervisor ($option)" "$(open_in "$(supervisor_pid)" | grep -E "fifo|json" | xargs)" ""
        stop
    done
    exec 9>&-
}

# open_in PID: what its descriptors lead to.
open_in() {
    find "/proc/$1/fd" -type l -printf '%l\n'
}
