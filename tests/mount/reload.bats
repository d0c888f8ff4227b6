#!/usr/bin/env bats
# Another program goes on in the place of the one that serves, on the same mount, beside readers: certfs --reload. One
# that cannot go on leaves the one that runs as it is, or gives the mount back to it.

bats_require_minimum_version 1.5.0

load ../lib/certfs.bash
load ../store/store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

# Each test has a program of its own, which it replaces as an upgrade does.
test_setup() {
    store_begin
    PROGRAM=$WORK/bin/certfs
    mkdir -m 0755 "$WORK/bin"
}

# put PROGRAM: installs it.
put() {
    install -m 0755 "$1" "$WORK/bin/.new"
    mv "$WORK/bin/.new" "$PROGRAM"
}

# begin [OPTION...]: certfs from the installed program.
begin() {
    put "$CERTFS"
    CERTFS=$PROGRAM serve "$@"
    SUPERVISOR=$(CERTFS=$PROGRAM supervisor_pid)
}

worker_of() {
    local pid
    for pid in $(pgrep -P "$SUPERVISOR" -x certfs); do
        [[ $(awk '$1 == "State:" { print $2 }' "/proc/$pid/status") == Z ]] || echo "$pid"
    done
}

# runs FILE: the supervisor is this file.
runs() {
    [ "/proc/$SUPERVISOR/exe" -ef "$1" ] || fail "the supervisor is not $1"
}

reload() {
    "$PROGRAM" --reload "$SUPERVISOR"
}

# not_reloaded SENTENCE: a request is answered with a failure that matches it, and the same worker serves on.
not_reloaded() {
    local worker before
    worker=$(worker_of)
    before=$(stat -L --format=%i "/proc/$SUPERVISOR/exe")
    run -1 "$PROGRAM_TO_ASK" --reload "$SUPERVISOR"
    matches "the answer" "$output" "$1"
    equal "the worker" "$(worker_of)" "$worker"
    equal "the program" "$(stat -L --format=%i "/proc/$SUPERVISOR/exe")" "$before"
    cat "$MNT/ca.pem" >"$WORK/shown"
}

# read_on: reads the set again and again until $WORK/stop is there; a line in $WORK/failures for each failure.
read_on() {
    local reads=0
    while [ ! -e "$WORK/stop" ]; do
        cat "$MNT/ca.pem" "$MNT/cert.pem" "$MNT/key.pem" >/dev/null 2>>"$WORK/failures" || echo failed >>"$WORK/failures"
        reads=$((reads + 1))
    done
    echo "$reads" >>"$WORK/reads"
}

one_is_judged() {
    [ "$(of_status '.in_flight | length')" = 1 ]
}

# No library that was replaced is mapped. Memory without a file is always shown as deleted.
maps_nothing_deleted() {
    local pid
    for pid in "$SUPERVISOR" $(pgrep -P "$SUPERVISOR"); do
        ! grep '(deleted)$' "/proc/$pid/maps" | grep -v -e /memfd: -e /secretmem || fail "process $pid maps a deleted file" || return
    done
}

@test "reloads beside readers and imports: no open fails, the program and its worker are new" {
    local before reader
    begin
    import a
    background read_on
    reader=$BACKGROUND
    for _ in 1 2 3; do
        before=$(worker_of)
        put "$CERTFS"
        reload
        runs "$PROGRAM"
        [ "$(worker_of)" != "$before" ] || fail "the worker of the program before serves"
        import b
        serves b
        import a
        maps_nothing_deleted
    done
    : >"$WORK/stop"
    eventually test -s "$WORK/reads"
    wait "$reader"
    [ ! -s "$WORK/failures" ] || fail "$(sort "$WORK/failures" | uniq -c)"
    serves a
}

