#!/usr/bin/env bats
# kill -9 of both processes at random moments while requests run: what was acknowledged is served after each restart.
# CERTFS_KILLS is how many (20); CERTFS_KILL_SEED repeats a run. tests/store/kill-1000 is the long form.

load ../lib/certfs.bash
load store.bash

setup_file() {
    pki_begin
    for name in a b c; do
        make_ca "$name-root" "" ec:P-256
        make_leaf "$name" "$name-root" ec:P-256
        mkdir "$PKI/$name"
        cp "$PKI/$name-root.pem" "$PKI/$name/ca.pem"
        cp "$PKI/$name.pem" "$PKI/$name/cert.pem"
        cp "$PKI/$name-key.pem" "$PKI/$name/key.pem"
        payload_of "$name" >"$PKI/$name.json"
    done
}

test_setup() {
    store_begin
}

test_teardown() {
    [ -z "$(processes)" ] || kill_all
}

@test "an acknowledged change is served after a kill, whole, and any other leaves no trace" {
    seed=${CERTFS_KILL_SEED:-$((RANDOM * 32768 + RANDOM))}
    echo "# the seed is $seed" >&3
    python3 "$BATS_TEST_DIRNAME/kill.py" "$seed" "${CERTFS_KILLS:-20}" "$CERTFS" "$WORK" "$PKI" a b c >said 2>&1 ||
        fail "$(cat said)"
    sed 's/^/# /' said >&3
}
