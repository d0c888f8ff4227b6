# trace.bash: strace on the importer's thread; sourced after store.bash.
#
# Only this thread is traced, so that a call that is made to fail is one of the import and not of the loop that reads
# the kernel's requests.

TRACER=

trace_needed() {
    command -v strace >/dev/null || skip "no strace here: apt-get install strace"
    strace -qq -o /dev/null true 2>/dev/null || skip "strace may not trace here (ptrace is forbidden)"
}

# The worker's thread of this name.
importer_tid() {
    basename "$(dirname "$(grep -lx importer "/proc/$(worker_pid)/task/"*/comm)")"
}

is_traced() {
    [ "$(awk '$1 == "TracerPid:" { print $2 }' "/proc/$1/status")" != 0 ]
}

# trace_importer EXPRESSION...: each is given to strace with -e; what it sees comes to $TRACE until trace_end.
trace_importer() {
    local tid expression arguments=()
    for expression; do
        arguments+=(-e "$expression")
    done
    TRACE=$WORK/trace
    tid=$(importer_tid)
    : >"$TRACE"
    background strace -qq -y -s 64 -o "$TRACE" "${arguments[@]}" -p "$tid"
    TRACER=$BACKGROUND
    eventually is_traced "$tid"
}

# The tracer lets go and writes the rest.
trace_end() {
    [ -n "$TRACER" ] || return 0
    kill "$TRACER" 2>/dev/null || true
    wait "$TRACER" 2>/dev/null || true
    TRACER=
}
