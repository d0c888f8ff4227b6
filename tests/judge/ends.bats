#!/usr/bin/env bats
# The end of a set comes near and comes while certfs runs, its clock ten days a second fast (libfaketime): status,
# metrics and the log report it without a new import.

bats_require_minimum_version 1.5.0

load judge.bash

setup_file() {
    pki_begin
    certificate brief as=ca until='160 days'
    certificate long issuer=brief until='3650 days'
}

test_setup() {
    local found
    judge_needs_root
    found=(/usr/lib/*/faketime/libfaketimeMT.so.1)
    [ -e "${found[0]}" ] || skip "libfaketime is missing: apt-get install faketime"
    FAKETIME_LIBRARY=${found[0]}
}

# In the foreground, so that its log is there to read.
mount_fast() {
    mkdir "$MNT"
    background env LD_PRELOAD="$FAKETIME_LIBRARY" FAKETIME='+0d x864000' FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 \
        "$CERTFS" none "$MNT" -f -o owner=root >"$WORK/log" 2>&1
    eventually test -e "$CONTROL" || { cat "$WORK/log"; return 1; }
}

warned_of() {
    of_status -r '.material.warnings[].name' | grep -qx "$1"
}

logged() {
    grep -qE "$1" "$WORK/log"
}

@test "the clock moves past the CA's end: status, metrics and the log report when it comes near and when it has come" {
    mount_fast
    document brief long long-key
    cat document.json >"$CONTROL"
    eventually warned_of fails_today
    logged 'the served set: certificate 1 of ssl_ca \(CN=brief.*\) ends on 20[0-9-]+, in 2[89] days$|.*in 30 days$'
    eventually logged 'the served set: certificate 1 of ssl_ca \(CN=brief.*\) expired '
    equal "lines about it" "$(grep -c 'the served set: ' "$WORK/log")" 2
    equal "the generation" "$(of_status .generation)" 1
    matches "the problem" "$(of_status -r '.problems[]')" 'would be refused today: certificate 1 of ssl_ca \(CN=brief'
    equal valid_until "$(of_status '.material.valid_until')" "$(date -d "$(openssl x509 -in "$PKI/brief.pem" -noout -enddate | cut -d= -f2)" +%s)"
    grep -qx 'certfs_problems 1' "$MNT/metrics"
    unmount_certfs
    ended "$BACKGROUND"
}
