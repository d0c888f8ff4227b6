#!/usr/bin/env bats
# Documents are judged by a process of their own, forked from a zygote: what that process may do, how it ends, and what
# is left when anything else does.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

# with_attacks [NAME=VALUE...]: a mount with a set; documents name what their judge does (fs/host/test_attacks.h).
with_attacks() {
    with_hooks "$@"
    mount_certfs
    import a
}

# attack NAME [ARGUMENT]: writes such a document, in the background.
attack() {
    printf '{"x":"certfs attack in the judge: %s"}' "$*" >"$WORK/attack.json"
    background dd if="$WORK/attack.json" of="$CONTROL" bs=1M status=none
}

# begin_attack NAME: until its judge runs.
begin_attack() {
    attack "$1"
    eventually judge_pid >/dev/null
    JUDGE=$(judge_pid)
    ZYGOTE=$(zygote_pid)
}

# ends_as REASON: the document is refused for this, the judge is gone, and the next set is imported.
ends_as() {
    ! wait "$BACKGROUND" || fail "the document was taken"
    reason_is "$1" || fail "the reason is $(of_status .last_request.reason)"
    ended ${JUDGE:-}
    serves a
    import b
    serves b
}

of_judge() {
    awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' "/proc/$JUDGE/status"
}

# Soft and hard, of /proc/PID/limits.
limit_of_judge() {
    awk -v name="$1" 'index($0, name) == 1 { $0 = substr($0, length(name) + 1); print $1, $2 }' "/proc/$JUDGE/limits"
}

priority_of() {
    ps -o ni= -p "$1" | tr -d ' '
}

is_hurried() {
    [ "$(priority_of "$JUDGE")" = "$(priority_of "$(supervisor_pid)")" ]
}

is_confined() {
    [ "$(of_judge Seccomp)" = 2 ]
}

@test "a judge has no right, no file and no network, and goes first where memory runs out" {
    with_attacks CERTFS_TEST_HURRY_MS=600000
    begin_attack sleep
    eventually is_confined
    matches "its user" "$(of_judge Uid)" '^([0-9]+) \1 \1 \1$'
    ! grep -q "^[^:]*:[^:]*:$(of_judge Uid | cut -d' ' -f1):" <(getent passwd | grep -v ^certfs-judge:) || fail "it is an account's"
    equal "its groups" "$(of_judge Groups)" ""
    for set in CapInh CapPrm CapEff CapBnd CapAmb; do
        equal "$set" "$(of_judge $set)" 0000000000000000
    done
    equal NoNewPrivs "$(of_judge NoNewPrivs)" 1
    equal "the number of its descriptors" "$(ls "/proc/$JUDGE/fd" | wc -l)" 1
    matches "its descriptor" "$(readlink "/proc/$JUDGE"/fd/*)" ^socket:
    for namespace in net ipc; do
        [ "$(readlink "/proc/$JUDGE/ns/$namespace")" != "$(readlink "/proc/$(worker_pid)/ns/$namespace")" ] ||
            fail "the $namespace namespace is the worker's"
    done
    equal "its mount namespace" "$(readlink "/proc/$JUDGE/ns/mnt")" "$(readlink "/proc/$(worker_pid)/ns/mnt")"
    equal oom_score_adj "$(cat "/proc/$JUDGE/oom_score_adj")" 1000
    equal "its priority" "$(priority_of "$JUDGE")" $(($(priority_of "$(supervisor_pid)") + 10))
    equal "the priority of the zygote" "$(priority_of "$ZYGOTE")" "$(priority_of "$(supervisor_pid)")"
    equal "CPU seconds" "$(limit_of_judge 'Max cpu time')" "2 3"
    equal "core files" "$(limit_of_judge 'Max core file size')" "0 0"
    equal "files" "$(limit_of_judge 'Max file size')" "0 0"
    matches "memory" "$(limit_of_judge 'Max address space')" '^2[0-9]{8} 2[0-9]{8}$'
    # of a process that is not dumpable all of /proc is root's
    equal "the owner of its memory" "$(stat -c %u "/proc/$JUDGE/mem")" 0
    equal "its environment" "$(tr '\0' '\n' <"/proc/$JUDGE/environ" | grep -v ^CERTFS_TEST_)" ""
    kill -KILL "$JUDGE"
    ends_as judge_failed
}

@test "a judge that gets no processor for long gets the priority of the others, so that no stranger stops imports" {
    with_attacks CERTFS_TEST_JUDGE_MS=600000 CERTFS_TEST_HURRY_MS=200
    begin_attack sleep
    eventually is_hurried
    kill -KILL "$JUDGE"
    ends_as judge_failed
}

@test "memory of a judge is locked" {
    with_attacks
    begin_attack sleep
    eventually is_confined
    [ "$(limit_of_judge 'Max locked memory')" = "unlimited unlimited" ] || skip "memory cannot be locked here"
    grep -q '^VmFlags:.* lo' "/proc/$JUDGE/smaps" || fail "no mapping is locked"
    ! awk '/^[0-9a-f]+-/ { mapping = $0 } /^VmFlags:/ && !/ lo/ && mapping !~ /\[v/ { print mapping }' "/proc/$JUDGE/smaps" | grep . ||
        fail "a mapping is not locked"
}

