#!/usr/bin/env bats
# A server that reloads without pause while sets rotate as fast as they can, and the program that ships for on_change=.

bats_require_minimum_version 1.5.0
load server.bash

setup_file() {
    pki_begin
    make_ca ca
    make_leaf first ca
    make_leaf second ca ec:P-256
    make_leaf third ca rsa:3072
    make_leaf client ca
    local name
    for name in first second third; do
        payload "$PKI"/{ca,"$name","$name"-key}.pem >"$PKI/$name.json"
    done
}

test_setup() {
    at tls
}

serve() {
    import first
    serve_from tls
}

# serve_from FOLDER: a server with the files in this folder of the test.
serve_from() {
    local options
    mapfile -t options < <(with_mount "$1")
    server_start db "${options[@]}"
    sql db -e "CREATE USER app@'127.0.0.1' REQUIRE X509; CREATE USER reloader; GRANT RELOAD ON *.* TO reloader"
}

# storm COUNT: so many rotations, one in eleven an import, the others back and forth. Prints when it is over.
storm() {
    local i names=(second third first)
    for ((i = 0; i < $1; i++)); do
        if ((i % 11 == 0)); then
            import "${names[i / 11 % 3]}"
        else
            echo '{"Action":"RestorePrevious"}' >"$CONTROL"
        fi
    done
    : >"$WORK/over"
}

# One connection, 100 reloads: all that goes wrong is in reloads.log.
reload() {
    yes 'FLUSH SSL;' | head -n 100 | sql db --force >>"$WORK/reloads.log" 2>&1
}

@test "a server that runs FLUSH SSL without pause while sets rotate without pause never fails to reload" {
    local reloads=0 before
    mount_certfs
    serve
    before=$(of_status .generation)
    background storm 1500
    local storming=$BACKGROUND
    until [ -e "$WORK/over" ]; do
        reload || fail "after $reloads reloads: $(cat "$WORK/reloads.log")"
        reloads=$((reloads + 100))
        kill -0 "$storming" 2>/dev/null || [ -e "$WORK/over" ] || fail "the rotations ended early"
    done
    equal "what the client said" "$(cat "$WORK/reloads.log")" ""
    equal "the server's complaints" "$(grep -ci 'ssl error' "$WORK/db/log" || true)" 0
    equal "the rotations" $(($(of_status .generation) - before)) 1500
    printf '# %d reloads during 1500 rotations, none failed\n' "$reloads" >&3

    import third
    sql db -e "FLUSH SSL"
    equal "the serial that is shown" "$(serial db)" "$(serial_of "$PKI/third.pem")"
}

# ship NAME: the program that ships, under this name, with its settings in the test's folder: its own are in /etc.
ship() {
    sed "s|/etc/certfs/on-change.conf|$WORK/on-change.conf|g" "$ROOT/scripts/on-change-mariadb" >"$WORK/$1"
    chmod 0755 "$WORK/$1"
    grep -q "$WORK/on-change.conf" "$WORK/$1" || fail "the program does not read its settings any more"
}

# settings USER: where the server is.
settings() {
    printf '%s\n' "socket=$WORK/db/socket" "options='--no-defaults --user=$1'" >"$WORK/on-change.conf"
}

report_matches() {
    [[ $(of_status .on_change) =~ $1 ]]
}

@test "on-change-mariadb makes the server present the new certificate, and status reports it" {
    local serial
    ship on-change-mariadb
    mount_certfs -o "on_change=$WORK/on-change-mariadb"
    serve
    settings reloader
    for name in second third first; do
        import "$name"
        serial=$(serial_of "$PKI/$name.pem")
        eventually report_matches "^[0-9]+ exit 0: .*presents $serial" || fail "status says: $(of_status .on_change)"
        matches "the run" "$(of_status .on_change)" "^$(of_status .generation) exit 0"
        equal "the serial that is shown" "$(serial db)" "$serial"
        log_in db -e "DO 0"
    done
}

