#!/usr/bin/env bats
# The worker ends, for whatever reason, and another one takes its place: nobody who uses the mount notices, and the log
# has the reason. Where that is of no use, certfs ends with an error and lets nobody wait.

bats_require_minimum_version 1.5.0
load ../lib/certfs.bash
load ../lib/silent.bash
load ../lib/attacks.bash
load ../store/store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    store_begin
}

# is_replaced PID: another worker serves.
is_replaced() {
    local now
    now=$(worker_pid) && [ -n "$now" ] && [ "$now" != "$1" ]
}

# kill_worker SIGNAL: and waits for the next one.
kill_worker() {
    local worker
    worker=$(worker_pid)
    kill "-$1" "$worker"
    eventually is_replaced "$worker"
}

waits_for_answer() {
    [ "$(cat "/proc/$1/wchan" 2>/dev/null)" = request_wait_answer ]
}

# has_state PID LETTER
has_state() {
    grep -q "^State:[[:space:]]$2" "/proc/$1/status"
}

# log_has_line REGEXP COUNT
log_has_line() {
    [ "$(grep -cE "^certfs: $1\$" "$WORK/mount.log")" -ge "${2-1}" ]
}

@test "a worker that is killed is replaced: descriptors and readers go on, its judges end, and the log has a line" {
    serve_loudly
    import a
    worker=$(worker_pid) supervisor=$(supervisor_pid) zygote=$(zygote_pid)
    exec 7<"$MNT/key.pem" 8<"$MNT/ca.pem"
    kill -KILL "$worker"
    same "$MNT/key.pem" "$PKI/a/key.pem"
    same /dev/fd/7 "$PKI/a/key.pem"
    same /dev/fd/8 "$PKI/a/ca.pem"
    exec 7<&- 8<&-
    ended "$worker" "$zygote"
    eventually log_has_line "the worker was ended by signal 9 \(Killed\), and was replaced after [0-9]+ ms"
    equal "the supervisor" "$(supervisor_pid)" "$supervisor"
    import b
    serves b
    equal "zombies" "$(ps -o stat= --ppid "$supervisor" | grep -c Z)" 0
}

@test "kills from outside never end certfs, however many, and no line is logged twice for them" {
    serve_loudly
    import a
    for _ in {1..8}; do
        kill_worker KILL
        serves a
    done
    equal "how often the store is reported" "$(grep -c 'same device as the store' "$WORK/mount.log")" 1
    eventually log_has_line "the worker was ended by signal 9 .*" 8
}

@test "five crashes within a minute end certfs with an error that names the reason, and nobody waits" {
    serve_loudly
    import a
    program=$BACKGROUND
    for _ in {1..4}; do
        kill_worker SEGV
        serves a
    done
    kill -STOP "$program"
    kill -SEGV "$(worker_pid)"
    background cat "$MNT/key.pem" 2>"$WORK/said"
    eventually waits_for_answer "$BACKGROUND"
    kill -CONT "$program"
    ! wait "$BACKGROUND" || fail "it was read"
    matches "what the reader gets" "$(cat "$WORK/said")" "Input/output error"
    status=0
    wait "$program" || status=$?
    equal "the exit status" "$status" 1
    equal "what is mounted" "$(mounts)" ""
    log_has_line "the worker was ended by signal 11 \(Segmentation fault\)" ||
        fail "$(tail -n 3 "$WORK/mount.log")"
    log_has_line "the worker has crashed too often: certfs ends, and opening a file fails; .*" ||
        fail "$(tail -n 3 "$WORK/mount.log")"
    serve
    serves a
}

@test "a store that cannot be loaded again ends certfs after a crash, with its reason in the log" {
    serve_loudly
    import a
    program=$BACKGROUND
    dd if=/dev/zero of="$STORE/$(in_store)" bs=1 seek=50 count=4 conv=notrunc status=none
    kill -SEGV "$(worker_pid)"
    ! timeout 15 cat "$MNT/key.pem" >"$WORK/read" 2>&1 || fail "it was read"
    ! wait "$program" || fail "it ended well"
    grep -q 'record' "$WORK/mount.log" || fail "$(tail -n 3 "$WORK/mount.log")"
    equal "what is mounted" "$(mounts)" ""
}

@test "a stopped worker goes on when somebody reads" {
    serve_loudly
    import a
    worker=$(worker_pid)
    kill -STOP "$worker"
    serves a
    equal "the worker" "$(worker_pid)" "$worker"
}

# Number 21 is SETXATTR (fuse.h of Linux). The request comes again to the next worker, and the one after that refuses it.
@test "a stopped worker goes on though nobody reads: it may have stopped with a request that nobody knows of" {
    serve_loudly
    worker=$(worker_pid)
    kill -STOP "$worker"
    eventually has_state "$worker" T
    eventually has_state "$worker" S
    equal "the worker" "$(worker_pid)" "$worker"
}

@test "a worker that hangs in a request is ended by the watchdog and replaced, and so is the next; then the request fails" {
    with_hooks CERTFS_TEST_HANG=21 CERTFS_TEST_TICK_MS=100
    serve_loudly
    import a
    ! timeout 30 python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.x", b"x")' "$MNT/last" 2>said || fail "it was set"
    matches "what it was answered" "$(tail -n 1 said)" "Input/output error"
    serves a
    log_has_line "the worker did not answer requests for 10 s and is ended" 2
    log_has_line "the worker was ended by signal 9 \(Killed\), and was replaced after [0-9]+ ms" 2
}

# A notifier sleeps in the kernel for the lock of a directory, unkillably; the end of its process is not reported.
@test "a worker whose notice is held by the kernel is replaced all the same, and reaped later" {
    silent_begin
    serve_loudly
    import a
    cat "$MNT"/{ca,cert,key}.pem >/dev/null # the kernel knows the names
    import_named other a
    exec 7<"$MNT/certificates/other/key.pem"
    hold root getdents "$MNT"
    equal "the call" "$HELD" held
    import b
    worker=$(worker_pid)
    eventually grep -q '^State:.D' "/proc/$worker"/task/*/status
    kill -KILL "$worker"
    same /dev/fd/7 "$PKI/a/key.pem"
    exec 7<&-
    eventually log_has_line "the worker ended, and the kernel holds a thread of it, and was replaced after [0-9]+ ms"
    [ -d "/proc/$worker" ] || fail "the kernel holds nothing"
    ! log_has_line "the worker did not answer requests .*" || fail "the watchdog had to find it"
    kill -KILL "$BACKGROUND"
    eventually is_gone_and_reaped "$worker"
    serves b
}

is_gone_and_reaped() {
    cat "$MNT/status" >/dev/null # the supervisor looks when it is woken
    [ ! -d "/proc/$1" ]
}