@test "a program that cannot go on is not executed, for a reason that is given" {
    with_hooks CERTFS_TEST_TRIAL_MS=500
    PROGRAM_TO_ASK=$CERTFS
    begin
    import a
    put /bin/true
    not_reloaded 'no answer that this version reads'
    put /bin/false
    not_reloaded 'its self-test failed: it gave no reason'
    put /bin/ls
    not_reloaded 'it is no certfs, or one that is too old'
    put /etc/hostname
    not_reloaded 'cannot be executed: Exec format error'
    rm "$PROGRAM"
    not_reloaded 'does not exist'
    put "$CERTFS"
    chmod 0777 "$WORK/bin"
    not_reloaded "is not root's alone"
    chmod 0755 "$WORK/bin"
    chown daemon "$PROGRAM"
    not_reloaded "is not root's alone"
    chown root "$PROGRAM"
    chmod 0644 "$PROGRAM"
    not_reloaded 'not a file that can be executed'
    chmod 0755 "$PROGRAM"
    "$CERTFS" --reload "$SUPERVISOR"
    runs "$PROGRAM"
}

@test "a program whose self-test hangs is not executed, and readers notice nothing" {
    with_hooks CERTFS_TEST_TRIAL_MS=500 CERTFS_TEST_TRIAL_HOLD_MS=60000
    PROGRAM_TO_ASK=$CERTFS
    begin
    import a
    not_reloaded 'did not end in time'
}

@test "a program of another version of the state is not executed" {
    with_hooks CERTFS_TEST_STATE_VERSION=2
    PROGRAM_TO_ASK=$CERTFS
    begin
    import a
    not_reloaded 'it has version 2 of the state, and this one version 1: restart'
}

@test "a program whose worker would not come up gives the mount back, and the worker never stops serving" {
    local plain=$CERTFS
    with_hooks CERTFS_TEST_LACKS=scout
    PROGRAM_TO_ASK=$CERTFS
    begin
    import a
    not_reloaded 'its worker would not come up'
    put "$plain"
    "$CERTFS" --reload "$SUPERVISOR"
    runs "$PROGRAM"
    serves a
}

@test "a program whose worker ends before it is ready gives the mount back to the one before, and no open fails" {
    local before plain=$CERTFS hooks=$CERTFS_HOOKS
    with_hooks CERTFS_TEST_LACKS=successor
    CERTFS=$plain
    begin
    import a
    background read_on
    before=$(stat -L --format=%i "/proc/$SUPERVISOR/exe")
    put "$hooks"
    run -1 "$plain" --reload "$SUPERVISOR"
    matches "the answer" "$output" 'its worker ended before it was ready'
    equal "the program" "$(stat -L --format=%i "/proc/$SUPERVISOR/exe")" "$before"
    import b
    serves b
    put "$plain"
    reload
    runs "$PROGRAM"
    : >"$WORK/stop"
    eventually test -s "$WORK/reads"
    [ ! -s "$WORK/failures" ] || fail "$(sort "$WORK/failures" | uniq -c)"
}

@test "requests that come during a reload are answered by one that comes after it" {
    with_hooks CERTFS_TEST_TRIAL_HOLD_MS=300
    begin
    import a
    put "$CERTFS"
    background reload
    local first=$BACKGROUND
    eventually pgrep -P "$SUPERVISOR" -f -- --self-test
    put "$CERTFS"
    reload
    wait "$first"
    runs "$PROGRAM"
    serves a
}

@test "a reload while certfs ends is refused, and certfs ends all the same" {
    with_hooks CERTFS_TEST_HOLD_MS=3000
    begin
    background cat "$PKI/a.json" >"$CONTROL"
    eventually is_writing "$BACKGROUND"
    kill -TERM "$SUPERVISOR"
    run -1 reload
    matches "the answer" "$output" 'certfs is ending|there is no certfs'
    ended "$SUPERVISOR"
}

@test "with STORE none the sets outlive a reload" {
    put "$CERTFS"
    CERTFS=$PROGRAM mount_certfs -o owner=root
    SUPERVISOR=$(CERTFS=$PROGRAM supervisor_pid)
    import a
    put "$CERTFS"
    reload
    runs "$PROGRAM"
    serves a
    import b
    serves b
}

@test "an import that runs during a reload is carried out once" {
    with_hooks CERTFS_TEST_HOLD_MS=500
    begin
    import a
    background import b
    local writer=$BACKGROUND generation
    generation=$(of_status .generation)
    eventually one_is_judged
    put "$CERTFS"
    reload
    wait "$writer"
    serves b
    equal "the generation" "$(of_status .generation)" "$((generation + 1))"
}

