#!/usr/bin/env bats
# Processes of certfs that are stopped, frozen or held at the disk: readers wait no longer than that, and what is in
# flight is carried out, also if the worker dies meanwhile. TAKEOVER_HELD is how many seconds (3) something is held.

load ../lib/certfs.bash
load ../lib/cgroup.bash
load ../store/store.bash
load takeover.bash

HELD=${TAKEOVER_HELD:-3}

setup_file() {
    takeover_begin
}

test_setup() {
    store_begin
    with_hooks
    head -c 4096 /dev/zero >deaths
    chmod 0666 deaths
    export CERTFS_TEST_DIE=$WORK/deaths
    serve_loudly
    import a
    SUPERVISOR=$(supervisor_pid)
    WORKER=$(worker_pid)
}

test_teardown() {
    hold_fsync 0
    [ -z "${FROZEN-}" ] || thaw
    kill -CONT "${SUPERVISOR-}" "${WORKER-}" 2>/dev/null || true
}

# pass SECONDS: time in which nothing is to happen.
pass() {
    read -r -t "$1" <> <(:) || true
}

# background_read: ca.pem, cert.pem and key.pem into $WORK/read; background_import NAME: its status into $WORK/status.
background_read() {
    background bash -c "cat '$MNT'/{ca,cert,key}.pem >'$WORK/read.new' && mv '$WORK/read.new' '$WORK/read'"
    READER=$BACKGROUND
}

background_import() {
    background bash -c "cat '$PKI/$1.json' >'$CONTROL'; echo \$? >'$WORK/status.new'; mv '$WORK/status.new' '$WORK/status'"
    WRITER=$BACKGROUND
}

import_waits() {
    is_writing "$(pgrep -P "$WRITER" -x cat)"
}

has_read() {
    eventually test -e read || fail "the reader waits: $(cat "/proc/$READER/stack")" || return
    cat "$PKI/$1"/{ca,cert,key}.pem >wanted
    same read wanted
}

has_imported() {
    eventually test -e status || fail "the writer waits: $(cat "/proc/$WRITER/stack")" || return
    equal "the status of the import" "$(cat status)" 0 || return
    serves "$1"
}

is_replaced() {
    local now
    now=$(worker_pid) && [ -n "$now" ] && [ "$now" != "$WORKER" ]
}

# hold_fsync MILLISECONDS: each fsync(2) of the worker takes so long from now on.
hold_fsync() {
    # shellcheck disable=SC2059 # the bytes of the number
    printf "$(printf '\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) 0)" |
        dd of="$WORK/deaths" bs=1 seek=12 conv=notrunc status=none
}

# ---- stopped

@test "a worker that is stopped is continued as soon as somebody waits for it" {
    kill -STOP "$WORKER"
    background_read
    has_read a
    equal "the worker" "$(worker_pid)" "$WORKER"
}

@test "a worker that is stopped in the midst of an import carries it out" {
    hold_fsync 300
    background_import b
    eventually import_waits
    kill -STOP "$WORKER"
    hold_fsync 0
    background_read
    has_imported b
    eventually test -e read
}

@test "a supervisor that is stopped replaces the worker that died when it is continued" {
    kill -STOP "$SUPERVISOR"
    kill -KILL "$WORKER"
    background_read
    background_import b
    pass "$HELD"
    [ ! -e read ] || [ ! -e status ] || fail "somebody served them"
    kill -CONT "$SUPERVISOR"
    has_imported b
    eventually test -e read
    eventually is_replaced
}

# ---- frozen

# freeze: all processes of certfs, by either version of cgroups.
freeze() {
    local top pid
    top=$(cgroup_of cgroup2 ,)
    if [ -n "$top" ] && mkdir "$top/${WORK##*/}" && [ -e "$top/${WORK##*/}/cgroup.freeze" ]; then
        CGROUP=$top/${WORK##*/} FROZEN=cgroup.freeze
    else
        [ -z "$top" ] || rmdir "$top/${WORK##*/}"
        top=$(cgroup_of cgroup ,freezer,)
        [ -n "$top" ] || skip "there is no freezer of cgroups"
        CGROUP=$top/${WORK##*/} FROZEN=freezer.state
        mkdir "$CGROUP"
    fi
    for pid in "$SUPERVISOR" "$WORKER" $(zygote_pid); do
        echo "$pid" >"$CGROUP/cgroup.procs"
    done
    case $FROZEN in
        cgroup.freeze) echo 1 >"$CGROUP/$FROZEN" && eventually grep -q '^frozen 1' "$CGROUP/cgroup.events" ;;
        *) echo FROZEN >"$CGROUP/$FROZEN" && eventually grep -qx FROZEN "$CGROUP/$FROZEN" ;;
    esac
}

thaw() {
    case $FROZEN in
        cgroup.freeze) echo 0 >"$CGROUP/$FROZEN" ;;
        *) echo THAWED >"$CGROUP/$FROZEN" ;;
    esac
    FROZEN=
}

ENDS=("${ENDS[@]}" cgroup_end)

@test "certfs that is frozen for a while goes on with the same worker, and nothing is lost" {
    freeze
    background_read
    background_import b
    pass "$HELD"
    thaw
    has_imported b
    eventually test -e read
    equal "the worker" "$(worker_pid)" "$WORKER"
}

@test "a worker that is killed while certfs is frozen is replaced afterwards" {
    freeze
    background_read
    kill -KILL "$WORKER"
    background_import b
    pass 1
    thaw
    has_imported b
    eventually test -e read
    eventually is_replaced
}

# ---- the disk

@test "while a commit waits for the disk readers go on, and the worker is not replaced" {
    hold_fsync $((HELD * 1000))
    background_import b
    eventually import_waits
    for _ in {1..50}; do
        timeout 15 cat "$MNT/key.pem" >/dev/null
    done
    [ ! -e status ] || fail "the import has ended before"
    pass "$HELD"
    hold_fsync 0
    has_imported b
    equal "the worker" "$(worker_pid)" "$WORKER"
}

@test "a worker that dies while a commit waits for the disk has the import carried out, once" {
    local generation
    generation=$(generation)
    hold_fsync 60000
    background_import b
    eventually import_waits
    timeout 15 cat "$MNT/key.pem" >/dev/null
    hold_fsync 0
    kill -KILL "$WORKER"
    background_read
    has_imported b
    eventually test -e read
    restore_previous
    serves a
    [ "$(generation)" -le $((generation + 3)) ] || fail "$generation became $(generation)"
}
