#!/usr/bin/env bats
# Memory runs out in the unit's cgroup: the kernel's OOM killer ends the judge first. Then nothing else notices. Where it
# ends the worker, that is replaced; where it ends the supervisor, certfs ends, and has all that was acknowledged when it
# starts again.

bats_require_minimum_version 1.5.0
load ../lib/certfs.bash
load ../lib/attacks.bash
load ../lib/cgroup.bash
load ../store/store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

MEMORY=$((96 * 1024 * 1024))
# The unit's. It cannot be lowered without CAP_SYS_RESOURCE; then both processes inherit what this one has.
ADJUST=$(sed -n 's/^OOMScoreAdjust=//p' "$ROOT/scripts/systemd/certfs.service")

test_setup() {
    with_hooks
    store_begin
    cgroup_begin "$MEMORY"
}

test_teardown() {
    background_end
    [ -z "$(processes)" ] || stop || true
    cgroup_end
}

# in_unit COMMAND...: as the unit runs it.
in_unit() {
    echo "$ADJUST" 2>/dev/null >"/proc/$BASHPID/oom_score_adj" || true
    cgroup_run "$@"
}

serve_in_unit() {
    background in_unit "$CERTFS" -f -o "kek_dir=$KEYS,owner=root" "$STORE" "$MNT" </dev/null >"$WORK/mount.log" 2>&1
    SUPERVISOR=$BACKGROUND
    eventually test -e "$CONTROL" || return
    WORKER=$(worker_pid)
    processes >>"$WORK/.processes"
}

adjusted() {
    cat "/proc/$1/oom_score_adj"
}

# first_choice PID: of the OOM killer in this cgroup; the others are its last.
first_choice() {
    local pid
    while read -r pid; do
        echo 0 2>/dev/null >"/proc/$pid/oom_score_adj" || true
    done <"$CGROUP/cgroup.procs"
    echo 1000 >"/proc/$1/oom_score_adj"
}

# Takes memory in the cgroup until the OOM killer has ended PID, and then what takes it: two processes, so that neither
# becomes larger than a score of 1000 makes PID.
use_up_memory_until_gone() {
    local hogs=()
    for _ in 1 2; do
        background cgroup_run tail /dev/zero
        hogs+=("$BACKGROUND")
    done
    ended "$1" "${hogs[@]}" || return
    [ "$(cgroup_kills)" -ge 3 ] || fail "the OOM killer has ended $(cgroup_kills) processes"
}

# A judge that sleeps, in the background, so that there is one when the others go.
import_for_ever() {
    attack_document judge b sleep >"$WORK/attack.json"
    background cp "$WORK/attack.json" "$CONTROL"
    eventually judge_runs
}

judge_runs() {
    [ -n "$(judge_pid)" ]
}

@test "supervisor and worker have the unit's OOM score, the process that forks judges and its judges the highest" {
    serve_in_unit
    given=$(adjusted "$SUPERVISOR")
    [ "$given" = "$ADJUST" ] || equal "the score without the right to lower it" "$given" "$(adjusted $$)"
    equal "the worker's" "$(adjusted "$WORKER")" "$given"
    equal "that of the process that forks judges" "$(adjusted "$(zygote_pid)")" 1000
    import_for_ever
    equal "a judge's" "$(adjusted "$(judge_pid)")" 1000
}

@test "a judge that takes memory without end is ended by the OOM killer: the import is refused, and nothing else notices" {
    serve_in_unit
    import a
    attack judge b allocate
    matches "the answer" "$ANSWER" '"reason":"(judge_failed|too_costly)"'
    equal "how many the OOM killer has ended" "$(cgroup_kills)" 1
    equal "the worker" "$(worker_pid)" "$WORKER"
    serves a
    import b
    serves b
}

@test "the worker is ended by the OOM killer: it is replaced, which is reported, and all that was acknowledged is there" {
    serve_in_unit
    import a
    import_named other b
    first_choice "$WORKER"
    use_up_memory_until_gone "$WORKER"
    serves a
    eventually grep -qE 'the worker was ended by signal 9 .*, and was replaced after' "$WORK/mount.log" ||
        fail "$(cat "$WORK/mount.log")"
    equal "the named set" "$(key_of "$MNT/certificates/other/key.pem")" "$(key_of "$PKI/b/key.pem")"
}

@test "the supervisor is ended by the OOM killer: the worker and the judge end as well, and all that was acknowledged is there" {
    serve_in_unit
    import a
    import_named other b
    import_for_ever
    mapfile -t all <"$CGROUP/cgroup.procs"
    first_choice "$SUPERVISOR"
    use_up_memory_until_gone "$SUPERVISOR"
    ended "${all[@]}"
    serve
    serves a
    equal "the named set" "$(key_of "$MNT/certificates/other/key.pem")" "$(key_of "$PKI/b/key.pem")"
}
