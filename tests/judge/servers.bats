#!/usr/bin/env bats
# The purpose of Accept, between two real servers: each trusts the other's CA, and neither has a certificate of the CA
# that it trusts.

bats_require_minimum_version 1.5.0

load judge.bash
load ../mariadb/server.bash

setup_file() {
    pki_begin
    certificate server-root as=ca
    certificate client-root as=ca
    certificate source issuer=server-root
    certificate replica issuer=client-root
}

# ssl_ca of the source is what its peers come from: the other CA alone.
test_setup() {
    local options
    at source-tls
    mount_certfs
    import_waived client-root source
    mapfile -t options < <(with_mount source-tls)
    server_start source --server-id=1 --log-bin=binlog "${options[@]}"
    sql source -e "CREATE USER app@'127.0.0.1' REQUIRE X509; GRANT REPLICATION SLAVE, SELECT ON *.* TO app@'127.0.0.1';
        CREATE DATABASE d; CREATE TABLE d.t (word VARCHAR(20))"
    at replica-tls
    mount_certfs
    import_waived server-root replica
    mapfile -t options < <(with_mount replica-tls)
    server_start replica --server-id=2 --read-only "${options[@]}"
}

# import_waived CA LEAF: is refused without the waiver.
import_waived() {
    document "$1" "$2" "$2-key"
    run talk write:"$WORK/document.json" read close
    matches "the answer" "$output" '"reason":"untrusted_chain"'
    document "$1" "$2" "$2-key" '.Accept = ["untrusted_chain"]'
    run talk write:"$WORK/document.json" read close
    matches "the answer" "$output" '"result":"ok".*"waived":\["untrusted_chain"\]'
}

follow() {
    sql replica -e "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=$(cat "$WORK/source/port"), MASTER_USER='app',
        MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_SSL=1, MASTER_SSL_VERIFY_SERVER_CERT=1,
        MASTER_SSL_CA='$MNT/ca.pem', MASTER_SSL_CERT='$MNT/cert.pem', MASTER_SSL_KEY='$MNT/key.pem'; START SLAVE"
}

# arrives WORD: MASTER_GTID_WAIT gives 0, or -1 when the time is up.
arrives() {
    local position
    sql source -e "INSERT INTO d.t VALUES ('$1')"
    position=$(sql source -e 'SELECT @@gtid_binlog_pos')
    equal "the wait" "$(sql replica -e "SELECT MASTER_GTID_WAIT('$position', $SECONDS_TO_WAIT)")" 0
    equal "the row" "$(sql replica -e "SELECT word FROM d.t WHERE word = '$1'")" "$1"
}

@test "a replica with a certificate of the client CA follows a source with one of the server CA" {
    sql source -e "ALTER USER app@'127.0.0.1' REQUIRE ISSUER '/O=certfs tests of the judge/CN=client-root'"
    follow
    arrives over-tls
}

@test "a client with the replica's set logs in, and one of the server CA is turned away" {
    client source --ssl-ca="$MNT/ca.pem" --ssl-verify-server-cert --ssl-cert="$MNT/cert.pem" --ssl-key="$MNT/key.pem" \
        -e "SELECT COUNT(*) FROM d.t"
    run ! client source --ssl-ca="$MNT/ca.pem" --ssl-cert="$PKI/source.pem" --ssl-key="$PKI/source-key.pem" -e "SELECT 1"
}

@test "FLUSH SSL takes sets that were waived" {
    sql source -e "FLUSH SSL"
    sql replica -e "FLUSH SSL"
    equal "the source's serial" "$(serial source)" "$(serial_of "$PKI/source.pem")"
    equal "the replica's serial" "$(serial replica)" "$(serial_of "$PKI/replica.pem")"
}
