# attacks.bash: attacks from inside a process of certfs, which a document asks for (fs/host/test_attacks.h); sourced by
# the bats files, on top of certfs.bash and ../store/store.bash. They need the build with hooks and serve_loudly, whose
# log is $WORK/mount.log.

# attack_document PROCESS SET NAME [ARGUMENT]: the document of SET with the mark, to standard output.
attack_document() {
    local process=$1 set=$2
    shift 2
    sed '0,/"ssl_ca": *"/s||&certfs attack in the '"$process: $*"'\\n|' "$PKI/$set.json"
}

# attack PROCESS SET NAME [ARGUMENT]: imports that; ANSWER is what the descriptor of control reads then.
attack() {
    attack_document "$@" >"$WORK/attack.json"
    # shellcheck disable=SC2034 # for the tests
    ANSWER=$({ cat "$WORK/attack.json" >&5 || true; cat <&5; } 5<>"$CONTROL" 2>/dev/null) || true
}

# log_has TEXT SINCE: a line of the log after the first SINCE ones holds it.
log_has() {
    tail -n "+$(($2 + 1))" "$WORK/mount.log" | grep -qF -- "$1"
}

log_lines() {
    wc -l <"$WORK/mount.log"
}
