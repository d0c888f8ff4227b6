#!/usr/bin/env bats
# Encrypted replication with what was imported by CALL, switched on by CALL: all of it by an account with EXECUTE alone.

bats_require_minimum_version 1.5.0
# Beside the set of the server itself, as in Aurora.
export SQL_SET=binlog
load sql.bash

setup_file() {
    sql_setup_file
}

# The source lets a replica in only with a certificate.
test_setup() {
    drop_mount
    sql_serve replica --server-id=2 --read-only
    sql_start source --server-id=1 --log-bin=binlog
    sql source -e "CREATE USER puller@'127.0.0.1' REQUIRE X509; GRANT REPLICATION SLAVE ON *.* TO puller@'127.0.0.1';
        CREATE DATABASE d; CREATE TABLE d.t (word VARCHAR(20))"
    sql replica -e "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=$(cat "$WORK/source/port"), MASTER_USER='puller',
        MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1"
}

# switch 0|1
switch() {
    over_tls replica -e "CALL mysql.rds_set_binlog_source_ssl($1)"
}

# From here on the source takes no certificate but NAME.pem.
require() {
    local subject
    subject=$(openssl x509 -noout -subject -nameopt compat -in "$PKI/$1.pem")
    sql source -e "ALTER USER puller@'127.0.0.1' REQUIRE SUBJECT '${subject#subject=}'"
}

# arrives WORD: a row that is written on the source is on the replica within a minute.
arrives() {
    local position
    sql source -e "INSERT INTO d.t VALUES ('$1')"
    position=$(sql source -e "SELECT @@gtid_binlog_pos")
    equal "the wait for '$1'" "$(sql replica -e "SELECT MASTER_GTID_WAIT('$position', $SECONDS_TO_WAIT)")" 0 ||
        fail "$(replica_says Last_IO_Error) $(replica_says Last_SQL_Error)" || return
    equal "the rows with '$1'" "$(sql replica -e "SELECT COUNT(*) FROM d.t WHERE word = '$1'")" 1
}

# replica_says NAME: a line of its status.
replica_says() {
    sql replica --vertical --column-names -e "SHOW SLAVE STATUS" | awk -v name="$1:" '$1 == name { sub(/^ *[^:]*: ?/, ""); print }'
}

said() {
    [[ $(replica_says Last_IO_Error) =~ $1 ]]
}

@test "import, switch on, start, rotate by a second CALL, remove, import again, switch off" {
    local before
    before="$(replica_says Master_SSL_Allowed) $(replica_says Master_SSL_Key)"
    run -1 switch 1
    matches "the answer before the import" "$output" "ERROR 1644 \(45000\).*: ${NOT_SERVED//[()]/.}"
    equal "what it presents" "$(replica_says Master_SSL_Allowed) $(replica_says Master_SSL_Key)" "$before"
    imports over_tls replica first
    require first
    equal "the answer" "$(switch 1)" "SSL for replication is on."
    equal "what it presents" "$(replica_says Master_SSL_Allowed; replica_says Master_SSL_CA_File
        replica_says Master_SSL_Cert; replica_says Master_SSL_Key)" "Yes
$(material)/ca.pem
$(material)/cert.pem
$(material)/key.pem"
    sql replica -e "START SLAVE"
    arrives first

    imports over_tls replica second
    require second
    sql replica -e "STOP SLAVE; START SLAVE"
    arrives second

    equal "the answer" "$(over_tls replica -e "$REMOVE")" "$REMOVED"
    sql replica -e "STOP SLAVE; START SLAVE"
    eventually said 'SSL connection error'
    run -1 switch 1
    matches "the answer after the removal" "$output" "${NOT_SERVED//[()]/.}"
    imports over_tls replica second
    arrives third

    run -1 switch 0
    matches "the answer while it runs" "$output" 'ERROR 1198 .*STOP SLAVE'
    sql replica -e "STOP SLAVE"
    equal "the answer" "$(switch 0)" "SSL for replication is off."
    equal "what it presents" "$(replica_says Master_SSL_Allowed) $(replica_says Master_SSL_Key)" "No "
    sql replica -e "START SLAVE"
    eventually said "Access denied for user 'puller'"
}

@test "rds_set_binlog_source_ssl takes 0 and 1, over any connection, and nothing else" {
    local value
    for value in 2 -1 NULL; do
        run -1 switch "$value"
        matches "the answer to $value" "$output" 'ERROR 1644 \(45000\).*takes 1 \(on\) or 0 \(off\)'
    done
    imports over_tls replica first
    equal "the answer" "$(in_clear replica -e "CALL mysql.rds_set_binlog_source_ssl(1)")" "SSL for replication is on."
    equal "what stays in the session" \
        "$(over_tls replica -e "CALL mysql.rds_set_binlog_source_ssl(0); SELECT @certfs_statement" | tail -n 1)" NULL
}
