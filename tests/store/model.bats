#!/usr/bin/env bats
# A store's life at random against a model: the served sets after each start are those of the model (model.py).
# CERTFS_ROUNDS is how many (40); CERTFS_MODEL_SEED repeats a run. tests/store/model-300 is the long form.

load ../lib/certfs.bash
load store.bash

setup_file() {
    pki_begin
    for name in a b c; do
        make_pki "$name" ec:P-256
    done
}

test_setup() {
    store_begin
}

test_teardown() {
    [ -z "$(processes)" ] || kill_all
}

@test "the served sets after each start are those of the model, and no number is given twice" {
    seed=${CERTFS_MODEL_SEED:-$((RANDOM * 32768 + RANDOM))}
    echo "# the seed is $seed" >&3
    new_key alpha
    new_key beta
    python3 "$BATS_TEST_DIRNAME/model.py" "$seed" "${CERTFS_ROUNDS:-40}" "$CERTFS" "$WORK" "$PKI" a b c >said 2>&1 ||
        fail "$(cat said)"
    sed 's/^/# /' said >&3
}
