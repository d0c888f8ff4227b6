#!/usr/bin/env bats
# certfs ends while requests of import/ wait or run: each of them has an outcome, and what was not acknowledged is not
# there.

load ../lib/certfs.bash
load ../store/store.bash
load import.bash

setup_file() {
    make_sets
}

test_setup() {
    store_begin
}

@test "SIGTERM: what waits is finished and answered, without waiting for its turn" {
    with_hooks CERTFS_TEST_HOLD_MS=300
    serve -o sql_import=/
    use_import
    supervisor=$(supervisor_pid)
    writers=()
    for i in {1..5}; do
        name=$([ $((i % 2)) = 1 ] && echo a || echo b)
        background python3 "$GOOD/drop.py" create:"$IMPORT/x$i" write:"$GOOD/$name.json" close >"$WORK/out.$i"
        writers+=("$BACKGROUND")
        eventually is_writing_or_done "$BACKGROUND"
    done
    began=$SECONDS
    kill -TERM "$supervisor"
    for i in {1..5}; do
        wait "${writers[i - 1]}"
        equal "outcome $i" "$(sed 's/write [0-9]*/write N/' "$WORK/out.$i" | xargs)" "create ok write N close ok"
    done
    [ $((SECONDS - began)) -lt 5 ] || fail "they were made to wait"
    ended "$supervisor"
    CERTFS_TEST_HOLD_MS=0 serve -o sql_import=/
    equal generation "$(generation)" 5
    serves a
}

is_writing_or_done() {
    is_writing "$1" || is_gone "$1"
}

@test "certfs is killed in the middle: the writer has an error, and nothing has changed" {
    with_hooks CERTFS_TEST_HOLD_MS=20000
    CERTFS_TEST_HOLD_MS=0 serve -o sql_import=/
    import a
    stop
    serve -o sql_import=/
    use_import
    background python3 "$GOOD/drop.py" create:"$IMPORT/x" write:"$GOOD/b.json" close >"$WORK/out"
    writer=$BACKGROUND
    eventually is_writing "$writer"
    exec 5>"$IMPORT/y"
    printf '{' >&5
    mapfile -t pids < <(processes)
    kill_each "$(supervisor_pid)" "$(worker_pid)" # in this order, or the worker is replaced
    wait "$writer"
    matches "what the writer is told" "$(sed -n 2p "$WORK/out")" "^write E(CONNABORTED|NOTCONN|IO)$"
    exec 5>&-
    ended "${pids[@]}"
    umount "$MNT"
    CERTFS_TEST_HOLD_MS=0 serve -o sql_import=/
    equal generation "$(generation)" 1
    serves a
    dropped create:"$IMPORT/x" write:"$GOOD/b.json" close answer:"$IMPORT/x"
    outcomes "create ok" "/write [0-9]+/" "close ok" "/answer imported generation 2: .*/" \
        "1 warning:" "/  peers on the served set and on this one reject each other: .*/"
}

@test "an import that import/ acknowledged is there after a restart, and its answer is not" {
    serve -o sql_import=/
    use_import
    dropped create:"$IMPORT/x" write:"$GOOD/a.json" close
    outcomes "create ok" "/write [0-9]+/" "close ok"
    restart -o sql_import=/
    serves a
    [ ! -e "$IMPORT/x.answer" ]
}
