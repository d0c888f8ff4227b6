# import.bash: a mount with import/; sourced by the bats files here, after ../lib/certfs.bash.
#
#   $IMPORT  the directory; its group is daemon's, whose member is nobody
#   $GOOD    a folder that everybody can read: a.json, b.json, and bad.json, which is refused

# begin_import [OPTION...]: in test_setup. The root set, so that the .pem files show which import was the last.
begin_import() {
    mount_certfs -o owner=root,sql_import=/,import_group=daemon "$@" || return
    use_import
}

use_import() {
    IMPORT=$MNT/import
    GOOD=$WORK/good
    mkdir -p "$GOOD"
    cp "$PKI"/*.json "$GOOD"
    chmod -R a+rX "$GOOD"
    cp "$ROOT/tests/import/drop.py" "$GOOD"
}

# make_sets: in setup_file.
make_sets() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
    payload "$PKI/a/ca.pem" "$PKI/a/cert.pem" "$PKI/b/key.pem" >"$PKI/bad.json"
    # Not to be found anywhere later; the tests look for it.
    printf '{"ssl_ca":"marker","ssl_cert":"marker","ssl_key":"marker"' >"$PKI/cut.json"
}

# A descriptor that a failed test left open holds the mount.
end_import() {
    { exec 5>&-; } 2>/dev/null || true
}
ENDS=(end_import "${ENDS[@]}")

# drop STEP...: see drop.py.
drop() {
    python3 "$GOOD/drop.py" "$@"
}

# as_member COMMAND..., as_outsider COMMAND...: nobody in the group of import/, and nobody in none. Programs of root's
# own PATH are closed to them.
as_member() {
    PATH=/usr/bin:/bin setpriv --reuid=nobody --regid=nogroup --groups="$(id -g daemon)" "$@"
}

as_outsider() {
    PATH=/usr/bin:/bin setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
}

# dropped STEP...: drop as root, its outcomes in $output, for outcomes.
dropped() {
    run drop "$@"
    # shellcheck disable=SC2154 # of run
    equal "exit status of drop.py" "$status" 0
}

# outcomes LINE...: these lines, in this order. One that begins with a slash is a regular expression: /.../
outcomes() {
    local lines i=0 line
    # shellcheck disable=SC2154 # of run
    mapfile -t lines <<<"$output"
    equal "number of outcomes" "${#lines[@]}" $# || { echo "$output"; return 1; }
    for line; do
        case $line in
            /*/) matches "outcome $i" "${lines[i]}" "^${line:1:-1}$" || return ;;
            *) equal "outcome $i" "${lines[i]}" "$line" || return ;;
        esac
        i=$((i + 1))
    done
}

# answer_is NAME TEXT: the whole content of NAME.answer, to the byte.
answer_is() {
    equal "$1.answer" "$(cat "$IMPORT/$1.answer" && echo .)" "$2."
}

answer_matches() {
    matches "$1.answer" "$(cat "$IMPORT/$1.answer" && echo .)" "^$2\.$"
}

# gone NAME: the name is free again.
gone() {
    [ ! -e "$IMPORT/$1" ] || fail "$1 is still there"
}

# last_is TEXT: what the last request ended with.
last_is() {
    [ "$(head -n 1 "$MNT/last")" = "$1" ]
}


generation() {
    of_status .generation
}
