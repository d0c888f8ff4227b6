#!/usr/bin/env bats
# A server whose ssl_ca, ssl_cert and ssl_key point into the mount, and clients that log in over TLS.

bats_require_minimum_version 1.5.0

setup_file() {
    source "$BATS_TEST_DIRNAME/pki.bash"
    cd "$BATS_FILE_TMPDIR" || return
    make_ca ca "/CN=certfs test CA"
    make_cert server "/CN=db.example" ca
    make_cert client "/CN=app" ca
    make_ca issuing "/CN=certfs test issuing CA" ca
    make_cert server-issued "/CN=db.example" issuing
    make_cert client-issued "/CN=app" issuing
    cat server-issued.pem issuing.pem >server-chain.pem
    cat client-issued.pem issuing.pem >client-chain.pem
    make_cert server-ec "/CN=db.example" ca ec -pkeyopt ec_paramgen_curve:P-256
}

setup() {
    source "$BATS_TEST_DIRNAME/server.bash"
    source "$BATS_TEST_DIRNAME/pki.bash"
    PKI=$BATS_FILE_TMPDIR
    world_begin
    mount_begin tls
}

teardown() {
    world_end
}

start() {
    server_start db --ssl-ca="$WORLD/tls/ca.pem" --ssl-cert="$WORLD/tls/cert.pem" --ssl-key="$WORLD/tls/key.pem"
}

# The account that these tests are about: no password, no way in but a certificate.
serve() {
    start
    sql db -e "CREATE USER app@'127.0.0.1' REQUIRE X509"
}

# log_in [ARGUMENT...]: with the client certificate, trusting nothing but the CA.
log_in() {
    client db --ssl-ca="$PKI/ca.pem" --ssl-verify-server-cert --ssl-cert="$PKI/client.pem" --ssl-key="$PKI/client-key.pem" \
        -e "SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')" "$@"
}

@test "a client with its certificate logs in over TLS 1.3, to a server that reads its files from the mount" {
    import tls "$PKI/ca.pem" "$PKI/server.pem" "$PKI/server-key.pem"
    serve
    run -0 log_in
    echo "$output"
    [[ "$output" == *$'Ssl_version\tTLSv1.3'* ]]
    [[ "$output" == *$'Ssl_cipher\tTLS_AES_'* ]]
    [ "$(serial db)" = "$(serial_of "$PKI/server.pem")" ]
}

@test "a client without a certificate is refused by an account that requires one" {
    import tls "$PKI/ca.pem" "$PKI/server.pem" "$PKI/server-key.pem"
    serve
    run -1 client db --ssl-ca="$PKI/ca.pem" --ssl-verify-server-cert -e "SELECT 1"
    echo "$output"
    [[ "$output" == *"ERROR 1045 (28000): Access denied for user 'app'"* ]]
    log_in
}

@test "a client whose certificate comes from another CA is refused" {
    make_ca other "/CN=another CA"
    make_cert stranger "/CN=app" other
    import tls "$PKI/ca.pem" "$PKI/server.pem" "$PKI/server-key.pem"
    serve
    run -1 client db --ssl-ca="$PKI/ca.pem" --ssl-cert=stranger.pem --ssl-key=stranger-key.pem -e "SELECT 1"
    echo "$output"
    [[ "$output" == *"ERROR 20"[12]* ]]
    log_in
}

@test "a chain with an intermediate CA is sent whole, and a client that knows only the root believes it" {
    import tls "$PKI/ca.pem" "$PKI/server-chain.pem" "$PKI/server-issued-key.pem"
    serve
    log_in
    [ "$(peer db -showcerts | grep -c 'BEGIN CERTIFICATE')" = 2 ]
    peer db -CAfile "$PKI/ca.pem" -verify_return_error | grep 'Verify return code: 0 (ok)'
}

@test "a client certificate from the intermediate CA is accepted by a server that has only the root in ssl_ca" {
    import tls "$PKI/ca.pem" "$PKI/server.pem" "$PKI/server-key.pem"
    serve
    log_in --ssl-cert="$PKI/client-chain.pem" --ssl-key="$PKI/client-issued-key.pem"
    run -1 log_in --ssl-cert="$PKI/client-issued.pem" --ssl-key="$PKI/client-issued-key.pem"
}

@test "an EC P-256 set serves TLS" {
    import tls "$PKI/ca.pem" "$PKI/server-ec.pem" "$PKI/server-ec-key.pem"
    serve
    log_in
    peer db | grep 'Peer signature type: ECDSA'
}

@test "a payload in AWS's layout, quotes and all, serves TLS" {
    payload_aws "$PKI/ca.pem" "$PKI/server.pem" "$PKI/server-key.pem" >payload.json
    [ "$(head -c 40 payload.json)" = "'{\"ssl_ca\":\"-----BEGIN CERTIFICATE-----" ]
    [ "$(grep -c -- '-----\\n"' payload.json)" = 3 ]
    cat payload.json >tls/control
    serve
    log_in
    [ "$(serial db)" = "$(serial_of "$PKI/server.pem")" ]
}

@test "AWS's layout without the single quotes serves TLS as well" {
    payload_aws "$PKI/ca.pem" "$PKI/server.pem" "$PKI/server-key.pem" | tr -d "'" >tls/control
    serve
    log_in
}

@test "the line that needs no tool serves TLS" {
    cd "$PKI"
    printf '{"ssl_ca":"%s","ssl_cert":"%s","ssl_key":"%s"}' "$(cat ca.pem)" "$(cat server.pem)" "$(cat server-key.pem)" \
        >"$WORLD/tls/control"
    serve
    log_in
}

@test "a server does not start before the first import, and starts after it" {
    run -1 start
    echo "$output"
    [[ "$output" == *"SSL_CTX_set_default_verify_paths failed"* ]]
    import tls "$PKI/ca.pem" "$PKI/server.pem" "$PKI/server-key.pem"
    serve
    log_in
}
