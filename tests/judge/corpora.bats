#!/usr/bin/env bats
# Certificates and documents from elsewhere: public test suites, fuzzing corpora, JSONTestSuite. They lie beside the
# repository and are no part of it.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    judge_begin
}

test_setup() {
    CORPORA=$ROOT/../shared/corpora
    [ -e "$CORPORA/material.jsonl.xz" ] || skip "the corpora are absent: ../shared/corpora beside the repository"
}

teardown_file() {
    judge_end
}

# judges WHAT ARGUMENT...: the figures go to the test's output.
judges() {
    local status=0
    python3 "$BATS_TEST_DIRNAME/corpora.py" "$CORPORA" "$@" >"$WORK/judged" || status=$?
    grep '^# ' "$WORK/judged" >&3 || true
    [ "$status" = 0 ] || fail "$(grep -v '^# ' "$WORK/judged" | head -n 40)"
}

@test "material: what is to be accepted is in, what is to be refused is out, the rest does no harm" {
    judges material "$MNT"
}

@test "json: what is no JSON is malformed, what is JSON is an unknown member" {
    judges json "$MNT"
}

@test "hostile: all refused, the slowest within 100 ms of CPU time" {
    build_measure
    judges hostile "$ROOT/build/measure"
}
