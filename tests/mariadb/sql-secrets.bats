#!/usr/bin/env bats
# Where the key must not be found: not by FILE, not in the binary log, not in the logs that the README switches off.

bats_require_minimum_version 1.5.0
load sql.bash

setup_file() {
    sql_setup_file
}

test_setup() {
    drop_mount
}

# A line of base64 that only the key of first.pem has.
line_of_key() {
    sed -n 5p "$PKI/first-key.pem"
}

@test "a user with FILE reads neither key.pem nor what others send, in the set-up of the README" {
    local path
    sql_serve db
    imports over_tls db first
    sql db -e "CREATE USER reader@localhost; GRANT FILE ON *.* TO reader@localhost; CREATE DATABASE d;
        GRANT ALL ON d.* TO reader@localhost; CREATE TABLE d.t (line TEXT)"
    reader() {
        mariadb --no-defaults --socket="$WORK/db/socket" --user=reader --local-infile=0 --batch --skip-column-names "$@"
    }
    ln -s "$MNT/key.pem" "$WORK/files/link.pem"
    for path in "$MNT/key.pem" "$WORK/files/../tls/key.pem" "$WORK/files/certfs/../key.pem" "$WORK/files/link.pem" \
        "$MNT/current/key.pem" "$MNT/generations/1/key.pem"; do
        equal "LOAD_FILE of $path" "$(reader -e "SELECT LOAD_FILE('$path')")" NULL
        run -1 reader -e "LOAD DATA INFILE '$path' INTO TABLE d.t"
        matches "LOAD DATA of $path" "$output" 'ERROR (13|29|1085|1290) '
    done
    equal "what was loaded" "$(sql db -e "SELECT COUNT(*) FROM d.t")" 0
    run -1 reader -e "SELECT 'x' INTO DUMPFILE '$WORK/files/certfs/x'"
    run -1 reader -e "LOAD DATA INFILE '$WORK/files/certfs/x' INTO TABLE d.t"

    # Why: the same without it.
    server_stop db
    sql_start db --secure-file-priv=
    reader -e "LOAD DATA INFILE '$MNT/key.pem' INTO TABLE d.t"
    equal "the lines of the key without secure_file_priv" \
        "$(sql db -e "SELECT COUNT(*) FROM d.t WHERE line LIKE '%PRIVATE KEY%'")" 2
}

@test "neither the payload nor the procedures are in the binary log" {
    sql_serve db --log-bin=binlog --server-id=1 --binlog-annotate-row-events=on
    imports over_tls db first
    run -1 over_tls db < <(call_set first second)
    over_tls db -e "$REMOVE"
    sql db -e "CREATE DATABASE marker; FLUSH BINARY LOGS"
    grep -q marker db/data/binlog.0* || fail "the binary log is not where it is looked for"
    [ -z "$(grep -lE "BEGIN CERT|PRIVATE KEY|certfs_request|CREATE .*PROCEDURE" db/data/binlog.0*)" ] || fail "it is there"
    # Nor in any other file of the server.
    equal "the files with a line of the key" "$(grep -rlF "$(line_of_key)" db || true)" ""
}

# The statements of the README that keep a session out of the logs.
QUIET='SET SESSION sql_log_off = 1, SESSION slow_query_log = 0;'

@test "the general log and the slow log keep the payload, unless the session is taken out of them" {
    local log
    sql_serve db --general-log=on --general-log-file="$WORK/db/general" --slow-query-log=on --long-query-time=0 \
        --slow-query-log-file="$WORK/db/slow"
    { echo "$QUIET" && call_set first; } | sql db >answer
    equal "the answer" "$(cat answer)" "$IMPORTED"
    sql db -e "SELECT 'marker'"
    for log in general slow; do
        grep -q marker "db/$log" || fail "the $log log is not where it is looked for"
        ! grep -F "$(line_of_key)" "db/$log" || fail "the key is in the $log log"
    done
    call_set first | sql db
    for log in general slow; do
        grep -qF "$(line_of_key)" "db/$log" || fail "the README is wrong about the $log log"
    done
}

@test "performance_schema keeps the first 1024 bytes of the statement, which end before a key that stands last" {
    local kept="SELECT SQL_TEXT FROM performance_schema.events_statements_history_long WHERE SQL_TEXT LIKE 'CALL%'"
    sql_serve db --performance-schema=on --performance-schema-consumer-events-statements-current=on \
        --performance-schema-consumer-events-statements-history-long=on
    imports over_tls db first
    sql db -e "$kept" >kept
    grep -q 'ssl_ca' kept || fail "nothing was kept: $(cat kept)"
    ! grep -F "$(line_of_key)" kept || fail "a line of the key was kept"
    ! grep 'PRIVATE KEY' kept || fail "the beginning of the key was kept"
}

@test "the client for MariaDB prints a refused statement, key and all, unless an option forbids it" {
    sql_serve db
    call_set first second >bad.sql
    sql db <bad.sql >loud 2>&1 || true
    grep -qF 'PRIVATE KEY' loud || fail "the README is wrong: it prints no statement"
    sql db --skip-print-query-on-error <bad.sql >quiet 2>&1 || true
    matches "what it prints" "$(cat quiet)" "^ERROR 1644 \(45000\) at line 1: $MISMATCH"
    ! grep 'PRIVATE KEY' quiet || fail "it prints the key"
}
