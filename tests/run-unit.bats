#!/usr/bin/env bats
# scripts/run-unit counts rightly: each test hands it programs made up of a few lines of TAP.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    run_unit=$BATS_TEST_DIRNAME/../scripts/run-unit
}

# program NAME COMMANDS: a program that does this.
program() {
    printf '#!/bin/sh\n%s\n' "$2" >"$1"
    chmod +x "$1"
}

last_line_is() {
    echo "$output"
    [ "${lines[-1]}" = "$1" ]
}

@test "passed tests are counted over all programs, and not shown" {
    program a 'printf "1..2\nok 1 - this\nok 2 - that\n"'
    program b 'printf "1..1\nok 1 - more\n"'
    run -0 "$run_unit" ./a ./b
    last_line_is "unit: 3 passed, 0 failed"
    [[ "$output" != *"that"* ]]
}

@test "failed tests are shown in full" {
    program a 'printf "1..2\nnot ok 1 - this\n# 1 != 2\n# file.c:7\nok 2 - that\n"; exit 1'
    run -1 "$run_unit" ./a
    last_line_is "unit: 1 passed, 1 failed"
    [[ "$output" == *"not ok 1 - this"*"# 1 != 2"*"# file.c:7"* ]]
}

@test "a crash is a failure, and what was printed before it is shown" {
    program a 'printf "1..3\nok 1 - this\n"; echo "going down"; kill -SEGV $$'
    run -1 "$run_unit" ./a
    last_line_is "unit: 1 passed, 1 failed"
    [[ "$output" == *"going down"* ]]
}

@test "an error behind the last test, such as a leak, is a failure" {
    program a 'printf "1..1\nok 1 - this\n"; exit 23'
    run -1 "$run_unit" ./a
    last_line_is "unit: 1 passed, 1 failed"
    [[ "$output" == *"exit status is 23"* ]]
}

@test "a program without tests, and one that is not there, are failures" {
    program a 'printf "1..0\n"'
    run -1 "$run_unit" ./a ./absent
    last_line_is "unit: 0 passed, 2 failed"
}

@test "a program that hangs is ended" {
    program a 'printf "1..2\nok 1 - this\n"; read -r forever <"$0.fifo"'
    mkfifo a.fifo
    UNIT_TIMEOUT=0.2 run -1 "$run_unit" ./a
    last_line_is "unit: 1 passed, 1 failed"
}

@test "skipped tests are distinguished" {
    program a 'printf "1..3\nok 1 - this\nok 2 - that # SKIP not here\nnot ok 3 # SKIP one\n"'
    run -0 "$run_unit" ./a
    last_line_is "unit: 1 passed, 0 failed, 2 skipped"
}

@test "no program at all is no success" {
    run -1 "$run_unit"
    last_line_is "unit: 0 passed, 0 failed"
}
