#!/usr/bin/env bats
# A document is judged on a mount as by certfs --check, which makes whatever system calls it likes: no document makes the
# confined process do what kills it, or judge otherwise.

bats_require_minimum_version 1.5.0

load judge.bash

SHARED=$ROOT/../shared
ROOTS=150 # qsort(3) of glibc 2.36 asks for the size of the memory (sysinfo(2)) where it sorts more than 1024 bytes
VALUES=60

setup_file() {
    judge_begin
    good_sets
}

teardown_file() {
    judge_end
}

# agrees ARGUMENT...: as mounted.py has them, after CERTFS. The figures go to the test's output.
agrees() {
    local status=0
    python3 "$BATS_TEST_DIRNAME/mounted.py" "$SHARED" "$MNT" "$CERTFS" "$@" >"$WORK/judged" || status=$?
    grep '^# ' "$WORK/judged" >&3 || true
    [ "$status" = 0 ] || fail "$(grep -v '^# ' "$WORK/judged" | head -n 40)"
}

needs() {
    [ -e "$SHARED/$1" ] || skip "../shared/$1 is absent beside the repository"
}

# own NAME CA CERT KEY: documents/NAME.json
own() {
    mkdir -p "$WORK/documents"
    document "${@:2}" && mv "$WORK/document.json" "$WORK/documents/$1.json"
}

@test "kinds of keys, a bundle of $ROOTS roots, a name of $VALUES values, the largest document" {
    local kind i subject=/CN=wide
    for kind in ec:P-521 ec:secp256k1 ed25519 ed448 rsa-pss:2048 rsa:4096; do
        certificate "${kind/:/-}" issuer=root "kind=$kind"
        own "${kind/:/-}" root "${kind/:/-}" "${kind/:/-}-key"
    done
    for ((i = 0; i < ROOTS; i++)); do
        _openssl req -x509 -key "$PKI/root-key.pem" -days 30 -subj "/CN=root $i" -out "$PKI/one.pem"
        cat "$PKI/one.pem"
    done >"$WORK/bundle"
    own bundle "$WORK/bundle+root" leaf leaf-key
    for ((i = 0; i < VALUES; i++)); do
        subject+="+OU=$i"
    done
    _openssl req -multivalue-rdn -new -key "$PKI/leaf-key.pem" -subj "$subject" -out "$PKI/wide.csr"
    _openssl x509 -req -in "$PKI/wide.csr" -CA "$PKI/root.pem" -CAkey "$PKI/root-key.pem" -days 30 -out "$PKI/wide.pem"
    own wide root wide leaf-key
    own largest root leaf leaf-key
    printf "%$((1024 * 1024 - $(stat -c %s "$WORK/documents/largest.json")))s" "" >>"$WORK/documents/largest.json"
    agrees 1 0 "$WORK/documents/"
}

@test "reported documents, and wallets" {
    needs cases
    needs wallets
    agrees 1 0 cases wallets
}

@test "material: as it is, waived, and as named sets: a third of each" {
    needs corpora
    agrees 3 0 material waived named
}

@test "hostile files and JSON: one of four" {
    needs corpora
    agrees 4 1 hostile json
}
