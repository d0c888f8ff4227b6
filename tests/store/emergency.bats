#!/usr/bin/env bats
# In an emergency openssl alone opens a record, and what it prints restores the set on another host.
# The lines between "README" and "end" are those of the README, letter by letter.

load ../lib/certfs.bash
load store.bash

setup_file() {
    pki_begin
    make_pki a
    make_pki b ec:P-256
}

test_setup() {
    store_begin
}

# README
open_in_emergency() {
    openssl cms -decrypt -inform DER \
        -in "$STORE/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" \
        -secretkey "$(od -An -v -tx1 "$KEYS/certfs" | tr -d ' \n')" \
        -secretkeyid "$(printf %s certfs | od -An -v -tx1 | tr -d ' \n')"
}
# end

# another_host [STORE]: leaves the host of the record and starts certfs elsewhere, with a store and a key of its own.
another_host() {
    stop
    MNT=$WORK/elsewhere
    CONTROL=$MNT/control
    mkdir -m 0700 "$WORK/other-store" "$WORK/other-keys"
    mkdir "$MNT"
    KEYS=$WORK/other-keys STORE=$WORK/other-store
    new_key certfs
    [ $# -eq 0 ] || STORE=$1
    serve
}

@test "the line of the README opens the record, and cat restores the set on another host" {
    serve
    import b
    import a
    open_in_emergency >document
    equal "the set's own members" "$(jq -cS 'del(.Record, .KmsKeyId)' document)" \
        "$(jq -cS --rawfile key "$MNT/key.pem" '. + {Accept: [], ssl_key: $key}' "$PKI/a.json")"
    (cd "$MNT" && sha256sum ca.pem cert.pem key.pem) >sums
    another_host
    cat document >"$CONTROL"
    (cd "$MNT" && sha256sum --quiet -c "$WORK/sums")
    equal "the generation" "$(generation)" 1
    restart
    (cd "$MNT" && sha256sum --quiet -c "$WORK/sums")
}

@test "the pipe needs no file in between" {
    serve
    import a
    record=$ROOT_SET keys=$KEYS
    another_host
    (
        STORE=${record%/*} KEYS=$keys
        open_in_emergency
    ) | cat >"$CONTROL"
    serves a
}

@test "a set with waivers is restored with them" {
    serve
    make_key small rsa:1024
    _certify small "/CN=small" "" "${LEAF_EXTENSIONS[@]}" -addext "subjectAltName=IP:127.0.0.1"
    payload "$PKI/small.pem" "$PKI/small.pem" "$PKI/small-key.pem" | jq '. + {Accept: ["weak_key"]}' >"$CONTROL"
    open_in_emergency >document
    another_host
    cat document >"$CONTROL"
    equal "what is waived" "$(of_status .material.waived)" '["weak_key"]'
}

@test "a record can be restored where everything is kept in memory only" {
    serve
    import a
    open_in_emergency >document
    another_host none
    cat document >"$CONTROL"
    serves a
}

@test "a record of two sets of 600 KB can be restored without the previous one" {
    serve
    for name in a b; do
        cp "$PKI/$name/ca.pem" "$name-ca.pem"
        PKI=$WORK make_many_cas "$name-ca.pem" 290
        payload "$name-ca.pem" "$PKI/$name/cert.pem" "$PKI/$name/key.pem" >"$CONTROL"
    done
    open_in_emergency >document
    [ "$(wc -c <document)" -gt $((1024 * 1024)) ] || fail "the document is too small for this test"
    another_host
    jq -c '.Record |= del(.Previous, .Opened, .PreviousOpened, .Judged, .PreviousJudged)' document >"$CONTROL"
}

@test "with another key, or with the key under another name, the record does not open" {
    serve
    import a
    cp "$KEYS/certfs" key
    head -c 32 /dev/zero | install -m 0400 /dev/stdin "$KEYS/certfs"
    ! open_in_emergency >document 2>said || fail "it opened"
    equal "what was printed" "$(wc -c <document)" 0
    ! openssl cms -decrypt -inform DER -in "$ROOT_SET" -secretkey "$(od -An -v -tx1 key | tr -d ' \n')" \
        -secretkeyid "$(printf %s other | od -An -v -tx1 | tr -d ' \n')" >document 2>said || fail "it opened"
}

@test "a set that openssl sealed is served as if certfs had sealed it" {
    record_of a 3 | seal_record "$ROOT_SET"
    serve
    serves a
    equal "the generation" "$(generation)" 3
}
