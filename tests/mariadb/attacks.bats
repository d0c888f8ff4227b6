#!/usr/bin/env bats
# Attacks by a stranger, with a real server beside: documents that are expensive to judge, from an account that has
# EXECUTE alone, and directories that are read into memory which never answers. One server for the file.

bats_require_minimum_version 1.5.0
load sql.bash
load ../lib/silent.bash

setup_file() {
    local name options
    pki_begin
    make_ca ca "" ec:P-256
    for name in server client first second; do
        make_leaf "$name" ca ec:P-256
    done
    test_begin
    drop_mount
    import_set first
    mapfile -t options < <(with_mount tls)
    sql_serve db "${options[@]}"
    python3 "$BATS_TEST_DIRNAME/hostile.py" "$WORK"
    export WORK
}

setup() {
    at tls
    cd "$WORK" || return
    rm -f answer status
}

# Also what holds a directory, before anything waits for the end of the server.
teardown() {
    background_end
    [ -z "${BATS_TEST_COMPLETED-}" ] || return 0
    printf 'the log of the server ends with\n'
    tail -n 15 "$WORK/db/log"
}

teardown_file() {
    local BATS_TEST_COMPLETED=1
    [ -n "${WORK-}" ] || return 0
    servers_end
    test_end
}

shows() {
    equal "the serial that is shown" "$(serial db)" "$(serial_of "$PKI/$1.pem")"
}

# finishes COMMAND...: it succeeds, and whatever it waits for, this test goes on.
finishes() {
    rm -f "$WORK/finished"
    background _finishes "$@"
    eventually [ -e "$WORK/finished" ] || fail "held up: $*" || return
    equal "the status of $*" "$(cat "$WORK/finished")" 0
}

_finishes() {
    local status=0
    "$@" || status=$?
    echo "$status" >"$WORK/finished.new"
    mv "$WORK/finished.new" "$WORK/finished"
}

@test "while nobody reads each directory into memory that never answers, imports and FLUSH SSL go through" {
    local directory
    silent_begin
    umount "$WORK/files/certfs"
    unmount_certfs
    drop_mount # nothing of it has been looked up yet
    for directory in . generations certificates import; do
        hold nobody getdents "$MNT/$directory"
        matches "what becomes of $directory" "$HELD" '^(held|refused EACCES)$'
    done
    finishes import_set second
    for directory in current/ generations/1; do
        hold nobody getdents "$MNT/$directory"
        matches "what becomes of $directory" "$HELD" '^(held|refused EACCES)$'
    done
    finishes sql db -e "FLUSH SSL"
    shows second
    finishes import_set first
    finishes sql db -e "FLUSH SSL"
    shows first
}

# refuses_at_once NAME SENTENCE: the CALL of NAME.sql; then the server answers, and root's import goes through.
refuses_at_once() {
    rm -f status
    background calls "$1.sql"
    eventually answered || fail "the server does not come back from $1" || return
    equal "the answer to $1" "$(cat answer)" "ERROR 1644 (45000) at line 1: $2" || return
    finishes sql db -e "DO 0" || return
    NEXT=$([ "$NEXT" = second ] && echo first || echo second)
    finishes import_set "$NEXT" || return
    now_serves "$NEXT"
}

@test "with EXECUTE alone, documents that are dear to judge are refused at once, and the server shuts down as it should" {
    local name sentence excess costly
    costly="validating ssl_ca takes too much work: give fewer certificates, smaller keys or fewer names"
    excess="an RSA key over 16384 bits"
    NEXT=first
    while IFS=: read -r name sentence; do
        refuses_at_once "$name" "$sentence"
    done <<END
dsa-key:ssl_key holds a DSA key; RSA, EC, Ed25519 and Ed448 keys are supported
rsa-key:ssl_key holds $excess
rsa-leaf:block 1 of ssl_cert has $excess
explicit-curves:block 2 of ssl_ca has an EC key with explicit parameters; a named curve is needed
compressed-points:$costly
issuers:$costly
END
    finishes sql db -e "FLUSH SSL"
    shows "$NEXT"
    finishes mariadb-admin --no-defaults --skip-ssl-verify-server-cert --socket="$WORK/db/socket" --user=root shutdown
    ended "$(cat db/pid)"
    grep -q 'mariadbd: Shutdown complete' db/log || fail "it did not shut down: $(tail -n 5 db/log)"
}
