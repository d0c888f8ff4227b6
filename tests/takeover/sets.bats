#!/usr/bin/env bats
# A worker that dies beside many named sets; the root set, and what readers ask for, is served before all of them are
# loaded. For tests/takeover/many-sets alone, which makes what this needs.

load ../lib/certfs.bash
load ../store/store.bash
load takeover.bash

setup_file() {
    takeover_begin
}

test_setup() {
    store_begin
}

@test "readers beside many sets wait no longer than an open may" {
    [ -n "${TAKEOVER_SETS-}" ] || skip "tests/takeover/many-sets runs this"
    # shellcheck disable=SC2046 # several words
    gcc -pthread -o bench "$ROOT"/build/gcc/tests/bench/{store,apart,plain,timing}.o "$ROOT/build/gcc/libcore.a" \
        $(pkg-config --libs libcrypto libssl libcjson)
    ./bench fill "$TAKEOVER_SETS" "$STORE" "$KEYS" "$PKI/a" >filled
    stress --random "${TAKEOVER_KILLS:-30}" --options "quota=$((TAKEOVER_SETS + 10))"
}
