#!/usr/bin/env bats
# Upgrades beside readers, writers and pollers (stress.py), there and back. TAKEOVER_OTHER is another build (the same, in
# another file); tests/takeover/upgrades-10 makes one whose state in shared memory has other sizes. TAKEOVER_UPGRADES is
# how many (2).

load ../lib/certfs.bash
load ../store/store.bash
load takeover.bash

setup_file() {
    takeover_begin
}

test_setup() {
    store_begin
    with_hooks
    # Only root may be able to replace it.
    INSTALLED=$(mktemp -d /usr/local/lib/certfs-test.XXXXXX)
    cp "$CERTFS" "$INSTALLED/certfs"
    OTHER=${TAKEOVER_OTHER:-$CERTFS}
}

test_teardown() {
    rm -rf "$INSTALLED"
}

@test "no request fails, hangs or is done twice, and no set is mixed, while another program takes over, and the worker dies" {
    CERTFS_HOOKS=$INSTALLED/certfs stress --random "${TAKEOVER_UPGRADES:-2}" --upgrades "${TAKEOVER_UPGRADES:-2}" --other "$OTHER"
}
