#!/usr/bin/env bats
# Events while the answer of an import waits for readers, and how long anybody can make it wait.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    local set
    for set in a b; do
        make_pki "$set" ec:P-256
    done
}

test_setup() {
    mount_certfs -o owner=root,sql_import=Other
    import a
}

grace() {
    python3 "$ROOT/tests/snapshot/grace.py" "$@"
}

# crowd USER PROCESSES THREADS: in the background.
crowd() {
    cp "$ROOT/tests/snapshot/grace.py" "$WORK/grace.py"
    background setpriv --reuid="$1" --regid=nogroup --clear-groups \
        /usr/bin/python3 grace.py crowd "$MNT" "$2" "$3" >"$WORK/crowd" 2>&1
    eventually grep -q "all read" "$WORK/crowd" || { cat "$WORK/crowd"; return 1; }
}

# Starts an import of b whose answer waits; returns once the set is there.
waiting_import() {
    # shellcheck disable=SC2016
    background bash -c 'cat "$1" >"$2"; echo "$?" >"$3"' bash "$PKI/b.json" "$CONTROL" "$WORK/verdict"
    WRITER=$BACKGROUND
    eventually is_generation 2
}

is_generation() {
    [ "$(of_status .generation)" = "$1" ]
}

is_good() {
    grep -qx 0 "$WORK/verdict"
}

@test "imports of another set, status, metrics and reads go on while an answer waits" {
    grace beside "$MNT" "$PKI/b.json" "$PKI/a.json"
}

@test "SIGTERM while an answer waits: the writer has its verdict, and the mount ends" {
    local supervisor
    supervisor=$(supervisor_pid)
    crowd root 1 4
    waiting_import
    kill -TERM "$supervisor"
    eventually is_good
    eventually is_gone "$supervisor"
}

@test "umount --lazy while an answer waits: the writer has its verdict, and certfs ends" {
    local supervisor
    supervisor=$(supervisor_pid)
    crowd root 1 4
    waiting_import
    umount --lazy "$MNT"
    eventually is_good
    eventually is_gone "$supervisor"
}

@test "a writer that is killed while its answer waits ends, its set stays, and the next import is served" {
    crowd root 1 4
    waiting_import
    kill -KILL "$WRITER" || true # where the machine is slow, it has ended
    wait "$WRITER" || true
    serves b
    import a
    serves a
}

@test "a reader that is stopped in the middle delays one import, and reads the new set when it goes on" {
    local first ten
    read -r first ten < <(grace stopped "$MNT" "$PKI/b.json" "$PKI/a.json" || echo "not what is served")
    printf '# the first import %s s, ten more %s s\n' "$first" "$ten" >&3
    awk -v first="$first" -v ten="$ten" 'BEGIN { exit !(first > 0 && ten < 8 * first) }' || fail "$first, $ten"
}

@test "a stranger with hundreds of threads delays an import no longer than one with a few, and reads without an error" {
    local few many
    few=$(crowded 1 4)
    many=$(crowded 4 60)
    printf '# 10 imports beside 4 threads %s s, beside 240 threads %s s\n' "$few" "$many" >&3
    awk -v few="$few" -v many="$many" 'BEGIN { exit !(many < 4 * few) }' || fail "$many s beside many"
}

# crowded PROCESSES THREADS: seconds of ten imports beside them; they are nobody's.
crowded() {
    crowd nobody "$1" "$2" >&2 || return
    grace time "$MNT" 10 "$PKI/b.json" "$PKI/a.json"
    background_end >&2
    ! grep -q Error "$WORK/crowd" || fail "$(cat "$WORK/crowd")"
}
