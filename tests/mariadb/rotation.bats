#!/usr/bin/env bats
# What a running server does when its set is replaced, when an import is refused, and when the set is removed.

bats_require_minimum_version 1.5.0

setup_file() {
    source "$BATS_TEST_DIRNAME/pki.bash"
    cd "$BATS_FILE_TMPDIR" || return
    make_ca ca "/CN=certfs test CA"
    make_cert first "/CN=db.example" ca
    make_cert second "/CN=db.example" ca
    make_cert client "/CN=app" ca
}

setup() {
    source "$BATS_TEST_DIRNAME/server.bash"
    source "$BATS_TEST_DIRNAME/pki.bash"
    PKI=$BATS_FILE_TMPDIR
    world_begin
    mount_begin tls
    import tls "$PKI/ca.pem" "$PKI/first.pem" "$PKI/first-key.pem"
    server_start db --ssl-ca="$WORLD/tls/ca.pem" --ssl-cert="$WORLD/tls/cert.pem" --ssl-key="$WORLD/tls/key.pem"
    sql db -e "CREATE USER app@'127.0.0.1' REQUIRE X509"
}

teardown() {
    world_end
}

log_in() {
    client db --ssl-ca="$PKI/ca.pem" --ssl-verify-server-cert --ssl-cert="$PKI/client.pem" --ssl-key="$PKI/client-key.pem" "$@"
}

# The server's certificate on a new connection is the one in NAME.pem.
shows() {
    [ "$(serial db)" = "$(serial_of "$PKI/$1.pem")" ] && log_in -e "SELECT 1"
}

# An old session: one client process that is asked again and again.
session_begin() {
    coproc SESSION { log_in --unbuffered 3>&- 4>&-; }
}

# A server that hung up ends the client, and the write to it must fail the test, not kill the shell.
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

    import tls "$PKI/ca.pem" "$PKI/second.pem" "$PKI/second-key.pem"
    shows first
    sql db -e "FLUSH SSL"
    shows second

    [ "$(ask "SELECT CONNECTION_ID()")" = "$session" ]
    [[ "$(ask "SHOW SESSION STATUS LIKE 'Ssl_cipher'")" == *TLS_AES_* ]]
    session_end
}

@test "a server that is restarted after a rotation comes up with the new set" {
    import tls "$PKI/ca.pem" "$PKI/second.pem" "$PKI/second-key.pem"
    server_stop db
    server_start db --ssl-ca="$WORLD/tls/ca.pem" --ssl-cert="$WORLD/tls/cert.pem" --ssl-key="$WORLD/tls/key.pem"
    shows second
}

@test "a refused import followed by FLUSH SSL changes nothing" {
    local before after
    before=$(stat -c '%n %i %s %a %U %y' tls/*.pem)
    run ! import tls "$PKI/ca.pem" "$PKI/second.pem" "$PKI/first-key.pem"
    echo "$output"
    [[ "$output" == *"Key was rejected by service"* ]]
    cat tls/last
    grep -q 'ssl_key' tls/last

    sql db -e "FLUSH SSL"
    shows first
    after=$(stat -c '%n %i %s %a %U %y' tls/*.pem)
    [ "$before" = "$after" ]
}

@test "many rotations with FLUSH SSL after each: every one is served, none fails" {
    for _ in 1 2 3 4 5; do
        import tls "$PKI/ca.pem" "$PKI/second.pem" "$PKI/second-key.pem"
        sql db -e "FLUSH SSL"
        shows second
        import tls "$PKI/ca.pem" "$PKI/first.pem" "$PKI/first-key.pem"
        sql db -e "FLUSH SSL"
        shows first
    done
}

@test "after rds_remove the running server keeps its TLS, FLUSH SSL fails clearly, and a new import heals it" {
    echo '{"Action":"rds_remove_binlog_ssl_material"}' >tls/control
    [ ! -e tls/ca.pem ]
    [ ! -e tls/cert.pem ]
    [ ! -e tls/key.pem ]
    shows first

    run -1 sql db -e "FLUSH SSL"
    echo "$output"
    [[ "$output" == *"ERROR 1105 (HY000) at line 1: Failed to refresh SSL, error: SSL_CTX_set_default_verify_paths failed"* ]]
    shows first

    import tls "$PKI/ca.pem" "$PKI/second.pem" "$PKI/second-key.pem"
    sql db -e "FLUSH SSL"
    shows second
}

@test "an unmounted certfs takes nothing from a server that runs" {
    umount tls
    : >.mounts
    shows first
}
