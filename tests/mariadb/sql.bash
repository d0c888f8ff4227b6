# sql.bash: servers that hand requests to certfs by CALL; on top of server.bash.
#
# The set-up is the README's: the mount at $WORK/tls lies outside secure_file_priv ($WORK/files), and import/ alone is
# bound into it. The bind mount is $WORK/files/certfs; test_end of certfs.bash takes it away, as all mounts below $WORK.
# The server NAME has the account app, which has EXECUTE on the three procedures and nothing else.

load server.bash

# The set that the statement changes: a named one, or / for the root set.
SQL_SET=${SQL_SET:-/}

# Where its files are.
material() {
    case $SQL_SET in
        /) echo "$WORK/tls" ;;
        *) echo "$WORK/tls/certificates/$SQL_SET" ;;
    esac
}

# Whether the connection is encrypted is given each time: clients have different defaults.
sql_setup_file() {
    pki_begin
    make_ca ca
    make_leaf server ca
    make_leaf client ca
    make_leaf first ca
    make_leaf second ca ec:P-256
}

# drop_mount [OPTION...]: certfs with import/, bound to where the servers write to. The directory below the bind mount
# is closed to the server: nothing it writes while certfs is away may stay there.
drop_mount() {
    at tls
    mount_certfs -o "sql_import=$SQL_SET" "$@" || return
    mkdir -p "$WORK/files/certfs"
    mount --bind "$MNT/import" "$WORK/files/certfs"
}

# sql_start NAME [OPTION...]: a server with TLS, below $WORK/files.
sql_start() {
    local name=$1
    shift
    server_start "$name" --ssl-ca="$PKI/ca.pem" --ssl-cert="$PKI/server.pem" --ssl-key="$WORK/server-key.pem" \
        --secure-file-priv="$WORK/files" "$@"
}

# sql_serve NAME [OPTION...]: the same with the procedures and the account. $PKI is not for the server to enter.
sql_serve() {
    chmod 0711 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$PKI"
    [ -e "$WORK/server-key.pem" ] || install -o mysql -m 0400 "$PKI/server-key.pem" "$WORK/server-key.pem"
    sql_start "$@" || return
    load_procedures "$1" || return
    accounts "$1"
}

# The file as it ships, with the two paths of this test.
procedures() {
    sed -e "s|'/var/lib/mysql-files/certfs'|'$WORK/files/certfs'|" -e "s|'/run/certfs/certificates/binlog'|'$(material)'|" \
        "$ROOT/scripts/sql/certfs.sql"
}

load_procedures() {
    procedures | sql "$1"
}

accounts() {
    local host procedure
    for host in localhost 127.0.0.1; do
        echo "CREATE USER IF NOT EXISTS app@'$host';"
        for procedure in rds_import_binlog_ssl_material rds_remove_binlog_ssl_material rds_set_binlog_source_ssl; do
            echo "GRANT EXECUTE ON PROCEDURE mysql.$procedure TO app@'$host';"
        done
    done | sql "$1"
}

# ---- the account app: over each transport. The client would print the statement that failed, key and all.

over_tls() {
    log_in "$@" --skip-print-query-on-error
}

over_socket() {
    local name=$1
    shift
    mariadb --no-defaults --socket="$WORK/$name/socket" --user=app --skip-ssl --batch --skip-column-names \
        --skip-print-query-on-error "$@"
}

in_clear() {
    local name=$1
    shift
    client "$name" --skip-ssl --skip-print-query-on-error "$@"
}

# ---- statements

# call PAYLOAD: the statement around a payload that has its quotes.
call() {
    printf 'CALL mysql.rds_import_binlog_ssl_material(%s);\n' "$1"
}

# call_set NAME [KEY]: in the layout of AWS's page, NAME.pem with its key or that of another set.
call_set() {
    call "$(payload_aws "$PKI/ca.pem" "$PKI/$1.pem" "$PKI/${2-$1}-key.pem")"
}

# The statements and their answers.
# shellcheck disable=SC2034 # the bats files use them
{
    IMPORTED='SSL material import complete.'
    REMOVED='SSL material removal complete. A replica that still presents it cannot connect again: '
    REMOVED+=$'import anew, or CALL mysql.rds_set_binlog_source_ssl(0)\n1 warning:\n  the files are gone: '
    REMOVED+='a mysqld whose my.cnf names them will not start, a replica not connect'
    NOT_SERVED='no set binlog is served; import one first (rds_import_binlog_ssl_material)'
    REMOVE='CALL mysql.rds_remove_binlog_ssl_material'
    MISMATCH='ssl_key does not match ssl_cert'
    IN_CLEAR='This connection is not encrypted: use TLS or the local socket, and a new key if this one was sent in clear'
}

# imports TRANSPORT SERVER NAME: the CALL is answered as Aurora answers it.
imports() {
    call_set "$3" >"$WORK/call.sql"
    equal "the answer" "$("$1" "$2" <"$WORK/call.sql")" "$IMPORTED"
}

# calls FILE: for the background, as app; the client's output is in $WORK/answer, then its status in $WORK/status.
calls() {
    local status=0
    over_tls db <"$1" >"$WORK/answer" 2>&1 || status=$?
    echo "$status" >"$WORK/status.new"
    mv "$WORK/status.new" "$WORK/status"
}

answered() {
    [ -e "$WORK/status" ]
}

# The served files, and their generation: inode numbers are part of it.
served() {
    (cd "$MNT" && find . -name '*.pem' -printf '%p %i %s\n' | LC_ALL=C sort)
    of_status .generation
}

# refuses MESSAGE COMMAND...: SQLSTATE 45000 and a message that begins like this, and nothing is served that was not
# before.
refuses() {
    local wanted="ERROR 1644 (45000) at line 1: $1" before
    shift
    before=$(served)
    ! "$@" >"$WORK/refusal" 2>&1 || fail "it was not refused" || return
    equal "the answer" "$(head -c ${#wanted} "$WORK/refusal")" "$wanted" || return
    equal "what is served" "$(served)" "$before"
}

# now_serves NAME: certificate and key of NAME.pem, and the CA.
now_serves() {
    equal "the certificate" "$(certificates_of "$MNT/cert.pem")" "$(certificates_of "$PKI/$1.pem")" || return
    equal "the key" "$(key_of "$MNT/key.pem")" "$(key_of "$PKI/$1-key.pem")" || return
    equal "the CA" "$(certificates_of "$MNT/ca.pem")" "$(certificates_of "$PKI/ca.pem")"
}

serves_nothing() {
    local file
    for file in ca cert key; do
        [ ! -e "$MNT/$file.pem" ] || fail "$file.pem is there" || return
    done
}
