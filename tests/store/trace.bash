# trace.bash: strace on the importer's thread, or on another one too; sourced after store.bash.
#
# Not on all, so that a call that is made to fail is one of the import and not of the loop that reads the kernel's
# requests.

TRACER=

trace_needed() {
    command -v strace >/dev/null || skip "no strace here: apt-get install strace"
    strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here (ptrace is forbidden)"
}

# threads_named NAME: the worker's.
threads_named() {
    grep -lx "$1" "/proc/$(worker_pid)/task/"*/comm | cut -d/ -f5
}

is_traced() {
    [ "$(awk '$1 == "TracerPid:" { print $2 }' "/proc/$1/status")" != 0 ]
}

# trace_importer EXPRESSION...: each is given to strace with -e; what it sees comes to $TRACE until trace_end.
trace_importer() {
    trace_threads importer "$@"
}

# trace_threads "NAME..." EXPRESSION...: the same for these threads.
trace_threads() {
    local name tid expression tids=() arguments=()
    for name in $1; do
        for tid in $(threads_named "$name"); do
            tids+=("$tid")
            arguments+=(-p "$tid")
        done
    done
    shift
    for expression; do
        arguments+=(-e "$expression")
    done
    TRACE=$WORK/trace
    : >"$TRACE"
    background strace -qq -y -s 64 -o "$TRACE" "${arguments[@]}"
    TRACER=$BACKGROUND
    for tid in "${tids[@]}"; do
        eventually is_traced "$tid"
    done
}

# The tracer lets go and writes the rest.
trace_end() {
    [ -n "$TRACER" ] || return 0
    kill "$TRACER" 2>/dev/null || true
    wait "$TRACER" 2>/dev/null || true
    TRACER=
}
ENDS=(trace_end "${ENDS[@]}")
