#!/usr/bin/env bats
# The worker dies while it has a request: before it processes it, while it carries it out, before and after its reply.
# The next worker answers it, whether the kernel sends it again (Linux 6.9) or not.

load ../lib/certfs.bash
load ../store/store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    store_begin
}

# scenes NAME...: requests.py with the build with hooks.
scenes() {
    with_hooks
    python3 "$ROOT/tests/takeover/requests.py" "$CERTFS" "$WORK" "$PKI" "$@" 3>&- ||
        fail "$(grep -v "certfs: event=" "$WORK/log" | tail -n 20)"
}

@test "a request that the worker has when it dies is sent again, and answered by the next one" {
    scenes lookup open_and_read write texts poison
}

@test "where the kernel sends nothing again, it is processed again from its slot" {
    export CERTFS_TEST_LACKS=resend
    scenes lookup open_and_read write texts poison
}
