#!/usr/bin/env bats
# A user who only holds things open: unfinished documents, texts, pages of the key.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    mount_certfs -o owner=root
}

test_teardown() {
    { exec 6>&-; } 2>/dev/null || true
}

# hold COUNT: a process that holds so many unfinished documents on control. Its output is in $WORK/held, its input is
# fd 6.
hold() {
    mkfifo "$WORK/to-holder"
    exec 6<>"$WORK/to-holder"
    background python3 "$LIB/holding.py" "$CONTROL" "$1" "$WORK/to-holder" >"$WORK/held" 6>&-
    HOLDER=$BACKGROUND
    eventually grep -q ready "$WORK/held"
}

@test "documents that nobody finishes give their places to others, the oldest first, and status names their user" {
    hold 16
    held() { [ "$(of_status '[.in_flight[] | [.file, .uid, .pid, .bytes, .complete]] | unique')" = "$1" ]; }
    eventually held "[[\"control\",0,$HOLDER,2,false]]"
    equal "how many" "$(of_status '.in_flight | length')" 16
    of_status '.in_flight[] | .age, .idle' >"$WORK/ages"
    [ "$(sort -n "$WORK/ages" | tail -n 1)" -le $((SECONDS + 1)) ] || fail "$(xargs <"$WORK/ages")"
    imported() { import a 2>"$WORK/said" || { grep -q busy "$WORK/said" || return; false; }; }
    eventually imported
    serves a
    import b
    serves b
    echo >&6
    eventually grep -q EBUSY "$WORK/held"
    told=$(tail -n 1 "$WORK/held")
    equal "the first" "${told%% *}" EBUSY
    equal "how many gave way" "$(tr ' ' '\n' <<<"$told" | grep -c EBUSY)" 1
}

@test "a slow writer is not disturbed while there are places" {
    hold 15
    import a
    import b
    serves b
    echo >&6
    eventually grep -q '^1' "$WORK/held"
    equal "what they were told" "$(tail -n 1 "$WORK/held" | tr ' ' '\n' | sort -u)" 1
}

@test "pages of a key that sendfile, splice or a mapping brings into the page cache go at the close, and reading brings none" {
    import a
    python3 "$LIB/resident.py" "$MNT/key.pem" pread close sendfile close splice close readahead close map close >"$WORK/pages"
    grep -qx "pread 0" "$WORK/pages" || fail "$(cat "$WORK/pages")"
    equal "what stays after a close" "$(grep '^close' "$WORK/pages" | sort -u)" "close 0"
    equal "closes" "$(grep -c '^close' "$WORK/pages")" 5
}
