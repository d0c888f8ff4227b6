#!/usr/bin/env bats
# Two servers, one mount each. The source lets a replica in only with a certificate; the replica's is in its mount.

bats_require_minimum_version 1.5.0
load server.bash

setup_file() {
    pki_begin
    make_ca ca
    make_leaf source ca
    make_leaf first ca
    make_leaf second ca
    make_ca own-ca
    make_leaf own own-ca
}

# The mount of the functions in certfs.bash is the replica's from here on.
test_setup() {
    local options
    at source-tls
    mount_certfs
    import_set source
    mapfile -t options < <(with_mount source-tls)
    server_start source --server-id=1 --log-bin=binlog "${options[@]}"
    sql source -e "CREATE USER app@'127.0.0.1' REQUIRE X509; GRANT REPLICATION SLAVE ON *.* TO app@'127.0.0.1';
        CREATE DATABASE d; CREATE TABLE d.t (word VARCHAR(20))"
    at replica-tls
    mount_certfs
    import_set first
    server_start replica --server-id=2 --read-only
}

# follow [CLAUSE]: points the replica at the source; CLAUSE selects the certificate that it shows, if any.
follow() {
    sql replica -e "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=$(cat "$WORK/source/port"), MASTER_USER='app',
        MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1,
        MASTER_SSL=1, MASTER_SSL_VERIFY_SERVER_CERT=1, MASTER_SSL_CA='$MNT/ca.pem' ${1-};
        START SLAVE"
}

follow_with_certificate() {
    follow ", MASTER_SSL_CERT='$MNT/cert.pem', MASTER_SSL_KEY='$MNT/key.pem'"
}

# From here on the source takes no certificate but NAME.pem.
require() {
    local subject
    subject=$(openssl x509 -noout -subject -nameopt compat -in "$PKI/$1.pem")
    sql source -e "ALTER USER app@'127.0.0.1' REQUIRE SUBJECT '${subject#subject=}'"
}

# arrives WORD: a row that is written on the source is on the replica within a minute.
# MASTER_GTID_WAIT gives 0, or -1 when the time is up.
arrives() {
    local position
    sql source -e "INSERT INTO d.t VALUES ('$1')"
    position=$(sql source -e "SELECT @@gtid_binlog_pos")
    equal "the wait for '$1'" "$(sql replica -e "SELECT MASTER_GTID_WAIT('$position', $SECONDS_TO_WAIT)")" 0
    equal "the rows with '$1'" "$(sql replica -e "SELECT COUNT(*) FROM d.t WHERE word = '$1'")" 1
}

# said PATTERN: the replica's last message about its connection.
said() {
    sql replica --vertical --column-names -e "SHOW SLAVE STATUS" | grep -E "Last_IO_Error: .*($1)"
}

# Ends the replica's connection on the source; the replica comes back by itself, after MASTER_CONNECT_RETRY seconds.
cut_off() {
    sql source -e "KILL $(sql source -e "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND = 'Binlog Dump'")"
}

@test "a replica follows with the certificate in its mount, and after a rotation with the new one" {
    require first
    follow_with_certificate
    arrives before

    import_set second
    require second
    sql replica -e "STOP SLAVE; START SLAVE"
    arrives after
}

@test "a replica that loses its connection comes back by itself with the rotated certificate" {
    require first
    follow_with_certificate
    arrives before

    import_set second
    require second
    cut_off
    arrives after
}

@test "a replica that shows the certificate from before the rotation is refused until it is rotated too" {
    require second
    follow_with_certificate
    eventually said "Access denied for user 'app'"
    import_set second
    arrives after
}

@test "a replica without a certificate is refused" {
    follow
    eventually said "Access denied for user 'app'"
    run -1 sql replica -e "SELECT * FROM d.t"
    matches "the answer" "$output" "(Unknown database 'd'|Table 'd.t' doesn't exist)"
}

@test "a replica whose set was removed reports that it has none, and heals with the next import" {
    follow_with_certificate
    arrives before

    remove_material
    cut_off
    eventually said 'SSL connection error'
    import_set second
    arrives after
}

# ---- a set for the source beside the server's own

# import_for_source NAME: NAME.pem with its key and the CA as the set source-1, whatever that was before.
import_for_source() {
    payload "$PKI/ca.pem" "$PKI/$1.pem" "$PKI/$1-key.pem" >"$PKI/$1.json"
    import_named source-1 "$1"
}

# own_server: the replica is a server of its own CA, which the source knows nothing of.
own_server() {
    local options
    payload_raw "$PKI/own-ca.pem" "$PKI/own.pem" "$PKI/own-key.pem" >"$WORK/payload.json"
    cat "$WORK/payload.json" >"$CONTROL"
    mapfile -t options < <(with_mount replica-tls)
    server_stop replica
    server_start replica --server-id=2 --read-only "${options[@]}"
}

follow_with_named() {
    MNT=$MNT/certificates/source-1 follow_with_certificate
}

# own_state: inode numbers, times and contents of the files in the mount's root, and what the server shows.
own_state() {
    (cd "$MNT" && stat -c '%n %i %s %y' -- *.pem && sha256sum -- *.pem)
    serial replica
}

# reads_current true|false: whether the server's process has read the key that the set source-1 has now.
reads_current() {
    [ "$(of_status "[.readers[] | select(.set == \"source-1\" and .pid == $(cat "$WORK/replica/pid")) | .current] | unique")" = "[$1]" ]
}

@test "a replica follows with a named set, which is rotated beside the server's own" {
    local before
    own_server
    equal "what the server shows" "$(serial replica)" "$(serial_of "$PKI/own.pem")"
    import_for_source first
    require first
    follow_with_named
    arrives before
    eventually reads_current true
    before=$(own_state)

    import_for_source second
    eventually reads_current false
    require second
    cut_off
    arrives after
    eventually reads_current true
    equal "the server's own set" "$(own_state)" "$before"
    sql replica -e "FLUSH SSL"
    equal "the server's own set after it was read again" "$(own_state)" "$before"
}

@test "a rotation of the server's own set does not reach the connection that a named set made" {
    own_server
    import_for_source first
    require first
    follow_with_named
    arrives before
    import_set second
    sql replica -e "FLUSH SSL"
    equal "what the server shows" "$(serial replica)" "$(serial_of "$PKI/second.pem")"
    reads_current true
    sql replica -e "STOP SLAVE; START SLAVE"
    arrives after
}
