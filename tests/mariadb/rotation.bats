#!/usr/bin/env bats
# The behaviour of a running server when its set is replaced, when an import is refused, and when the set is removed.

bats_require_minimum_version 1.5.0
load server.bash

setup_file() {
    pki_begin
    make_ca ca
    make_leaf first ca
    make_leaf second ca
    make_leaf client ca
}

test_setup() {
    at tls
    mount_certfs
    import_set first
    start
    sql db -e "CREATE USER app@'127.0.0.1' REQUIRE X509"
}

start() {
    local options
    mapfile -t options < <(with_mount tls)
    server_start db "${options[@]}"
}

# A new connection is shown the certificate NAME.pem and can log in.
shows() {
    equal "the serial that is shown" "$(serial db)" "$(serial_of "$PKI/$1.pem")" && log_in db -e "DO 0"
}

# An old session: one client process that is asked again and again.
session_begin() {
    coproc SESSION { log_in db --unbuffered 3>&- 4>&-; }
}

# A server that hung up ends the client; the write to it must fail the test, not kill its shell.
ask() {
    local answer
    trap '' PIPE
    printf '%s;\n' "$1" >&"${SESSION[1]}"
    read -r -t "$SECONDS_TO_WAIT" answer <&"${SESSION[0]}"
    printf '%s\n' "$answer"
}

session_end() {
    local pid=$SESSION_PID
    eval "exec ${SESSION[1]}>&-"
    wait "$pid"
}

@test "after a second import and FLUSH SSL a new connection sees the new serial, and an old one lives on" {
    local session
    session_begin
    session=$(ask "SELECT CONNECTION_ID()")
    shows first

    import_set second
    shows first
    sql db -e "FLUSH SSL"
    shows second

    equal "the old connection" "$(ask "SELECT CONNECTION_ID()")" "$session"
    matches "its cipher" "$(ask "SHOW SESSION STATUS LIKE 'Ssl_cipher'")" TLS_AES_
    session_end
}

@test "a server that is restarted after a rotation comes up with the new set" {
    import_set second
    server_stop db
    start
    shows second
}

@test "a refused import followed by FLUSH SSL changes nothing" {
    local before
    before=$(tree | grep pem)
    run ! import_set second first
    matches "the writer's message" "$output" "Key was rejected by service"
    equal "the reason in status" "$(of_status .last_request.reason)" key_mismatch

    sql db -e "FLUSH SSL"
    shows first
    equal "the files" "$(tree | grep pem)" "$before"
}

@test "many rotations with FLUSH SSL after each: every one is served, none fails" {
    for _ in {1..5}; do
        import_set second
        sql db -e "FLUSH SSL"
        shows second
        import_set first
        sql db -e "FLUSH SSL"
        shows first
    done
}

@test "after rds_remove the running server keeps its TLS, FLUSH SSL fails clearly, and a new import heals it" {
    remove_material
    for file in ca cert key; do
        [ ! -e "$MNT/$file.pem" ] || fail "$file.pem is still there"
    done
    shows first

    run -1 sql db -e "FLUSH SSL"
    matches "the answer" "$output" \
        "ERROR 1105 \(HY000\) at line 1: Failed to refresh SSL, error: SSL_CTX_set_default_verify_paths failed"
    shows first

    import_set second
    sql db -e "FLUSH SSL"
    shows second
}

@test "an unmounted certfs takes nothing from a server that runs" {
    unmount_certfs
    shows first
}
