#!/usr/bin/env bats
# Any path will do: random sets of CAs of few names and keys, judged by certfs and by `openssl verify` (paths.py). The
# long form is `make paths`.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    build_measure
}

@test "certfs accepts the sets that openssl verify accepts and others only reordered, and real endpoints verify both" {
    local status=0
    python3 "$BATS_TEST_DIRNAME/paths.py" "$ROOT/build/measure" "$ROOT/build/certfs" 40 >"$BATS_TEST_TMPDIR/paths" || status=$?
    grep '^# ' "$BATS_TEST_TMPDIR/paths" >&3
    [ "$status" = 0 ] || fail "$(cat "$BATS_TEST_TMPDIR/paths")"
}
