#!/usr/bin/env bats
# The price of the most expensive document: price.py drives each knob of one up to 1 MiB, those that take long to make
# with a few documents alone. The long form is `make price`.

bats_require_minimum_version 1.5.0

load judge.bash

# The figures go to the test's output.
costs() {
    local status=0
    python3 "$BATS_TEST_DIRNAME/price.py" "$ROOT/build/measure" "$@" >"$BATS_TEST_TMPDIR/prices" || status=$?
    sed '$d' "$BATS_TEST_TMPDIR/prices" >&3
    [ "$status" = 0 ] || fail "$(cat "$BATS_TEST_TMPDIR/prices")"
}

setup_file() {
    build_measure
}

@test "private keys: no algorithm, size, exponent or wrong part makes one cost more than 2 s" {
    costs short dsa-key dh-key other-key rsa-key-exponent rsa-pss-key ec-key nested-key
    costs few rsa-key-size rsa-key-parts
}

@test "certificates: no kind of key, extension, name or number makes them cost more than 2 s" {
    costs short relative-points
    costs few resources rsa-public-key other-public-key ec-public-key tiny-certificates numbers-and-times names der-depth
}

@test "paths: no number of issuers, signatures or name constraints makes one cost more than 2 s" {
    costs few issuers-of-one-name long-paths name-constraints constraints-in-ber replacing
}

@test "wallets: no iterations, parts, bags or certificates make one cost more than 2 s" {
    costs short wallet-iterations wallet-bags
    costs few wallet-certificates wallet-text
}

@test "text: no JSON and no PEM costs more than 2 s" {
    costs few json-text pem-text
}
