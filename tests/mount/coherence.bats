#!/usr/bin/env bats
# Readers and rotations: what is open stays as it was opened, what is opened later is new, and nothing is mixed.
# The readers are in ../lib/coherence.py.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    # Files of one set are longer than those of the other, so that a wrong size shows.
    make_pki a rsa:2048 intermediate
    make_pki b rsa:3072
    cat "$PKI/a-root.pem" >>"$PKI/b/ca.pem"
    payload_of b >"$PKI/b.json"
}

# begin: mounts, notes how both sets are served, and serves the first.
begin() {
    mount_certfs -o owner=root
    local name
    for name in b a; do
        import "$name"
        mkdir "$WORK/$name"
        cat "$MNT/ca.pem" >"$WORK/$name/ca.pem"
        cat "$MNT/cert.pem" >"$WORK/$name/cert.pem"
        cat "$MNT/key.pem" >"$WORK/$name/key.pem"
        cp "$PKI/$name.json" "$WORK/$name/payload.json"
        serves "$name"
    done
    ! cmp -s "$WORK"/{a,b}/ca.pem || fail "the sets do not differ"
}

# A hang is a failure, not the end of the run.
coherence() {
    timeout -k 5 180 python3 "$LIB/coherence.py" "$1" "$MNT" "$WORK/a" "$WORK/b"
}

@test "an old descriptor reads the whole old content, and its size is true" {
    begin
    coherence old_descriptor
}

@test "an old descriptor outlives any number of rotations" {
    begin
    coherence old_descriptor_many_generations
}

@test "an old mapping of a certificate shows the old content, private and shared" {
    begin
    coherence old_mapping
}

@test "after the write returns, every path gives the new set, and stat, fstat and listing agree" {
    begin
    coherence at_once
}

@test "files vanish and appear at once: nothing remembers that a name was missing" {
    begin
    coherence appear_and_vanish
}

@test "a held key gives EIO after the removal" {
    begin
    coherence held_key
}

@test "certificates are in the page cache, the key is not" {
    begin
    coherence page_cache
}

@test "4 readers and 2 writers over 200 rotations: every file is wholly of one set" {
    begin
    coherence many
    equal result "$(of_status .last_request.result)" ok
}

@test "a reader is not delayed by an import that is held for 2 s" {
    with_hooks CERTFS_TEST_HOLD_MS=2000
    begin
    coherence held_import
}

@test "two imports that are held take turns, and reading goes on" {
    with_hooks CERTFS_TEST_HOLD_MS=200
    begin
    coherence held_imports_in_a_row
}

@test "a watcher of control hears of an import when the new set is there" {
    begin
    coherence notices
}

# map FILE...: a process that maps them, as MAPPER; mappings_say TEXT ends it and compares.
map() {
    coproc MAPPER { python3 "$LIB/mapping.py" "$@" 3>&-; }
    read -r -t "$SECONDS_TO_WAIT" -u "${MAPPER[0]}" line
    equal "what it says" "$line" ready
}

mappings_say() {
    echo go >&"${MAPPER[1]}"
    equal "the mappings" "$(xargs <&"${MAPPER[0]}")" "$1"
}

@test "a mapping made before the removal shows nothing of the set afterwards" {
    begin
    map "$MNT"/{key,cert,ca}.pem "$MNT/generations/2"/{key,cert}.pem
    remove_material
    mappings_say "SIGBUS SIGBUS SIGBUS SIGBUS SIGBUS"
}

@test "a mapping of a generation that is gone shows nothing after the removal either" {
    begin
    map "$MNT"/{key,cert}.pem
    for _ in {1..10}; do
        import b
        import a
    done
    remove_material
    mappings_say "SIGBUS SIGBUS"
}

@test "a mapping of a set stays when another one is removed" {
    begin
    import_named other b
    map "$MNT/key.pem" "$MNT/certificates/other/key.pem"
    echo '{"Action":"rds_remove_binlog_ssl_material","CertificateIdentifier":"other"}' >"$CONTROL"
    mappings_say "$(head -n 1 "$MNT/key.pem" | head -c 27) SIGBUS"
}
