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
    renew ca
    (
        LEAF_EXTENSIONS+=(-addext "keyUsage=critical,keyAgreement")
        make_leaf server-agreement ca ec:P-256
        LEAF_EXTENSIONS[-1]="authorityKeyIdentifier=keyid:always,issuer:always"
        make_leaf server-of-old ca
        make_leaf client-of-old ca
    )
    cat "$PKI/issuing.pem" >>"$PKI/server-issued.pem"
    cat "$PKI/client-issued.pem" "$PKI/issuing.pem" >"$PKI/client-chain.pem"
}

# renew CA: NAME-renewed.pem, with the same name and the same key.
renew() {
    cp "$PKI/$1-key.pem" "$PKI/$1-renewed-key.pem"
    _certify "$1-renewed" "/O=certfs tests/CN=$1 CA" "" -addext keyUsage=critical,keyCertSign,cRLSign
}

test_setup() {
    at tls
    mount_certfs
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

# limited VERSION: the server takes this version of TLS and no other one.
limited() {
    local options
    server_stop db
    mapfile -t options < <(with_mount tls)
    server_start db "${options[@]}" "--tls-version=$1"
}

@test "a server of TLS 1.2 alone, and one of TLS 1.3 alone, let clients in" {
    import_set server-ec
    serve
    for version in TLSv1.2 TLSv1.3; do
        limited $version
        run -0 log_in db -e "SHOW SESSION STATUS LIKE 'Ssl_version'"
        matches "the session's version" "$output" "$version"
    done
}

@test "one_tls_version: a client of TLS 1.2 alone does not get in, as in the warning, and one of TLS 1.3 does" {
    import_set server-agreement
    equal "the warnings" "$(of_status -r '.material.warnings[].name')" one_tls_version
    matches "the sentence" "$(of_status -r '.material.warnings[].message')" 'does not work in TLS 1.2, as a server'
    serve
    run -1 log_in db --tls-version=TLSv1.2 -e "DO 0"
    log_in db --tls-version=TLSv1.3 -e "DO 0"
}

@test "a CA that was renewed with its key, old and new one in either order: the server and REQUIRE X509 take both" {
    local order
    import_set server
    serve
    for order in "ca ca-renewed" "ca-renewed ca"; do
        cat "$PKI/${order% *}.pem" "$PKI/${order#* }.pem" >"$WORK/both.pem"
        for name in server server-of-old; do
            payload_raw "$WORK/both.pem" "$PKI/$name.pem" "$PKI/$name-key.pem" >payload.json
            cat payload.json >"$CONTROL"
            sql db -e "FLUSH SSL"
            equal "the serial that is shown" "$(serial db)" "$(serial_of "$PKI/$name.pem")"
            works
            client db --ssl-ca="$MNT/ca.pem" --ssl-verify-server-cert --ssl-cert="$PKI/client-of-old.pem" \
                --ssl-key="$PKI/client-of-old-key.pem" -e "DO 0"
        done
    done
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
