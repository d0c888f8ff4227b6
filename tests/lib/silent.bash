# silent.bash: calls that sleep in the kernel with whatever they hold there (silent.py); sourced by the bats files.

# silent_begin: in test_setup or a test. Any user may open this node, as Debian's own.
silent_begin() {
    FUSE_NODE=$WORK/fuse
    mknod -m 0666 "$FUSE_NODE" c 10 229
    unshare --user --map-root-user true 2>/dev/null || skip "no user namespaces here"
    # Where WORK's filesystem is mounted nodev, and where ordinary users may make no user namespace.
    run silent nobody statfs /
    # shellcheck disable=SC2154 # of run
    [ "$output" = held ] || skip "a user cannot mount FUSE here: $output"
}

# silent USER CALL PATH: prints "held" or "refused ERRNO", and lets go.
silent() {
    PATH=/usr/bin:/bin timeout -k 1 30 python3 "$LIB/silent.py" "$1" "$FUSE_NODE" "$2" "$3" </dev/null 2>&1
}

# hold USER CALL PATH: in the background until the test ends; waits for the first word, which is in $HELD then.
hold() {
    local out
    out=$(mktemp -p "$WORK" held.XXXXXX)
    mkfifo "$out.in"
    background _hold "$out" "$@"
    eventually [ -s "$out" ]
    # shellcheck disable=SC2034 # for the caller
    HELD=$(cat "$out")
}

_hold() {
    local out=$1
    shift
    exec 6<>"$out.in"
    PATH=/usr/bin:/bin exec python3 "$LIB/silent.py" "$1" "$FUSE_NODE" "$2" "$3" <&6 >"$out" 2>&1
}