# The client of MariaDB 11.4 and newer verifies by default, and knows nothing of a private CA.
@test "on-change-mariadb reloads a server of a private CA with an intermediate, whichever user may come from 127.0.0.1" {
    local name
    make_ca issuing ca
    for name in chained renewed; do
        make_leaf "$name" issuing
        cat "$PKI/issuing.pem" >>"$PKI/$name.pem"
        payload "$PKI"/{ca,"$name","$name"-key}.pem >"$PKI/$name.json"
    done
    ship on-change-mariadb
    mount_certfs -o "on_change=$WORK/on-change-mariadb"
    import chained
    serve_from tls
    settings reloader
    sql db -e "RENAME USER reloader TO reloader@localhost; DELETE FROM mysql.global_priv WHERE Host != 'localhost'; FLUSH PRIVILEGES"
    import renewed
    eventually report_matches "^2 exit 0: .*the server presents $(serial_of "$PKI/renewed.pem")" || fail "status says: $(of_status .on_change)"
    printf '%s\n' host=127.0.0.1 "port=$(cat "$WORK/db/port")" >>"$WORK/on-change.conf"
    import chained
    eventually report_matches "^3 exit 1: .*reloaded, but 127.0.0.1:[0-9]+ shows no certificate" || fail "status says: $(of_status .on_change)"
}

@test "on-change-mariadb reports the error: no right to reload, no server" {
    ship on-change-mariadb
    mount_certfs -o "on_change=$WORK/on-change-mariadb"
    serve
    sql db -e "CREATE USER weak"
    settings weak
    import second
    eventually report_matches '^2 exit 1: .*Access denied.*RELOAD' || fail "status says: $(of_status .on_change)"
    settings reloader
    server_stop db
    import third
    eventually report_matches "^3 exit 1: .*Can't connect" || fail "status says: $(of_status .on_change)"
}

@test "on-change-mariadb does not run settings that others can write or replace" {
    ship on-change-mariadb
    mkdir "$WORK/theirs"
    chmod 0755 "$WORK/theirs"
    sed -i "s|$WORK/on-change.conf|$WORK/theirs/on-change.conf|" "$WORK/on-change-mariadb"
    echo 'echo "they ran"; exit 0' >"$WORK/theirs/on-change.conf"
    run_alone() {
        run env -i PATH="$PATH" CERTFS_MOUNT="$MNT" CERTFS_SET=/ CERTFS_GENERATION=1 "$WORK/on-change-mariadb"
    }
    run_alone
    equal "root's own settings" "$output" "they ran"
    chmod 0666 "$WORK/theirs/on-change.conf"
    run_alone
    matches "settings that all can write" "$status $output" "^1 .* others than root: not reloaded"
    chmod 0644 "$WORK/theirs/on-change.conf"
    chown nobody "$WORK/theirs"
    run_alone
    matches "settings in a directory of nobody's" "$status $output" "^1 .* others than root: not reloaded"
    chown root "$WORK/theirs"
    mv "$WORK/theirs/on-change.conf" "$WORK/theirs/target"
    ln -s target "$WORK/theirs/on-change.conf"
    run_alone
    matches "a link" "$status $output" "^1 .* others than root: not reloaded"
}

@test "on-change-mariadb leaves the server alone when another set than its own is committed" {
    ship on-change-mariadb
    mount_certfs -o "on_change=$WORK/on-change-mariadb"
    serve
    settings reloader
    import_named source-1 second
    eventually report_matches '^2 of source-1 exit 0: .*another set than source-1: not reloaded' || fail "status says: $(of_status .on_change)"
    equal "the serial that is shown" "$(serial db)" "$(serial_of "$PKI/first.pem")"
}

@test "on-change-mariadb reloads a server that presents a named set" {
    ship on-change-mariadb
    mount_certfs -o "on_change=$WORK/on-change-mariadb"
    import_named own first
    serve_from tls/certificates/own
    settings reloader
    echo 'serves=own' >>"$WORK/on-change.conf"
    import_named own second
    eventually report_matches "^[0-9]+ of own exit 0: .*presents $(serial_of "$PKI/second.pem")" || fail "status says: $(of_status .on_change)"
    equal "the serial that is shown" "$(serial db)" "$(serial_of "$PKI/second.pem")"
    import third
    eventually report_matches '^3 exit 0: .*another set than /: not reloaded' || fail "status says: $(of_status .on_change)"
}