@test "lower limits that certfs is started with are kept, and documents are judged" {
    (ulimit -v 250000 && ulimit -t 1 && mount_certfs)
    import a
    serves a
}

@test "a judge that is killed refuses its document alone" {
    with_attacks
    begin_attack sleep
    kill -KILL "$JUDGE"
    ends_as judge_failed
    [ "$(zygote_pid)" != "$ZYGOTE" ] || fail "the next judge has the same zygote"
    ended "$ZYGOTE"
}

@test "a zygote that is killed refuses the document that is judged, and its judge ends" {
    with_attacks CERTFS_TEST_JUDGE_MS=600000 # so that the judge ends for no other reason
    begin_attack sleep
    kill -KILL "$ZYGOTE"
    ended "$JUDGE"
    ends_as judge_failed
}

@test "a zygote that is killed while nothing is judged is replaced unnoticed" {
    with_attacks
    kill_each "$(zygote_pid)"
    import b
    serves b
    kill_each "$(zygote_pid)"
    import a
    serves a
}

@test "a judge that crashes refuses its document, and the log has the signal" {
    with_hooks
    mkdir "$MNT"
    background "$CERTFS" -f none "$MNT" >"$WORK/mount.log" 2>&1
    eventually test -e "$CONTROL"
    import a
    attack abort
    ends_as judge_failed
    eventually grep -q "died of signal 6 (Aborted): the document is refused" "$WORK/mount.log"
}

@test "a judge that ends without an answer refuses its document" {
    with_attacks
    attack leave 0
    ends_as judge_failed
}

@test "a document whose judge computes for ever is too costly" {
    with_attacks
    attack loop
    ends_as too_costly
}

@test "a document whose judge sleeps for ever is too costly" {
    with_attacks CERTFS_TEST_JUDGE_MS=3000
    attack sleep
    ends_as too_costly
}

@test "a judge that is stopped is killed" {
    with_attacks CERTFS_TEST_JUDGE_MS=3000
    begin_attack sleep
    kill -STOP "$JUDGE"
    ends_as too_costly
}

@test "a zygote that is stopped while it has a judge is replaced" {
    with_attacks CERTFS_TEST_JUDGE_MS=3000
    begin_attack sleep
    kill -STOP "$ZYGOTE" "$JUDGE" # a judge that runs would end when its stream does
    ends_as judge_failed
    ended "$ZYGOTE"
}

@test "a zygote that is stopped before it has one is replaced" {
    with_attacks CERTFS_TEST_JUDGE_MS=3000
    ZYGOTE=$(zygote_pid)
    kill -STOP "$ZYGOTE"
    attack leave 0
    ends_as judge_failed
    ended "$ZYGOTE"
}

@test "when the worker is killed, neither zygote nor judge is left" {
    with_attacks
    begin_attack sleep
    kill -KILL "$(worker_pid)"
    ended "$JUDGE" "$ZYGOTE"
}

@test "when the worker and the supervisor are killed, a stopped zygote is not left" {
    with_attacks
    begin_attack sleep
    kill -STOP "$ZYGOTE"
    worker=$(worker_pid)
    kill_each "$(supervisor_pid)" "$worker" # in this order, or the supervisor unmounts
    ended "$JUDGE" "$ZYGOTE"
}

@test "when certfs ends while a document is judged, nothing is left, stopped or not" {
    for stopped in '' ZYGOTE; do
        with_attacks
        begin_attack sleep
        [ -z "$stopped" ] || kill -STOP "${!stopped}"
        supervisor=$(supervisor_pid) worker=$(worker_pid)
        kill -TERM "$supervisor"
        ended "$supervisor" "$worker" "$JUDGE" "$ZYGOTE"
        ! mountpoint -q "$MNT" || fail "it is still mounted"
    done
}

@test "without a process that judges certfs does not start" {
    with_hooks CERTFS_TEST_LACKS=zygote
    mkdir "$MNT"
    status=0
    "$CERTFS" none "$MNT" >"$WORK/said" 2>&1 3>&- 4>&- || status=$?
    equal "the exit status" "$status" 1
    equal "the line about it" "$(grep judges "$WORK/said")" \
        "certfs: cannot start the process that judges documents from /proc/self/exe: No such file or directory"
    ! mountpoint -q "$MNT" || fail "it is mounted"
}

@test "layers that the kernel lacks are a remark, and documents are judged all the same" {
    with_hooks CERTFS_TEST_LACKS=judge
    mount_certfs
    import a
    serves a
    equal "the remark" "$(of_status '.remarks[]' | grep judges)" "the process that judges documents goes without \
oom_score_adj (ENOSYS), a network namespace (ENOSYS), an ipc namespace (ENOSYS), a user (ENOSYS), filters (ENOSYS)"
}

@test "nobody but the supervisor starts a zygote" {
    status=0
    (exec -a certfs-judge "$CERTFS" 0 0) 2>"$WORK/said" || status=$?
    equal "the exit status" "$status" 2
    matches "what it says" "$(cat "$WORK/said")" "this name is for certfs itself"
}
