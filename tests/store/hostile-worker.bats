#!/usr/bin/env bats
# A worker in the hands of an intruder gets keys of kek_dir from the supervisor, and nothing else; what no worker sends
# ends it at once, and another one takes its place; nothing that it sends reaches the log as it is.

load ../lib/certfs.bash
load ../lib/attacks.bash
load store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
}

test_setup() {
    store_begin
    with_hooks
}

# asks KIND/NAME ENDING: how a question of the worker ends.
asks() {
    local lines
    lines=$(log_lines)
    attack "worker that asks" a ask "$1"
    eventually log_has "attack ask: $2" "$lines" || fail "ask $1: $(tail -n 3 "$WORK/mount.log")"
}

@test "a key is all that a question brings: no path, no link, no other file, no other kind" {
    head -c 32 /dev/urandom | install -m 0400 /dev/stdin "$WORK/secret"
    ln -s ../secret "$KEYS/link"
    serve_loudly
    import a
    asks 1/certfs succeeded
    asks 1/absent ENOENT
    asks 1/link ELOOP
    for name in ../secret /etc/shadow ..; do
        asks "1/$name" EINVAL
        asks "2/$name" EINVAL
    done
    asks 3 succeeded
    asks 4 succeeded
    serves a
}

# ended_at_once LINE ATTACK...: the supervisor ends the worker, and the next one as well, to which the request comes
# again; the one after that refuses it, and serves.
ended_at_once() {
    local line=$1 worker
    shift
    serve_loudly
    import a
    worker=$(worker_pid)
    attack "worker$line" a "$@"
    ended "$worker" || fail "$*: $(tail -n 3 "$WORK/mount.log")"
    eventually log_has 'certfs: the worker sent an invalid message and is ended' 0 ||
        fail "$*: $(tail -n 3 "$WORK/mount.log")"
    serves a
    eventually log_has 'the worker was ended by signal 9 (Killed), and was replaced after' 0 || return
    stop
}

@test "a question or a message that no worker sends ends it, and the next start serves what was stored" {
    ended_at_once " that asks" ask_on 1/1000
    ended_at_once " that asks" babble 3
    ended_at_once " on its channel" send_text 6/1/40
    ended_at_once " on its channel" send_text 2/1/40
    ended_at_once " on its channel" send_text 5/1/0
    serve
    serves a
}

@test "descriptors of the worker are refused or end it" {
    serve_loudly
    import a
    attack "worker that asks" a pass
    eventually grep -Eq 'attack pass: EPERM|the worker sent an invalid message' "$WORK/mount.log"
}

@test "a log line of the worker comes without control characters and as a line of certfs" {
    serve_loudly
    import a
    attack worker a send_text 8/3000/1200
    eventually grep -q 'attack send_text: succeeded' "$WORK/mount.log"
    grep -qF 'forged[1]: line' "$WORK/mount.log"
    ! LC_ALL=C grep -q '[^ -~]' "$WORK/mount.log" || fail "the log has control characters"
    ! grep -Ev '^certfs: ' "$WORK/mount.log" || fail "the log has lines of the worker's own"
    serves a
}
