#!/usr/bin/env bats
# CALL mysql.rds_import_binlog_ssl_material('...') on a server of one's own: the statement, its answers, and which
# users may run it.

bats_require_minimum_version 1.5.0
load sql.bash

setup_file() {
    sql_setup_file
}

test_setup() {
    drop_mount
    sql_serve db
}

# session TRANSPORT NAME: runs NAME.sql in one session, despite errors; the output is in NAME.
session() {
    "$1" db --force <"$2.sql" >"$2" 2>&1
}

# The statement of AWS's documentation, word for word; what stands in it are no certificates.
example() {
    local body='AAAAB3NzaC1yc2EAAAADAQABAAABAQClKsfkNkuSevGj3eYhCe53pcjqP3maAhDFcvBS7O6V
hz2ItxCih+PnDSUaw+WNQn/mZphTk/a/gU8jEzoOWbkM4yxyb/wB96xbiFveSFJuOp/d6RJhJOI0iBXr
lsLnBItntckiJ7FbtxJMXLvvwJryDUilBMTjYtwB+QhYXUMOzce5Pjz5/i8SeJtjnV3iAoG/cQk+0FzZ
qaeJAAHco+CY/5WrUBkrHmFJr6HcXkvJdWPkYQS3xqC0+FmUZofz221CBt5IMucxXPkX4rWi+z7wB3Rb
BQoQzd8v7yeb7OzlPnWOyN0qFU0XA246RA8QFYiCNYwI3f05p6KLxEXAMPLE'
    cat <<END
call mysql.rds_import_binlog_ssl_material(
'{"ssl_ca":"-----BEGIN CERTIFICATE-----
$body
-----END CERTIFICATE-----\\n","ssl_cert":"-----BEGIN CERTIFICATE-----
$body
-----END CERTIFICATE-----\\n","ssl_key":"-----BEGIN RSA PRIVATE KEY-----
$body
-----END RSA PRIVATE KEY-----\\n"}');
END
}

@test "AWS's example, whose certificates are none, comes back as an SQL error that names ssl_ca" {
    example >example.sql
    run -1 over_tls db <example.sql
    matches "the answer" "$output" '^ERROR 1644 \(45000\) at line 1: .*ssl_ca'
    equal "what certfs said" "${output#*line 1: }" "$(cat "$MNT/last")"
    serves_nothing
}

@test "the statement in AWS's layout imports, over TLS and over the socket, and answers with Aurora's row" {
    imports over_tls db first
    now_serves first
    imports over_socket db second
    now_serves second
    call_set first | over_tls db --column-names >answer
    equal "the answer with its column" "$(cat answer)" "Message"$'\n'"$IMPORTED"
}

@test "over TCP in clear the statement is refused, whether names are resolved or not" {
    call_set first >call.sql
    refuses "$IN_CLEAR" in_clear db <call.sql
    refuses "$IN_CLEAR" in_clear db -e "$REMOVE"
    serves_nothing
    equal "the requests that certfs was told of" "$(of_status .last_request)" null

    server_stop db
    sql_start db --disable-skip-name-resolve
    matches "the host of such a session" \
        "$(in_clear db -e "SELECT HOST FROM information_schema.PROCESSLIST LIMIT 1")" '^localhost:[0-9]+$'
    refuses "$IN_CLEAR" in_clear db <call.sql
    imports over_tls db first

    server_stop db
    sql_start db --performance-schema=on
    refuses "$IN_CLEAR" in_clear db <call.sql
    imports over_socket db second
    imports over_tls db first
}

@test "a session's own settings do not open what is closed" {
    refuses "$IN_CLEAR" in_clear db -e "SET @certfs_answer = 'x', @certfs_statement = 'x', max_join_size = 1; $REMOVE"
    refuses "$IN_CLEAR" in_clear db -e "SET sql_select_limit = 0, sql_mode = ''; $REMOVE"
}

@test "line breaks as they are or as \\n, doubled backslashes, NO_BACKSLASH_ESCAPES: all of it imports" {
    local one_line mode
    one_line=$(payload "$PKI"/{ca,first,first-key}.pem)
    for mode in '' NO_BACKSLASH_ESCAPES ANSI_QUOTES,NO_BACKSLASH_ESCAPES ORACLE; do
        call_set second >layout.sql
        call "'$one_line'" >one-line.sql
        for file in layout one-line; do
            { echo "SET sql_mode = '$mode';" && cat "$file.sql"; } >call.sql
            equal "the answer in '$mode' to $file" "$(over_tls db <call.sql)" "$IMPORTED"
        done
        now_serves first
        over_tls db <layout.sql
    done
    call "'${one_line//\\/\\\\}'" >call.sql
    equal "the answer to doubled backslashes" "$(over_tls db <call.sql)" "$IMPORTED"
    now_serves first
}

@test "whatever character set the session talks in, certfs gets UTF-8" {
    local set
    for set in latin1 utf8mb4 cp1251; do
        call_set first >call.sql
        { echo "SET NAMES $set;" && cat call.sql; } >in-set.sql
        equal "the answer in $set" "$(over_tls db <in-set.sql)" "$IMPORTED"
    done
    { echo "SET collation_connection = ucs2_general_ci;" && cat call.sql; } >in-set.sql
    equal "the answer in ucs2" "$(over_tls db <in-set.sql)" "$IMPORTED"
    now_serves first
}

@test "a payload of several writes is one request" {
    make_many_cas many.pem 110
    cat "$PKI/ca.pem" many.pem >cas.pem
    call "$(payload_aws cas.pem "$PKI/first.pem" "$PKI/first-key.pem")" >call.sql
    [ "$(wc -c <call.sql)" -gt 200000 ] || fail "the payload is too small"
    equal "the answer" "$(over_tls db <call.sql)" "$IMPORTED"
    equal "the certificates in ca.pem" "$(grep -c 'BEGIN CERT' "$MNT/ca.pem")" 111
}

@test "NULL, the empty string, and what is no JSON are refused in certfs's words" {
    refuses "the document is empty; one request is expected, a JSON document" over_tls db \
        -e "CALL mysql.rds_import_binlog_ssl_material(NULL)"
    refuses "the document is empty; one request is expected, a JSON document" over_tls db \
        -e "CALL mysql.rds_import_binlog_ssl_material('')"
    run -1 over_tls db -e "CALL mysql.rds_import_binlog_ssl_material('{\"ssl_ca\":')"
    equal "the answer" "${output#*line 1: }" "$(cat "$MNT/last")"
}

# Whatever a warning holds, and whatever the session has set.
@test "below the answer each warning and repair of this request has a row, as last has its line" {
    local setting
    sed 's/$/\r/' "$PKI/first.pem" >first.pem
    make_key weak rsa:1024
    _certify weak "/CN=it's \\\\ weak%s\"" ""
    call "'$(payload <(cat "$PKI/ca.pem" "$PKI/weak.pem") first.pem "$PKI/first-key.pem")'" >call.sql
    for setting in sql_mode=DEFAULT sql_mode=ANSI_QUOTES collation_connection=ucs2_general_ci \
        character_set_results=latin1 sql_select_limit=1; do
        { echo "SET $setting;" && cat call.sql; } >in-session.sql
        over_tls db --raw <in-session.sql >answer
        equal "the rows with $setting" "$(cat answer)" "$IMPORTED"$'\n'"$(tail -n +2 "$MNT/last")"
    done
    matches "the rows" "$(cat answer)" "it's "
    equal "the number of rows" "$(wc -l <answer)" 5
}

@test "a second CALL rotates, a third one with the same changes nothing, and removal removes" {
    local generation
    imports over_tls db first
    imports over_tls db second
    now_serves second
    generation=$(of_status .generation)
    imports over_tls db second
    equal "the generation" "$(of_status .generation)" "$generation"
    equal "the answer" "$(over_tls db -e "$REMOVE")" "$REMOVED"
    serves_nothing
}

@test "two sessions with different faults at the same moment each get their own" {
    make_ca other
    make_leaf stranger other
    call_set first second >mismatch.sql
    call_set stranger >stranger.sql
    imports over_tls db first
    for _ in {1..25}; do cat mismatch.sql; done >mismatches.sql
    for _ in {1..25}; do cat stranger.sql; done >strangers.sql
    background session over_tls mismatches
    local one=$BACKGROUND
    background session over_socket strangers
    wait "$one" || true
    wait "$BACKGROUND" || true
    equal "what the first was told" "$(sed 's/.*at line [0-9]*: //' mismatches | sort | uniq -c | sed 's/^ *//')" \
        "25 $MISMATCH: it is not the key of certificate 1 of ssl_cert (CN=first,O=certfs tests)"
    matches "what the second was told" "$(sed 's/.*at line [0-9]*: //' strangers | sort | uniq -c)" \
        $'^ *25 [^\n]*(issuer|anchor|ssl_ca)[^\n]*$'
    now_serves first
}

@test "the account has EXECUTE alone: it writes no file, calls no helper, and the helpers lend nobody anything" {
    run -1 over_tls db -e "SELECT 1 INTO DUMPFILE '$WORK/files/certfs/x'"
    matches "the answer" "$output" "ERROR 1227 .*FILE privilege"
    run -1 over_tls db -e "CALL mysql.certfs_request('', '{}', FALSE, @findings)"
    matches "the answer" "$output" "ERROR 1370 .*execute command denied"

    sql db -e "CREATE USER wide@localhost; GRANT EXECUTE ON *.* TO wide@localhost"
    wide() {
        mariadb --no-defaults --socket="$WORK/db/socket" --user=wide --batch --skip-column-names "$@"
    }
    run -1 wide -e "CALL mysql.certfs_request('', '{}', FALSE, @findings)"
    matches "the answer" "$output" "ERROR 1227 .*FILE privilege"
    wide -e "CALL mysql.certfs_ask('Password FROM mysql.global_priv', @answer); SELECT @answer" >answer
    equal "what it asked for" "$(cat answer)" NULL
}

@test "the right to import does not include the right to remove, in any document" {
    local document generation
    imports over_tls db first
    generation=$(of_status .generation)
    for document in '{"Action":"rds_remove_binlog_ssl_material"}' '{"\\u0041ction":"rds_remove_binlog_ssl_material"}' \
        '{"Action":"rds_\\u0072emove_binlog_ssl_material"}' '{"Action":"DescribeCertificates"}'; do
        refuses "Action: only rds_import_binlog_ssl_material is taken here" over_tls db \
            -e "CALL mysql.rds_import_binlog_ssl_material('$document')"
    done
    now_serves first
    equal "the generation" "$(of_status .generation)" "$generation"
}

@test "an account without EXECUTE cannot call them" {
    sql db -e "CREATE USER nobody@localhost"
    run -1 mariadb --no-defaults --socket="$WORK/db/socket" --user=nobody -e "$REMOVE"
    matches "the answer" "$output" "ERROR 1370 .*execute command denied"
}

@test "nothing of a call stays in the session, and what was there stays as it was" {
    call_set first >good.sql
    call_set first second >bad.sql
    {
        echo "SET @a = 1; PREPARE own FROM 'SELECT ''mine'''; SET sql_mode = 'ANSI_QUOTES', NAMES latin1;"
        cat good.sql bad.sql
        echo "$REMOVE;"
        echo "SELECT COUNT(*), SUM(VARIABLE_VALUE LIKE '%BEGIN%') FROM information_schema.USER_VARIABLES"
        echo "WHERE VARIABLE_NAME <> 'a' AND VARIABLE_VALUE IS NOT NULL;"
        echo "SELECT @a, @@sql_mode, @@character_set_client; EXECUTE own; EXECUTE certfs_statement;"
    } >session.sql
    session over_tls session
    equal "what the session said" "$(grep -v ERROR session)" "$IMPORTED
$REMOVED
0	NULL
1	ANSI_QUOTES	latin1
mine"
    matches "its errors" "$(grep ERROR session)" "$MISMATCH.*Unknown prepared statement handler \(certfs_statement\)"
}

@test "the file loads again, in any sql_mode and character set, and leaves its session as it was" {
    local mode state="SELECT @@sql_mode, @@sql_log_bin, @@character_set_client, @@character_set_results,
        @@collation_connection,
        (SELECT COUNT(*) FROM information_schema.USER_VARIABLES WHERE VARIABLE_VALUE IS NOT NULL);"
    for mode in TRADITIONAL ANSI,NO_BACKSLASH_ESCAPES ORACLE ''; do
        {
            echo "SET NAMES latin1 COLLATE latin1_bin, sql_mode = '$mode'; $state"
            procedures
            echo "$state"
        } >load.sql
        sql db <load.sql >states
        equal "the lines" "$(wc -l <states)" 2
        equal "the session after loading in '$mode'" "$(uniq states | wc -l)" 1
        accounts db
        imports over_tls db first
        refuses "$MISMATCH" over_tls db < <(call_set first second)
    done
}

@test "a dump of the schema mysql with its routines holds the procedures, and they work after it is loaded" {
    mariadb-dump --no-defaults --socket="$WORK/db/socket" --user=root --routines mysql >dump.sql
    equal "the procedures in it" "$(grep -c 'CREATE DEFINER=.* PROCEDURE `\(rds_\|certfs_\)' dump.sql)" 6
    for name in rds_import_binlog_ssl_material rds_remove_binlog_ssl_material rds_set_binlog_source_ssl certfs_request \
        certfs_ask certfs_answer; do
        echo "DROP PROCEDURE $name;"
    done | sql db mysql
    sql db mysql <dump.sql
    accounts db
    imports over_tls db first
    equal "the answer" "$(over_tls db -e "$REMOVE")" "$REMOVED"
}
