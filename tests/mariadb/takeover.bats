#!/usr/bin/env bats
# Servers whose mount loses its worker while they start, reload or hand over an import: all of it succeeds.
# TAKEOVER_KILLS is how often (5).

bats_require_minimum_version 1.5.0
load sql.bash

KILLS=${TAKEOVER_KILLS:-5}

setup_file() {
    sql_setup_file
    local name
    for name in first second; do
        payload "$PKI"/{ca,"$name","$name"-key}.pem >"$PKI/$name.json"
    done
}

# kill_worker: and waits for the next one.
kill_worker() {
    local pid
    eventually worker_serves || return
    pid=$(worker_pid)
    kill -KILL "$pid"
    eventually is_other "$pid"
}

worker_serves() {
    [ -n "$(worker_pid)" ]
}

is_other() {
    local now
    now=$(worker_pid) && [ -n "$now" ] && [ "$now" != "$1" ]
}

# kill_until FILE: again and again until the file is there; how often is in $KILLED.
kill_until() {
    KILLED=0
    until [ -e "$1" ]; do
        kill_worker || return
        KILLED=$((KILLED + 1))
        ((KILLED < 1000)) || fail "$1 never comes" || return
    done
}

serve_tls() {
    local options
    at tls
    mount_certfs
    import first
    mapfile -t options < <(with_mount tls)
    server_start db "${options[@]}"
}

reloads() {
    until [ -e "$WORK/over" ]; do
        yes 'FLUSH SSL;' | head -n 20 | sql db --force >>"$WORK/reloads.log" 2>&1
        echo >>"$WORK/reloads"
    done
}

has_reloaded() {
    [ "$(wc -l <"$WORK/reloads" 2>/dev/null)" -gt "$1" ]
}

@test "FLUSH SSL without pause succeeds while the worker dies again and again, and shows the new certificate" {
    local i
    serve_tls
    background reloads
    for ((i = 0; i < KILLS; i++)); do
        kill_worker
        eventually has_reloaded "$i"
    done
    import second
    : >over
    wait "$BACKGROUND"
    equal "what the reloads printed" "$(cat reloads.log)" ""
    sql db -e "FLUSH SSL"
    equal "the certificate" "$(serial db)" "$(serial_of "$PKI/second.pem")"
}

start_server() {
    local options
    mapfile -t options < <(with_mount tls)
    server_start db "${options[@]}" >"$WORK/start.log" 2>&1
    echo $? >"$WORK/started"
}

@test "a server that starts while the worker dies again and again has TLS with the served certificate" {
    at tls
    mount_certfs
    import first
    background start_server
    kill_until started
    wait "$BACKGROUND"
    equal "the start" "$(cat started) $(cat start.log)" "0 "
    equal "the certificate" "$(serial db)" "$(serial_of "$PKI/first.pem")"
    [ "$KILLED" -gt 0 ] || fail "it never died"
}

calls_without_pause() {
    local i
    for ((i = 0; i < KILLS; i++)); do
        imports over_socket db first && imports over_socket db second || break
    done >"$WORK/calls.log" 2>&1
    : >"$WORK/called"
}

@test "CALL imports while the worker dies again and again, and each is answered with Aurora's row" {
    drop_mount
    sql_serve db
    background calls_without_pause
    kill_until called
    wait "$BACKGROUND"
    equal "what the calls printed" "$(cat calls.log)" ""
    now_serves second
    [ "$KILLED" -gt 0 ] || fail "it never died"
}
