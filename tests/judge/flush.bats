#!/usr/bin/env bats
# MariaDB loads every set that certfs accepts: the outside sets one after another under a running server, with FLUSH
# SSL after each and a look at the certificate that a new connection is shown.

bats_require_minimum_version 1.5.0

load judge.bash
load ../mariadb/server.bash

setup_file() {
    pki_begin
    certificate root as=ca
    certificate leaf issuer=root
}

test_setup() {
    local options
    CORPORA=$ROOT/../shared/corpora
    [ -e "$CORPORA/material.jsonl.xz" ] || skip "the corpora are absent: ../shared/corpora beside the repository"
    at tls
    mount_certfs -o owner=mysql
    document root leaf leaf-key
    cat document.json >"$CONTROL"
    mapfile -t options < <(with_mount tls)
    server_start db "${options[@]}"
}

@test "FLUSH SSL never fails, whatever set was taken and whatever was repaired" {
    local status=0
    python3 "$BATS_TEST_DIRNAME/corpora.py" "$CORPORA" flush "$MNT" "$WORK/db/socket" "$(cat "$WORK/db/port")" \
        >judged || status=$?
    grep '^# ' judged >&3 || true
    [ "$status" = 0 ] || fail "$(grep -v '^# ' judged | head -n 40)"
}
