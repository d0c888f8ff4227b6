#!/usr/bin/env bats
# Resources that one member of the group can take from the others: places, memory, answers.

load ../lib/certfs.bash
load import.bash

setup_file() {
    make_sets
}

test_setup() {
    begin_import
}

# as USER COMMAND...: in the group of import/.
as() {
    local user=$1
    shift
    PATH=/usr/bin:/bin setpriv --reuid="$user" --regid=daemon --clear-groups "$@"
}

# unfinished PREFIX COUNT: steps that leave so many documents unfinished.
unfinished() {
    local i
    for ((i = 1; i <= $2; i++)); do
        printf '%s\n' "create:$IMPORT/$1$i" 'text: '
    done
}

# hold USER PREFIX COUNT: a process of USER that leaves so many unfinished and holds them. In $WORK/held-USER what it
# got.
hold() {
    local steps
    mkfifo -m 0666 "$WORK/hold-$1"
    mapfile -t steps < <(unfinished "$2" "$3")
    exec 5<>"$WORK/hold-$1"
    background setpriv --reuid="$1" --regid=daemon --clear-groups /usr/bin/python3 "$GOOD/drop.py" "${steps[@]}" hold:"$WORK/hold-$1" >"$WORK/held-$1"
    eventually grep -q ready "$WORK/held-$1"
}

got() {
    grep -c '^create ok$' "$WORK/held-$1" || true
}

@test "two users who take all they can leave places for others, for root and for control" {
    hold nobody a 9
    hold games b 9
    equal "how many the first got" "$(got nobody)" 8
    equal "how many the second got" "$(got games)" 7
    run as mail python3 "$GOOD/drop.py" create:"$IMPORT/x" write:"$GOOD/bad.json" close
    outcomes "create ok" "write EBADMSG" "close ok"
    hold mail c 5
    equal "how many the third got" "$(got mail)" 4
    dropped create:"$IMPORT/y" write:"$GOOD/a.json" close
    matches outcomes "$output" $'^create ok\nwrite [0-9]+\nclose ok$'
    import b
    serves b
}

@test "a user whose place went to another gets the reason, at the next write and in the answer" {
    hold nobody a 8
    hold games b 6
    mapfile -t steps < <(unfinished c 1)
    as mail python3 "$GOOD/drop.py" "${steps[@]}" >/dev/null
    as nobody python3 "$GOOD/drop.py" answer:"$IMPORT/a1" >"$WORK/told"
    grep -q "^answer its place in import/ was needed by another user" "$WORK/told" || fail "$(cat "$WORK/told")"
}

@test "files that are judged and held open count, and root is not limited" {
    mapfile -t steps < <(for i in {1..65}; do printf '%s\n' "create:$IMPORT/x$i" 'text:{}'; done)
    run as_member python3 "$GOOD/drop.py" "${steps[@]}" answer:"$IMPORT/x65" use:0 close create:"$IMPORT/x66"
    equal "how many were created" "$(grep -c '^create ok$' <<<"$output")" 65
    matches "the 65th" "$output" $'create EBUSY\nwrite EBADMSG\nanswer this user has more than 64 files of import/ open'
    matches "when one is closed" "$output" $'close ok\ncreate ok$'
    dropped "${steps[@]}"
    equal "how many root has" "$(grep -c '^create ok$' <<<"$output")" 65
}

@test "answers that are held open count as texts" {
    as_member python3 "$GOOD/drop.py" create:"$IMPORT/x" write:"$GOOD/bad.json" close >/dev/null
    mapfile -t steps < <(for _ in {1..257}; do echo "open:r:$IMPORT/x.answer"; done)
    run as_member python3 "$GOOD/drop.py" "${steps[@]}"
    equal "how many were opened" "$(grep -c '^create ok$' <<<"$output")" 256
    matches "the last" "$output" "create EMFILE$"
}

@test "a name that two users use leaves each its own answer" {
    as nobody python3 "$GOOD/drop.py" create:"$IMPORT/x" write:"$GOOD/bad.json" close >/dev/null
    run as games python3 "$GOOD/drop.py" create:"$IMPORT/x" text:'{"ssl_ca":1}' close answer:"$IMPORT/x" unlink:"$IMPORT/x.answer"
    matches "what the second reads" "$output" $'\nanswer ssl_ca: a string is expected.*\nunlink ok$'
    run as nobody python3 "$GOOD/drop.py" answer:"$IMPORT/x"
    matches "what the first reads" "$output" "^answer ssl_key does not match ssl_cert"
    run as games python3 "$GOOD/drop.py" answer:"$IMPORT/x"
    outcomes "answer EACCES"
}

# send USER PREFIX COUNT: so many processes of USER that each send a document, which is refused when its turn comes.
send() {
    local i
    for ((i = 1; i <= $3; i++)); do
        background setpriv --reuid="$1" --regid=daemon --clear-groups /usr/bin/python3 "$GOOD/drop.py" \
            create:"$IMPORT/$2$i" write:"$GOOD/bad.json" close answer:"$IMPORT/$2$i" >"$WORK/sent-$2$i"
    done
}

# waiting COUNT: so many complete documents of import/ have no verdict yet.
waiting() {
    [ "$(of_status '[.in_flight[] | select(.complete)] | length')" = "$1" ]
}

@test "complete documents that wait for their turn yield as well, and users take turns" {
    unmount_certfs
    with_hooks CERTFS_TEST_HOLD_MS=4000
    begin_import
    send nobody a 7
    eventually waiting 7
    send games b 7
    eventually waiting 14
    run as mail python3 "$GOOD/drop.py" create:"$IMPORT/x" write:"$GOOD/bad.json" close answer:"$IMPORT/x"
    outcomes "create ok" "write EBADMSG" "close ok" "/answer ssl_key does not match.*/"
    cat "$WORK"/sent-* >"$WORK/sent"
    equal "who had to yield" "$(grep -c "^write EBUSY" "$WORK/sent")" 1
    grep -q "^answer its place in import/ was needed by another user" "$WORK/sent" || fail "$(cat "$WORK/sent")"
    [ "$(grep -c "^write EBADMSG" "$WORK/sent")" -le 6 ] || fail "it waited for all of them"
}
