#!/usr/bin/env bats
# The outcome of a CALL when something is not there, or dies in the middle: an error at the client, and nothing changed.

bats_require_minimum_version 1.5.0
load sql.bash
load ../store/store.bash

setup_file() {
    sql_setup_file
}

# A set is served, and its successor is ready to be sent, in large.sql so blown up that the server writes it twice.
begin() {
    local blanks statement
    drop_mount
    sql_serve db
    imports over_tls db first
    call_set second >second.sql
    blanks=$(printf '%140000s' '')
    statement=$(cat second.sql)
    echo "${statement/\"ssl_key\":/$blanks\"ssl_key\":}" >large.sql
}

server_waits_for_certfs() {
    grep -qs request_wait_answer "/proc/$(cat "$WORK/db/pid")"/task/*/wchan
}

kill_server() {
    local pid
    pid=$(cat "$WORK/db/pid")
    kill -KILL "$pid"
    ended "$pid"
}

last_is() {
    [[ $(cat "$MNT/last") == *"$1"* ]]
}

server_stopped() {
    grep -qs '^State:.T' "/proc/$(cat "$WORK/db/pid")/status"
}

@test "a server that is killed between two writes of a DUMPFILE changes nothing, and its next run imports" {
    local before
    gcc -D_GNU_SOURCE -shared -fPIC -o "$WORK/pause.so" "$ROOT/tests/mariadb/pause.c"
    LD_PRELOAD=$WORK/pause.so begin
    before=$(served)
    background calls large.sql
    eventually server_stopped
    kill_server
    eventually answered
    matches "what the client said" "$(cat answer)" 'ERROR (2013|2026) '
    eventually last_is "ends too early"
    equal "what is served" "$(served)" "$before"
    now_serves first

    sql_start db
    equal "the answer" "$(over_tls db <large.sql)" "$IMPORTED"
    now_serves second
}

@test "a server that is killed while it waits for certfs changes nothing" {
    local before
    begin
    before=$(served)
    kill -STOP "$(supervisor_pid)" "$(worker_pid)" # the supervisor would wake the worker
    background calls second.sql
    eventually server_waits_for_certfs
    kill_server
    eventually answered
    kill -CONT "$(worker_pid)" "$(supervisor_pid)"
    matches "what the client said" "$(cat answer)" 'ERROR (2013|2026) '
    equal "what is served" "$(served)" "$before"
    sql_start db
    imports over_tls db second
}

# The importer sleeps in what holds an import; else it waits for work, which is something else.
held() {
    grep -qs nanosleep "/proc/$(worker_pid)"/task/*/wchan
}

@test "certfs that is killed while it judges: an error at the client, the old set after a restart, then it works" {
    local before
    with_hooks
    at tls
    store_begin
    mkdir -p "$WORK/files/certfs"
    serve -o sql_import=/,import_group=mysql
    mount --bind "$MNT/import" "$WORK/files/certfs"
    sql_serve db
    imports over_tls db first
    call_set second >second.sql
    umount "$WORK/files/certfs"
    CERTFS_TEST_HOLD_MS=600000 restart -o sql_import=/,import_group=mysql
    mount --bind "$MNT/import" "$WORK/files/certfs"
    before=$(served)

    background calls second.sql
    eventually held
    kill -KILL "$(supervisor_pid)" "$(worker_pid)"
    eventually answered
    matches "what the client said" "$(cat answer)" "^ERROR 3 \(HY000\) at line 1: Error writing file '$WORK/files/certfs/"
    equal "the status" "$(cat status)" 1
    run -1 over_tls db <second.sql
    matches "the next answer" "$output" '^ERROR (1|1290) \(HY000\)'

    umount "$WORK/files/certfs"
    serve -o sql_import=/,import_group=mysql
    mount --bind "$MNT/import" "$WORK/files/certfs"
    equal "what is served" "$(served)" "$before"
    now_serves first
    imports over_tls db second
    now_serves second
}

@test "where certfs is not mounted the closed directory refuses, and an open one is distinguished from import/" {
    local left
    begin
    umount "$WORK/files/certfs"
    run -1 over_tls db <second.sql
    matches "the answer" "$output" "^ERROR 1 \(HY000\) at line 1: Can't create/write to file .*Permission denied"
    equal "what lies there" "$(ls -A "$WORK/files/certfs")" ""

    chown mysql "$WORK/files/certfs"
    run -1 over_tls db <second.sql
    left=$(echo "$WORK"/files/certfs/*)
    equal "the answer" "$output" \
        "ERROR 1644 (45000) at line 1: No certfs there: delete $left, it holds the key"
    now_serves first
}

