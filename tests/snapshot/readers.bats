#!/usr/bin/env bats
# Reads that begin after an import's write has returned get the new set, whatever program's order it is, and those
# is read meanwhile is whole: readers.c plays the programs, each at a mount of its own, next to rename on a tmpfs and
# the
# ..data link of Kubernetes. READERS_LONG=1: all pauses and gaps, as tests/snapshot/readers-long has it.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    local set
    for set in a b c; do
        make_pki "$set" ec:P-256
    done
    export READERS=$BATS_FILE_TMPDIR/readers
    gcc -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -I"$ROOT" -pthread -o "$READERS" \
        "$ROOT"/tests/snapshot/{readers,passes,sets}.c
}

test_setup() {
    CGROUP=
    take_sets
}

test_teardown() {
    [ -z "$CGROUP" ] || rmdir "$CGROUP"
}

# Every set once, and how it is served: $WORK/sets/NAME.
take_sets() {
    local set
    MNT=$WORK/first mount_certfs
    for set in a b c; do
        cat "$PKI/$set.json" >"$WORK/first/control"
        mkdir -p "$WORK/sets/$set"
        cp "$PKI/$set.json" "$WORK/sets/$set/payload.json"
        cp "$WORK"/first/*.pem "$WORK/sets/$set"
    done
    mkdir "$WORK/tmpfs"
    mount -t tmpfs tmpfs "$WORK/tmpfs"
}

# play NUMBER PROGRAM [OPTION...]: prints what readers.c does.
play() {
    local at=$1 program=$2 gaps=0,50 pauses=0,150
    shift 2
    [ -z "${READERS_LONG-}" ] || gaps=0,10,50,150 pauses=0,10,50,150,500,1900
    "$READERS" -p "$program" -g "$gaps" -w "$pauses" "$@" "$WORK/$at/mnt" "$WORK/tmpfs/$at.rename" \
        "$WORK/tmpfs/$at.kubernetes" "$WORK"/sets/*
}

# play_all [OPTION...]: every program, side by side; prints their figures.
play_all() {
    local name at=0 pids=() status=0
    while read -r name; do
        at=$((at + 1))
        mkdir "$WORK/$at" "$WORK/tmpfs/$at.rename" "$WORK/tmpfs/$at.kubernetes"
        MNT=$WORK/$at/mnt mount_certfs
        { play "$at" "$name" "$@" >"$WORK/$at/out" 2>&1 || echo "not ok: $name" >>"$WORK/$at/out"; } 3>&- &
        pids+=($!)
    done < <("$READERS" -l)
    wait "${pids[@]}" || status=$?
    output=$(cat "$WORK"/*/out)
    sed 's/^/# /' <<<"$output" >&3
    [ "$status" = 0 ] && ! grep -q "^not ok" <<<"$output" || fail "$output"
}

@test "the orders of real programs: new after the write returned, and whole while it is on its way" {
    play_all
}

@test "the same beside processes that burn the processors" {
    local i
    for ((i = 0; i < $(nproc); i++)); do
        background bash -c 'while :; do :; done'
    done
    play_all
}

@test "the same with each reader held to a tenth of a processor" {
    local version=cgroup.procs root=/sys/fs/cgroup
    [ ! -d "$root/cpu" ] || root=$root/cpu
    mkdir "$root/certfs-readers-$$" 2>/dev/null || skip "no cgroup of processors can be made here"
    CGROUP=$root/certfs-readers-$$
    if [ -e "$CGROUP/cpu.max" ]; then
        echo "10000 100000" >"$CGROUP/cpu.max"
    elif [ -e "$CGROUP/cpu.cfs_quota_us" ]; then
        echo 10000 >"$CGROUP/cpu.cfs_quota_us"
    else
        skip "no cgroup of processors can be made here"
    fi
    play_all -q "$CGROUP/$version"
}
