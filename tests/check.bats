#!/usr/bin/env bats
# scripts/check counts rightly: each test runs a copy of it whose table holds one made-up step or a few.

bats_require_minimum_version 1.5.0

setup() {
    [ "$(id -u)" = 0 ] || skip "scripts/check wants root"
    mkdir -p "$BATS_TEST_TMPDIR/tree/scripts"
    cd "$BATS_TEST_TMPDIR/tree" || return
    printf '#!/bin/sh\n' >scripts/install-packages
    chmod +x scripts/install-packages
}

# with STEP...: the table.
with() {
    printf '%s\n' "$@" >steps
    awk '/^STEPS=/ { print; while ((getline line < "steps") > 0) print line; inside = 1; next }
         /^END$/   { inside = 0 }
         !inside' "$BATS_TEST_DIRNAME/../scripts/check" >scripts/check
    chmod +x scripts/check
}

last_line_is() {
    echo "$output"
    [ "${lines[-1]}" = "$1" ]
}

@test "tests of a TAP stream count one by one, with the skipped ones" {
    with 'a | tap | 9 | printf "1..3\nok 1 x\nok 2 y # skip no\nok 3 z\n"'
    run -0 scripts/check
    last_line_is "2 passed, 0 failed, 1 skipped"
}

@test "a failed test makes the whole fail, and is named again at the end" {
    with 'a | tap | 9 | printf "1..2\nok 1 x\nnot ok 2 the bad one\n# why it failed\n"; exit 1'
    run -1 scripts/check
    last_line_is "1 passed, 1 failed"
    [[ "$output" == *"# why it failed"*"What failed:"*"a: the bad one"* ]]
}

@test "planned tests that never came count as failed" {
    with 'a | tap | 9 | printf "1..5\nok 1 x\n"'
    run -1 scripts/check
    last_line_is "1 passed, 4 failed"
}

@test "a program that fails after its tests passed counts as failed" {
    with 'a | tap | 9 | printf "1..1\nok 1 x\n"; exit 3'
    run -1 scripts/check
    last_line_is "1 passed, 1 failed"
}

@test "several TAP streams in one step add up" {
    with 'a | tap | 9 | printf "1..1\nok 1 x\n1..2\nok 1 y\nok 2 z\n"'
    run -0 scripts/check
    last_line_is "3 passed, 0 failed"
}

@test "a sum is taken from the last line that has one" {
    with 'a | sum | 9 | echo "1 passed, 0 failed"; echo "unit: 40 passed, 2 failed, 08 skipped"; exit 1'
    run -1 scripts/check
    last_line_is "40 passed, 2 failed, 8 skipped"
}

@test "a sum that never comes counts as failed" {
    with 'a | sum | 9 | echo nothing' 'b | one | 9 | true'
    run -1 scripts/check
    last_line_is "1 passed, 1 failed"
}

@test "a step that counts as one passes, fails or is skipped by its exit status" {
    with 'a | one | 9 | true' 'b | one | 9 | false' 'c | one | 9 | exit 77'
    run -1 scripts/check
    last_line_is "1 passed, 1 failed, 1 skipped"
}

@test "a step that hangs is ended and counts as failed" {
    with 'a | one | 1 | tail -f /dev/null' 'b | one | 9 | true'
    run -1 scripts/check
    last_line_is "1 passed, 1 failed"
    [[ "$output" == *"took more than 1 seconds"* ]]
}

@test "a run in which nothing ran is no success" {
    with 'a | one | 9 | exit 77'
    run -1 scripts/check
    last_line_is "0 passed, 0 failed, 1 skipped"
    run -1 scripts/check nosuchstep
}

@test "only the named steps run" {
    with 'a | one | 9 | true' 'b | one | 9 | false'
    run -0 scripts/check a
    last_line_is "1 passed, 0 failed"
}

@test "when the build fails nothing else runs" {
    with 'build | one | 9 | false' 'b | one | 9 | true'
    run -1 scripts/check
    last_line_is "0 passed, 1 failed"
}

@test "tap steps run side by side, and what comes behind them waits for their end" {
    [ "$(nproc)" -gt 1 ] || skip "there is one processor"
    mkfifo there back
    with 'a | tap | 60 | echo >there; read -r < back; touch ended; printf "1..1\nok 1 of a\n"' \
        'b | tap | 60 | read -r <there; printf "1..1\nok 1 of b\n"; echo >back' 'c | one | 9 | test -e ended'
    run -0 scripts/check
    last_line_is "3 passed, 0 failed"
    [[ "$output" == *"==== b: "*"ok 1 of b"*"==== c: "* && "$output" == *"==== a: "*"ok 1 of a"*"==== c: "* ]]
}

@test "an idle step runs beside those that follow, and counts by its exit status" {
    mkfifo there
    with 'a | idle | 60 | read -r <there; exit 3' 'b | tap | 60 | echo >there; printf "1..1\nok 1 x\n"' 'c | one | 9 | true'
    run -1 scripts/check
    last_line_is "2 passed, 1 failed"
    [[ "$output" == *"==== a: "*"==== c: "* ]]
}

@test "an interrupt ends every step that runs" {
    mkfifo there never
    with 'a | tap | 60 | echo $PPID >there; read -r <never' 'b | tap | 60 | echo $PPID >there; read -r <never'
    scripts/check >log 2>&1 3>&- 4>&- &
    local check=$! first
    exec 5<>there
    read -r first <&5
    kill "$check"
    wait "$check" || [ $? = 143 ]
    ! kill -0 "$first" 2>/dev/null
}

@test "every folder with bats files has its step" {
    local file folder
    cd "$BATS_TEST_DIRNAME/.." || return
    for file in tests/*.bats tests/*/*.bats; do
        folder=${file%/*}
        grep -q "bats .* $folder\$" scripts/check || { echo "no step runs $folder"; false; }
    done
}
