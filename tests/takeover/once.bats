#!/usr/bin/env bats
# A request that was read by a worker that dies is carried out once, at whatever point of it (once.py).

load ../lib/certfs.bash
load ../store/store.bash
load takeover.bash

setup_file() {
    takeover_begin
}

test_setup() {
    store_begin
}

# once STORE
once() {
    with_hooks
    python3 "$ROOT/tests/takeover/once.py" "$CERTFS" "$WORK" "$PKI" "$1" >"$WORK/said" 2>&1 3>&- ||
        fail "$(cat "$WORK/said")"
    sed 's/^/# /' "$WORK/said" >&3
}

@test "swaps, imports, removals and tags are carried out once wherever the worker dies" {
    once "$STORE"
}

@test "the same with STORE none" {
    once none
}
