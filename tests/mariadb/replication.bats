#!/usr/bin/env bats
# Two servers, one mount each. The source lets a replica in only with a certificate; the replica's stand in its mount.

bats_require_minimum_version 1.5.0

setup_file() {
    source "$BATS_TEST_DIRNAME/pki.bash"
    cd "$BATS_FILE_TMPDIR" || return
    make_ca ca "/CN=certfs test CA"
    make_cert source "/CN=source" ca
    make_cert first "/CN=replica of May" ca
    make_cert second "/CN=replica of June" ca
}

setup() {
    source "$BATS_TEST_DIRNAME/server.bash"
    source "$BATS_TEST_DIRNAME/pki.bash"
    PKI=$BATS_FILE_TMPDIR
    world_begin
    mount_begin source-tls
    import source-tls "$PKI/ca.pem" "$PKI/source.pem" "$PKI/source-key.pem"
    mount_begin replica-tls
    import replica-tls "$PKI/ca.pem" "$PKI/first.pem" "$PKI/first-key.pem"
    server_start source --server-id=1 --log-bin=binlog --ssl-ca="$WORLD/source-tls/ca.pem" \
        --ssl-cert="$WORLD/source-tls/cert.pem" --ssl-key="$WORLD/source-tls/key.pem"
    server_start replica --server-id=2 --read-only
    sql source -e "CREATE USER app@'127.0.0.1' REQUIRE X509; GRANT REPLICATION SLAVE ON *.* TO app@'127.0.0.1';
        CREATE DATABASE d; CREATE TABLE d.t (word VARCHAR(20))"
}

teardown() {
    world_end
}

# follow [CLAUSE]: points the replica at the source; CLAUSE says what it shows.
follow() {
    sql replica -e "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=$(cat "$WORLD/source/port"), MASTER_USER='app',
        MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1,
        MASTER_SSL=1, MASTER_SSL_VERIFY_SERVER_CERT=1, MASTER_SSL_CA='$WORLD/replica-tls/ca.pem' ${1-};
        START SLAVE"
}

with_certificate() {
    follow ", MASTER_SSL_CERT='$WORLD/replica-tls/cert.pem', MASTER_SSL_KEY='$WORLD/replica-tls/key.pem'"
}

# From here on the source takes no certificate but the one in NAME.pem.
require() {
    local subject
    subject=$(openssl x509 -noout -subject -nameopt compat -in "$PKI/$1.pem")
    sql source -e "ALTER USER app@'127.0.0.1' REQUIRE SUBJECT '${subject#subject=}'"
}

# arrives WORD: a row that is written on the source is on the replica within a minute.
arrives() {
    sql source -e "INSERT INTO d.t VALUES ('$1')"
    # -1 is the answer when the time is up.
    [ "$(sql replica -e "SELECT MASTER_GTID_WAIT('$(sql source -e 'SELECT @@gtid_binlog_pos')', $SECONDS_TO_WAIT)")" = 0 ]
    [ "$(sql replica -e "SELECT COUNT(*) FROM d.t WHERE word = '$1'")" = 1 ]
}

# said PATTERN: the replica's last word about its connection.
said() {
    sql replica --vertical -e "SHOW SLAVE STATUS" --column-names | grep -E "Last_IO_Error: .*($1)"
}

@test "a replica follows with the certificate in its mount, and after a rotation with the new one" {
    require first
    with_certificate
    arrives before

    import replica-tls "$PKI/ca.pem" "$PKI/second.pem" "$PKI/second-key.pem"
    require second
    sql replica -e "STOP SLAVE; START SLAVE"
    arrives after
}

@test "a replica that loses its connection comes back by itself with the rotated certificate" {
    local connection
    require first
    with_certificate
    arrives before

    import replica-tls "$PKI/ca.pem" "$PKI/second.pem" "$PKI/second-key.pem"
    require second
    connection=$(sql source -e "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND = 'Binlog Dump'")
    sql source -e "KILL $connection"
    arrives after
}

@test "a replica that still shows the certificate from before the rotation is refused" {
    require second
    with_certificate
    eventually said "Access denied for user 'app'"
    import replica-tls "$PKI/ca.pem" "$PKI/second.pem" "$PKI/second-key.pem"
    arrives after
}

@test "a replica without a certificate is refused" {
    follow
    eventually said "Access denied for user 'app'"
    run -1 sql replica -e "SELECT * FROM d.t"
}

@test "a replica whose set was removed says that it has none, and heals with the next import" {
    local connection
    with_certificate
    arrives before

    echo '{"Action":"rds_remove_binlog_ssl_material"}' >replica-tls/control
    connection=$(sql source -e "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND = 'Binlog Dump'")
    sql source -e "KILL $connection"
    eventually said 'SSL connection error'
    import replica-tls "$PKI/ca.pem" "$PKI/second.pem" "$PKI/second-key.pem"
    arrives after
}
