#!/usr/bin/env bats
# No key in clear: no piece of a private key is in any file of the store, nor in what a killed import leaves there.
# pieces.py defines a piece.

load ../lib/certfs.bash
load store.bash
load trace.bash

setup_file() {
    pki_begin
    make_pki a
    make_pki b
}

test_setup() {
    store_begin
}

test_teardown() {
    trace_end
    [ -z "$(processes)" ] || kill_all
}

# pieces_in KEY FILE...: how many are found.
pieces_in() {
    python3 "$BATS_TEST_DIRNAME/pieces.py" "$@" >found || { fail "pieces.py failed"; return 1; }
    sed -n '1s/^found \([0-9]*\) of .*/\1/p' found
}

# no_piece: of either key, in any file of the store; there are as many files as are named, beside the empty mark.
no_piece() {
    local files
    mapfile -t files < <(find "$STORE" -type f -size +0)
    equal "files in the store" "${#files[@]}" "$1" || return
    for name in a b; do
        equal "pieces of $name" "$(pieces_in "$PKI/$name/key.pem" "${files[@]}")" 0 || { cat found; return 1; }
    done
}

@test "the search finds the pieces where they are" {
    serve
    import a
    for form in "$PKI/a/key.pem" "$MNT/key.pem" "$PKI/a.json"; do
        cp "$form" copy
        [ "$(pieces_in "$PKI/a/key.pem" copy)" -gt 15 ] || fail "not in $form: $(cat found)"
        equal "of another key" "$(pieces_in "$PKI/b/key.pem" copy)" 0
    done
    openssl rsa -in "$PKI/a/key.pem" -outform DER -out copy 2>/dev/null
    [ "$(pieces_in "$PKI/a/key.pem" copy)" -gt 800 ] || fail "not in DER: $(head -n 1 found)"
    open_record "$ROOT_SET" >copy
    [ "$(pieces_in "$PKI/a/key.pem" copy)" -gt 15 ] || fail "not in the opened record"
}

@test "imports, restores and a removal: nothing in any file" {
    serve
    import a
    no_piece 1
    import b
    restore_previous
    no_piece 1
    restart
    no_piece 1
    remove_material
    no_piece 0
}

# killed_at CALL NTH: kills the worker within an import, at the NTH such call; the supervisor ends by itself.
killed_at() {
    local pids
    mapfile -t pids < <(processes)
    trace_importer "trace=$1" "inject=$1:signal=KILL:when=$2"
    ! import b 2>/dev/null || fail "it was not killed at $1" || return
    trace_end
    ended "${pids[@]}" || return
    ! mountpoint -q "$MNT" || umount "$MNT"
}

@test "nothing in what an import leaves behind that was killed" {
    trace_needed
    with_hooks CERTFS_TEST_LACKS=takeover
    serve
    import a
    killed_at fsync 1
    [ -s "$ROOT_SET.certfs-new" ] || fail "there is no .certfs-new: $(ls -A "$STORE")"
    no_piece 2
    serve
    serves a
    killed_at /^rename 1
    [ -s "$ROOT_SET.certfs-old" ] || fail "there is no .certfs-old: $(ls -A "$STORE")"
    no_piece "$(find "$STORE" -type f -size +0 | wc -l)"
    serve
    serves_either a b
    no_piece 1
}

serves_either() {
    serves "$1" 2>/dev/null || serves "$2"
}

# OpenSSL's CMS code keeps plaintext in buffers on the stack; how far down depends on how long the record is.
@test "after imports and removals no piece is in the worker's memory, however long the records were" {
    local round name
    serve
    cp "$PKI/a/ca.pem" many.pem
    for round in {1..12}; do
        name=a
        ((round % 2)) || name=b
        make_ca "extra$round" "" ec:P-256
        cat "$PKI/extra$round.pem" >>many.pem
        payload <(cat "$PKI/$name/ca.pem" many.pem) "$PKI/$name/cert.pem" "$PKI/$name/key.pem" >"$CONTROL"
        [ "$(python3 "$LIB/memory.py" scan "$PKI/$name/key.pem" "$(worker_pid)" | sed -n '1s/found \([0-9]*\) .*/\1/p')" -gt 15 ]
        remove_material
        python3 "$LIB/memory.py" scan "$PKI/$name/key.pem" "$(worker_pid)" >found
        equal "pieces of $name in round $round" "$(head -n 1 found | cut -d' ' -f1,2)" "found 0" || { cat found; return 1; }
    done
}