kill_workers() {
    local pid
    for pid in $(worker_of 2>/dev/null); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

@test "a worker that dies before and during a reload: the reload waits or goes on, and no open fails" {
    local kind
    begin
    import a
    background read_on
    for kind in before during before during; do
        put "$CERTFS"
        [ "$kind" = during ] || kill_workers
        kill -USR2 "$SUPERVISOR"
        [ "$kind" = before ] || kill_workers
        reload || reload # the scout may have been killed too
        runs "$PROGRAM"
    done
    : >"$WORK/stop"
    eventually test -s "$WORK/reads"
    [ ! -s "$WORK/failures" ] || fail "$(sort "$WORK/failures" | uniq -c)"
    serves a
}

@test "a descriptor from before a reload goes on" {
    begin
    import a
    exec {FD}<"$MNT/cert.pem"
    put "$CERTFS"
    reload
    cat <&"$FD" >"$WORK/old" || { exec {FD}<&-; fail "the descriptor cannot be read"; }
    exec {FD}<&-
    same "$WORK/old" "$MNT/cert.pem"
}

@test "the program of on_change= that runs during a reload is reported afterwards" {
    printf '#!/bin/sh\nread x <%s\necho went on\n' "$WORK/gate" >"$WORK/bin/hook"
    mkfifo "$WORK/gate"
    chmod 0755 "$WORK/bin/hook"
    begin -o "on_change=$WORK/bin/hook"
    import a
    eventually pgrep -P "$SUPERVISOR" -f "$WORK/bin/hook"
    put "$CERTFS"
    reload
    echo >"$WORK/gate"
    eventually grep -q 'went on' "$MNT/status"
}

@test "relative paths lead to the same places after a reload, whose working directory is another one" {
    put "$CERTFS"
    (cd "$WORK" && bin/certfs store mnt -o owner=root,worker_user=root,kek_dir=keys </dev/null >"$WORK/mount.log" 2>&1 3>&- 4>&-)
    SUPERVISOR=$(pgrep -f -x 'bin/certfs store mnt -o .*' | head -n 1)
    equal "the working directory" "$(readlink "/proc/$SUPERVISOR/cwd")" /
    import a
    put "$CERTFS"
    reload
    runs "$PROGRAM"
    serves a
    import b
    serves b
}

@test "certfs in the foreground goes on there, and its log too" {
    put "$CERTFS"
    background "$PROGRAM" -f none "$MNT" -o owner=root </dev/null 2>"$WORK/err"
    SUPERVISOR=$BACKGROUND
    eventually test -e "$MNT/status"
    put "$CERTFS"
    reload
    runs "$PROGRAM"
    import a
    grep -F 'have taken over' "$WORK/err"
    kill -TERM "$SUPERVISOR"
    wait "$SUPERVISOR"
}

# In a mount namespace of its own, where everybody may open /dev/fuse.
reload_as_nobody() {
    local as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
    mknod "$WORK/fuse" c 10 229
    chmod 0666 "$WORK/fuse"
    mount --bind "$WORK/fuse" /dev/fuse
    chown nobody "$MNT"
    "${as[@]}" "$PROGRAM" none "$MNT" </dev/null
    SUPERVISOR=$(CERTFS=$PROGRAM supervisor_pid)
    put "$CERTFS"
    "${as[@]}" "$PROGRAM" --reload "$SUPERVISOR"
    runs "$PROGRAM"
    "${as[@]}" cat "$MNT/status" | grep '"version"'
    "${as[@]}" fusermount3 -u "$MNT"
    ended "$SUPERVISOR"
}

@test "an ordinary user's certfs goes on as root's program" {
    needs_namespace
    put "$CERTFS"
    WORK=$WORK MNT=$MNT CERTFS=$CERTFS PROGRAM=$PROGRAM unshare --mount --propagation private bash -c \
        'set -eu; source "$1"; eval "$2"; reload_as_nobody' - "$LIB/certfs.bash" \
        "$(declare -f put runs reload_as_nobody)" 3>&- 4>&-
}

@test "a supervisor that does not know how to reload is not sent the signal" {
    background tail -f /dev/null
    run -1 "$CERTFS" --reload "$BACKGROUND"
    matches "the answer" "$output" 'there is no certfs with the process id'
    begin
    run -1 "$CERTFS" --reload "$(worker_of)"
    matches "the answer" "$output" 'is no supervisor'
}
