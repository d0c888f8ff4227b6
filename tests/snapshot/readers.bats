#!/usr/bin/env bats
# What begins to read after an import's write has returned reads the new set, whatever program's order it is.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

setup() {
    test_begin
}

teardown() {
    test_end
}

@test "the orders of real programs, on one thread and on several: after the write returned all is new" {
    mount_certfs
    python3 "$ROOT/tests/snapshot/readers.py" "$MNT" "$PKI/a.json" "$PKI/b.json" >"$WORK/out" || {
        cat "$WORK/out"
        fail "somebody read an old set, or parts of two"
    }
}
