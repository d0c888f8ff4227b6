#!/usr/bin/env bats
# Notifications of a change: inotify on control, poll and epoll on status. The watchers are in watchers.py.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a
    make_pki b ec:P-256
}

test_setup() {
    mount_certfs
    import a
}

# A hang is a failure, not the end of the run.
watchers() {
    timeout -k 5 100 python3 "$ROOT/tests/snapshot/watchers.py" "$1" "$MNT" "$PKI/a.json" "$PKI/b.json"
}

@test "inotify on control reports the writer's own close, when the new set is there, and a refused document too" {
    watchers inotify
}

@test "poll on status blocks until another process commits, stays ready until it is read, and is quiet again" {
    watchers poll
}

@test "poll on status is ready after a commit of the same process" {
    watchers own_commit
}

@test "every commit makes status ready: import, restoring, removal; what changes nothing does not" {
    watchers every_commit
}

@test "every commit of a named set makes status ready, a tag or a refusal does not" {
    watchers every_named_commit
}

@test "poll on status blocks until another process commits a named set" {
    watchers named_poll
}

@test "epoll on status hears of each commit" {
    watchers epoll
}

@test "epoll by edges hears of each commit" {
    watchers epoll_edge
}

@test "all who wait are woken, in several processes, and one who closed disturbs nobody" {
    watchers all_who_wait
}

@test "thousands who wait delay no import" {
    watchers thousands
}

@test "a user has at most 256 texts open, others and root as many as before" {
    watchers bounded
}
