# outlive.bash: a worker that is replaced while programs hold what they have opened; sourced by the bats files here, after
# ../lib/certfs.bash and ../store/store.bash.

is_replaced() {
    local now
    now=$(worker_pid)
    [ -n "$now" ] && [ "$now" != "$1" ]
}

# replace_worker: kills it, and waits for the next one. Requests wait for that by themselves; the pids do not.
replace_worker() {
    local before
    before=$(worker_pid)
    kill -KILL "$before" && eventually is_replaced "$before"
}

# across STEP... -- STEP...: drop.py with these steps, and the worker replaced where the "--" is; its outcomes in $output.
across() {
    local steps=() step
    rm -f "$WORK/go" "$WORK/outcomes"
    mkfifo "$WORK/go"
    for step; do
        [ "$step" != -- ] || step=hold:$WORK/go
        steps+=("$step")
    done
    background python3 "$ROOT/tests/import/drop.py" "${steps[@]}" >"$WORK/outcomes"
    eventually grep -qx ready "$WORK/outcomes" || return
    replace_worker || return
    : >"$WORK/go"
    wait "$BACKGROUND" || fail "drop.py: $?" || return
    # shellcheck disable=SC2034 # for outcomes
    output=$(cat "$WORK/outcomes")
}

# plan_deaths [NAME=VALUE...]: before serve: the build with hooks, whose worker dies as again.py plans it in $WORK/deaths.
plan_deaths() {
    head -c 4096 /dev/zero >"$WORK/deaths"
    with_hooks "CERTFS_TEST_DIE=$WORK/deaths" "$@"
}
