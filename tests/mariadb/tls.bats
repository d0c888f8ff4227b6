#!/usr/bin/env bats
# A server whose ssl_ca, ssl_cert and ssl_key point into the mount, and clients that log in over TLS.

bats_require_minimum_version 1.5.0
load server.bash

setup_file() {
    pki_begin
    make_ca ca
    make_leaf server ca
    make_leaf client ca
    make_ca issuing ca
    make_leaf server-issued issuing
    make_leaf client-issued issuing
    make_leaf server-ec ca ec:P-256
    make_ca other
    make_leaf stranger other
    cat "$PKI/issuing.pem" >>"$PKI/server-issued.pem"
    cat "$PKI/client-issued.pem" "$PKI/issuing.pem" >"$PKI/client-chain.pem"
}

setup() {
    test_begin
    at tls
    mount_certfs
}

teardown() {
    servers_end
    test_end
}

start() {
    local options
    mapfile -t options < <(with_mount tls)
    server_start db "${options[@]}"
}

# The account that these tests are about: no password, no way in but a certificate.
serve() {
    start
    sql db -e "CREATE USER app@'127.0.0.1' REQUIRE X509"
}

works() {
    log_in db -e "DO 0"
}

@test "a client with its certificate logs in over TLS 1.3, to a server that reads its files from the mount" {
    import_set server
    serve
    run -0 log_in db -e "SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')"
    matches "the session's version" "$output" $'Ssl_version\tTLSv1.3'
    matches "the session's cipher" "$output" $'Ssl_cipher\tTLS_AES_'
    equal "the serial that is shown" "$(serial db)" "$(serial_of "$PKI/server.pem")"
}

@test "a client without a certificate is refused by an account that requires one" {
    import_set server
    serve
    run -1 client db --ssl-ca="$PKI/ca.pem" --ssl-verify-server-cert -e "DO 0"
    matches "the answer" "$output" "ERROR 1045 \(28000\): Access denied for user 'app'"
    works
}

@test "a client whose certificate comes from another CA is refused" {
    import_set server
    serve
    run -1 client db --ssl-ca="$PKI/ca.pem" --ssl-cert="$PKI/stranger.pem" --ssl-key="$PKI/stranger-key.pem" -e "DO 0"
    # The server just hangs up; where the client notices is a race.
    matches "the answer" "$output" 'ERROR (2013|2026) '
    works
}

@test "a chain with an intermediate CA is sent whole, and a client that knows only the root believes it" {
    import_set server-issued
    serve
    works
    equal "the number of certificates sent" "$(peer db -showcerts | grep -c 'BEGIN CERTIFICATE')" 2
    peer db -CAfile "$PKI/ca.pem" -verify_return_error | grep 'Verify return code: 0 (ok)'
}

@test "a client certificate from the intermediate CA is accepted by a server that has only the root in ssl_ca" {
    import_set server
    serve
    log_in db --ssl-cert="$PKI/client-chain.pem" --ssl-key="$PKI/client-issued-key.pem" -e "DO 0"
    run -1 log_in db --ssl-cert="$PKI/client-issued.pem" --ssl-key="$PKI/client-issued-key.pem" -e "DO 0"
}

@test "an EC P-256 set serves TLS" {
    import_set server-ec
    serve
    works
    peer db | grep -i 'Peer signature type: ecdsa'
}

@test "a payload in AWS's layout, quotes and all, serves TLS" {
    payload_aws "$PKI/ca.pem" "$PKI/server.pem" "$PKI/server-key.pem" >payload.json
    equal "its beginning" "$(head -n 1 payload.json)" "'{\"ssl_ca\":\"-----BEGIN CERTIFICATE-----"
    equal "the number of \\n before a closing quote" "$(grep -c -- '-----\\n"' payload.json)" 3
    cat payload.json >"$CONTROL"
    serve
    works
    equal "the serial that is shown" "$(serial db)" "$(serial_of "$PKI/server.pem")"
}

@test "AWS's layout without the single quotes serves TLS as well" {
    payload_aws "$PKI/ca.pem" "$PKI/server.pem" "$PKI/server-key.pem" | tr -d "'" >"$CONTROL"
    serve
    works
}

@test "the line that needs no tool serves TLS" {
    cd "$PKI"
    printf '{"ssl_ca":"%s","ssl_cert":"%s","ssl_key":"%s"}' "$(cat ca.pem)" "$(cat server.pem)" "$(cat server-key.pem)" \
        >"$CONTROL"
    serve
    works
}

@test "a server does not start before the first import, and starts after it" {
    run -1 start
    matches "its log" "$output" "SSL_CTX_set_default_verify_paths failed"
    import_set server
    serve
    works
}
