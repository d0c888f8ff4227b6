# cgroup.bash: a memory cgroup of a test's own, of version 2 where its memory controller can be had, else of version 1;
# sourced by the bats files, on top of certfs.bash.

# cgroup_begin BYTES: the cgroup $CGROUP with this limit, and without swap; skips where there is no such controller.
cgroup_begin() {
    CGROUP=
    cgroup_begin_v2 "$1" || cgroup_begin_v1 "$1" || skip "no memory cgroup can be made here, of version 2 or of version 1"
}

# cgroup_of TYPE TEXT: where the file system of this type with TEXT among its options is mounted.
cgroup_of() {
    awk -v type="$1" -v text="$2" '$3 == type && index("," $4 ",", text) { print $2; exit }' /proc/self/mounts
}

cgroup_begin_v2() {
    local top
    top=$(cgroup_of cgroup2 ,)
    [ -n "$top" ] && grep -qw memory "$top/cgroup.controllers" || return
    echo +memory 2>/dev/null >"$top/cgroup.subtree_control" || return
    CGROUP=$top/${WORK##*/}
    mkdir "$CGROUP" && echo "$1" >"$CGROUP/memory.max" || return
    [ ! -e "$CGROUP/memory.swap.max" ] || echo 0 >"$CGROUP/memory.swap.max"
}

cgroup_begin_v1() {
    local top
    top=$(cgroup_of cgroup ,memory,)
    [ -n "$top" ] || return
    CGROUP=$top/${WORK##*/}
    mkdir "$CGROUP" && echo "$1" >"$CGROUP/memory.limit_in_bytes" || return
    echo "$1" 2>/dev/null >"$CGROUP/memory.memsw.limit_in_bytes" || true # where swap is counted
}

# A process that has ended leaves it a little later.
cgroup_end() {
    [ -z "${CGROUP-}" ] || [ ! -d "$CGROUP" ] || eventually cgroup_is_gone
}

cgroup_is_gone() {
    rmdir "$CGROUP" 2>/dev/null
}

# cgroup_run COMMAND...: in the cgroup, in place of this process.
cgroup_run() {
    echo "$BASHPID" >"$CGROUP/cgroup.procs" || exit
    exec "$@"
}

# How many processes the kernel has ended there because memory ran out.
cgroup_kills() {
    cat "$CGROUP"/memory.{events,oom_control} 2>/dev/null | awk '$1 == "oom_kill" { print $2 }'
}
