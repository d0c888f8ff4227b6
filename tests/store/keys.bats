#!/usr/bin/env bats
# Key-encryption keys reach the worker as descriptors from the supervisor, which alone may enter the directory of keys
# and walk to STORE.

load ../lib/certfs.bash
load ../lib/silent.bash
load store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    store_begin
    # shellcheck disable=SC2034 # for certfs.bash
    [ ! -x "$CERTFS_HOOKS" ] || CERTFS=$CERTFS_HOOKS
    export CERTFS_TEST_WATCH_MS=100 CERTFS_TEST_ASK_MS=500
}

# close_store: behind a directory of root's, as the keys are.
close_store() {
    mkdir -m 0700 "$WORK/closed"
    mv "$STORE" "$WORK/closed/store"
    STORE=$WORK/closed/store
}

has_problem() {
    of_status '.problems[]' | grep -qF -- "$1"
}

has_no_problem() {
    ! has_problem "$1"
}

# descriptors_of_keys: the flags of the worker's descriptors of kek_dir and what is in it.
descriptors_of_keys() {
    local pid fd
    pid=$(worker_pid)
    for fd in "/proc/$pid/fd"/*; do
        [[ $(readlink "$fd") != "$KEYS"* ]] || awk '/^flags/ { print $2 }' "/proc/$pid/fdinfo/${fd##*/}"
    done
}

@test "a worker that can enter neither the directory of keys nor STORE's seals, opens after a restart, and sees both move" {
    close_store
    new_key other
    serve -o worker_user=daemon
    equal "user of the worker" "$(stat -c %U "/proc/$(worker_pid)/task")" daemon
    import a
    jq '. + {KmsKeyId: "other", CertificateIdentifier: "one"}' "$PKI/a.json" >"$CONTROL"
    stop
    serve -o worker_user=daemon
    serves a
    import b
    descriptors_of_keys >"$WORK/flags"
    test -s "$WORK/flags"
    ! grep -Ev '^0[0-7]*1[0-7]{7}$' "$WORK/flags" || fail "it holds a descriptor that reads: $(cat "$WORK/flags")"
    mv "$KEYS/other" "$WORK/other"
    eventually has_problem "the key-encryption key other does not exist in the directory of keys"
    mv "$WORK/other" "$KEYS/other"
    eventually has_no_problem "the key-encryption key other"
    chmod 0440 "$KEYS/other"
    eventually has_problem "the key-encryption key other is open to its group"
    mv "$KEYS" "$WORK/away"
    eventually has_problem "the directory of keys $KEYS is gone"
    mv "$WORK/away" "$KEYS"
    mv "$STORE" "$STORE.away"
    run import a
    equal "the reason" "$(of_status .last_request.reason)" store_failed
    eventually has_problem "STORE $STORE is gone"
    mv "$STORE.away" "$STORE"
    import a
    serves a
}

@test "while the supervisor is stopped an import is refused in time, with the remedy, and what is served is read" {
    [ -x "$CERTFS_HOOKS" ] || skip "build/certfs-hooks is missing: make HOOKS=1"
    local supervisor
    serve
    import a
    supervisor=$(supervisor_pid)
    kill -STOP "$supervisor"
    run timeout 30 cp "$PKI/b.json" "$CONTROL"
    [ "$status" -ne 0 ] && [ "$status" -ne 124 ] || fail "the import ended with $status"
    matches "the refusal" "$(cat "$MNT/last")" "the supervisor does not answer.* kill -CONT $supervisor$"
    serves a
    eventually has_problem "the supervisor, process $supervisor, does not answer"
    kill -CONT "$supervisor"
    eventually has_no_problem "the supervisor"
    import b
    serves b
}

# One problem for each cause, whose remedy is done here.
@test "a key whose file has a wrong mode or owner is one problem with its command, and one that is missing is to be put back" {
    serve
    import a
    chmod 0444 "$KEYS/certfs"
    eventually has_problem "the key-encryption key certfs is open to others (mode 0444): chmod 0400 $KEYS/certfs"
    equal "problems" "$(of_status '.problems | length')" 1
    chmod 0400 "$KEYS/certfs"
    eventually has_no_problem "the key-encryption key"
    chown nobody "$KEYS/certfs"
    eventually has_problem "the key-encryption key certfs belongs to uid $(id -u nobody): chown 0 $KEYS/certfs"
    equal "problems" "$(of_status '.problems | length')" 1
    refused_import b key_not_accessible
    matches "why" "$(cat "$MNT/last")" "cannot be opened: Permission denied; chown it to who mounts, chmod 0400 it"
    chown root "$KEYS/certfs"
    eventually has_no_problem "the key-encryption key"
    chmod 0000 "$KEYS/certfs"
    eventually has_problem "the key-encryption key certfs is closed to its owner (mode 0000): chmod 0400 $KEYS/certfs"
    equal "problems" "$(of_status '.problems | length')" 1
    chmod 0400 "$KEYS/certfs"
    eventually has_no_problem "the key-encryption key"
    mv "$KEYS/certfs" "$WORK/away"
    refused_import b key_not_accessible
    matches "why" "$(cat "$MNT/last")" "the key-encryption key certfs is missing in .*; put it back"
}

is_waiting() {
    grep -q '^State:.*D' "/proc/$1/status"
}

@test "a stranger who holds a directory of keys that is open to all delays an import for a limited time, and no end" {
    [ -x "$CERTFS_HOOKS" ] || skip "build/certfs-hooks is missing: make HOOKS=1"
    local pids
    silent_begin
    chmod 0711 "$WORK"
    chmod 0755 "$KEYS"
    CERTFS_TEST_WATCH_MS=600000 serve
    import a
    mapfile -t pids < <(processes)
    hold nobody getdents "$KEYS"
    equal "the stranger's call" "$HELD" held
    background touch "$KEYS/new" # waits for the directory, and all who look up a new name wait behind it
    eventually is_waiting "$BACKGROUND"
    run timeout 30 bash -c 'echo "$1" >"$2"' - "$(jq '. + {KmsKeyId: "never-seen"}' "$PKI/b.json")" "$CONTROL"
    matches "the refusal" "$(cat "$MNT/last")" "the supervisor does not answer"
    serves a
    kill -TERM "$(supervisor_pid)"
    ended "${pids[@]}"
    flock -n "$STORE" true || fail "a child that waits for the directory of keys holds the lock of STORE"
}
