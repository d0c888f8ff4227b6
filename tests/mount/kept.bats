#!/usr/bin/env bats
# systemd keeps the descriptors of the mount when the supervisor dies, and the next start goes on with them: those who
# read wait, and see no error. lib/keeper.py stands for systemd; make boot has the real one.

bats_require_minimum_version 1.5.0

load ../lib/certfs.bash
load ../store/store.bash

ALL='facts fuse memory secret store vault'

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    store_begin
    mkdir -m 0755 "$WORK/bin"
    install -m 0755 /dev/stdin "$WORK/bin/hook" <<<'#!/bin/sh'
}

# keep [ARGUMENT...]: the keeper of a service; what it prints can be read from ${KEEPER[0]}.
keep() {
    coproc KEEPER { exec python3 "$LIB/keeper.py" "$WORK/notify" "$CERTFS" -o "kek_dir=$KEYS,owner=root" "$@" 2>"$WORK/mount.log" 3>&- 4>&-; }
    echo "$KEEPER_PID" >>"$WORK/.background"
    eventually test -S "$WORK/notify"
}

# ask ORDER: the keeper's answer.
ask() {
    local answer
    echo "$1" >&"${KEEPER[1]}"
    read -r -t 30 answer <&"${KEEPER[0]}" || [ $? = 1 ] || fail "the keeper does not answer" || return
    echo "$answer"
}

begin() {
    keep "$@"
    equal "the status of the start" "$(ask start)" 0
    processes >>"$WORK/.processes"
}

keeps() {
    [ "$(ask names)" = "$1" ]
}

# the_mount: its number and device in /proc/self/mountinfo.
the_mount() {
    awk -v at="$MNT" '$5 == at { print $1, $3 }' /proc/self/mountinfo
}

@test "the supervisor is killed: readers wait, and the next start serves the same mount" {
    local mount reader
    begin "$STORE" "$MNT"
    import a
    eventually keeps "$ALL"
    mount=$(the_mount)
    kill_all
    background cat "$MNT/cert.pem" >"$WORK/read"
    reader=$BACKGROUND
    equal "the status of the next start" "$(ask start)" 0
    processes >>"$WORK/.processes"
    wait "$reader"
    same "$WORK/read" "$MNT/cert.pem"
    serves a
    import b
    serves b
    equal "the mount" "$(the_mount)" "$mount"
}

@test "the supervisor is killed with STORE none: the sets are served by the next start" {
    begin none "$MNT"
    import a
    eventually keeps "${ALL/store /}"
    kill_all
    equal "the status of the next start" "$(ask start)" 0
    processes >>"$WORK/.processes"
    serves a
    import b
    serves b
}

@test "kills in a row, of the supervisor alone and of both, beside a reader: no open fails" {
    local round
    begin "$STORE" "$MNT"
    import a
    eventually keeps "$ALL"
    background bash -c 'until [ -e "$1/stop" ]; do cat "$1/mnt/ca.pem" "$1/mnt/key.pem" >/dev/null || echo failed; done' - "$WORK" >"$WORK/failures" 2>&1
    for round in 1 2 3 4; do
        if ((round % 2)); then
            kill_each "$(supervisor_pid)"
            eventually test -z "$(processes)"
        else
            kill_all
        fi
        equal "the status of the start" "$(ask start)" 0
        processes >>"$WORK/.processes"
        eventually keeps "$ALL"
        import b
        import a
    done
    : >"$WORK/stop"
    wait "$BACKGROUND"
    [ ! -s "$WORK/failures" ] || fail "$(sort "$WORK/failures" | uniq -c)"
}

@test "at a clean end nothing is kept" {
    begin "$STORE" "$MNT"
    eventually keeps "$ALL"
    kill -TERM "$(supervisor_pid)"
    eventually keeps ''
    equal "the status of the next start" "$(ask start)" 0
    processes >>"$WORK/.processes"
    eventually keeps "$ALL"
}

@test "a mount that was removed meanwhile is not taken over: certfs starts as without it" {
    begin "$STORE" "$MNT"
    import a
    eventually keeps "$ALL"
    kill_all
    umount --lazy "$MNT"
    equal "the status of the next start" "$(ask start)" 0
    processes >>"$WORK/.processes"
    serves a
    eventually keeps "$ALL"
}

# refused_once TO FROM: the next start fails since a file is away, and a reader gets an error instead of waiting on.
refused_once() {
    local reader status=0
    kill_all
    background timeout 30 cat "$MNT/cert.pem"
    reader=$BACKGROUND
    mv "$1" "$2"
    [ "$(ask start)" != 0 ] || fail "certfs started without $1"
    wait "$reader" || status=$?
    equal "the status of the reader" "$status" 1
    mv "$2" "$1"
    equal "the status of the start after the repair" "$(ask start)" 0
    processes >>"$WORK/.processes"
    serves a
    eventually keeps "$ALL"
}

@test "where the next start fails, those who wait get an error and do not wait for ever" {
    begin -o "on_change=$WORK/bin/hook" "$STORE" "$MNT"
    import a
    eventually keeps "$ALL"
    refused_once "$KEYS/certfs" "$WORK/away"
    refused_once "$STORE" "$WORK/away"
    refused_once "$WORK/bin/hook" "$WORK/away"
}

@test "descriptors of another STORE are not taken over" {
    begin "$STORE" "$MNT"
    import a
    eventually keeps "$ALL"
    kill_all
    mv "$STORE" "$WORK/moved"
    mkdir -m 0700 "$STORE"
    equal "the status of the next start" "$(ask start)" 0
    processes >>"$WORK/.processes"
    [ ! -e "$MNT/key.pem" ]
}

is_another() {
    [ "$(ask "inode $1")" != "$2" ]
}

@test "descriptors of an earlier certfs are replaced, also if systemd does not hear the first messages" {
    local memory mount
    begin "$STORE" "$MNT"
    import a
    eventually keeps "$ALL"
    memory=$(ask "inode memory")
    kill_all
    mv "$STORE" "$WORK/moved"
    mkdir -m 0700 "$STORE"
    ask "deaf 12" >/dev/null # a round of them
    equal "the status of the next start" "$(ask start)" 0
    processes >>"$WORK/.processes"
    import b
    eventually is_another memory "$memory"
    eventually keeps "$ALL"
    mount=$(the_mount)
    kill_all
    equal "the status of the third start" "$(ask start)" 0
    processes >>"$WORK/.processes"
    equal "the mount" "$(the_mount)" "$mount"
    serves b
}

@test "without systemd nothing is kept, and a dead mount is replaced" {
    serve
    import a
    kill_all
    serve
    serves a
}
