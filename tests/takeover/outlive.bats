#!/usr/bin/env bats
# Programs do not notice that the worker is replaced: descriptors of sets' files, mappings, texts, polls, documents in
# parts, answers, and import/.

load ../lib/certfs.bash
load ../store/store.bash
load ../import/import.bash
load outlive.bash

setup_file() {
    make_sets
}

test_setup() {
    store_begin
}

test_teardown() {
    [ -z "${FD-}" ] || exec {FD}>&-
}

@test "descriptors of a set's files are read to their end, by the next worker and the one after it" {
    serve
    import a
    local ca cert key again
    exec {ca}<"$MNT/ca.pem" {cert}<"$MNT/cert.pem" {key}<"$MNT/key.pem" {again}<"$MNT/key.pem"
    replace_worker
    exec {again}<&-
    cat <&"$ca" >"$WORK/ca"
    replace_worker
    cat <&"$cert" >"$WORK/cert"
    cat <&"$key" >"$WORK/key"
    exec {ca}<&- {cert}<&- {key}<&-
    same "$WORK/ca" "$PKI/a/ca.pem"
    same "$WORK/key" "$PKI/a/key.pem"
    serves a
    cmp -s "$WORK/cert" "$MNT/cert.pem"
}

# refuses_read FD: with EIO.
refuses_read() {
    if cat <&"$1" 2>"$WORK/said"; then
        fail "it was read"
    fi
    matches "what cat said" "$(cat "$WORK/said")" "Input/output error"
}

@test "a descriptor of a set that is removed reads EIO, in the next worker too" {
    serve
    import a
    local key
    exec {key}<"$MNT/key.pem"
    remove_material
    refuses_read "$key"
    replace_worker
    refuses_read "$key"
    exec {key}<&-
}

@test "a mapping stays, and a poll is woken by an import in the next worker" {
    serve
    import a
    mkfifo "$WORK/go"
    background python3 "$ROOT/tests/takeover/outlive.py" "$MNT" "$WORK/go" >"$WORK/lines"
    local watcher=$BACKGROUND
    eventually grep -qx ready "$WORK/lines"
    replace_worker
    read -r -t 0.3 <> <(:) || true
    equal "lines before the import" "$(cat "$WORK/lines")" ready
    import b
    eventually grep -qx changed "$WORK/lines"
    : >"$WORK/go"
    wait "$watcher"
    equal "the last line" "$(tail -n 1 "$WORK/lines")" "mapping same"
}

@test "a text that was read to its end stays at its end, and is read anew from the start" {
    serve
    import a
    python3 - "$MNT" "$WORK" <<'END' &
import os, sys
mount, work = sys.argv[1:]
text = os.open(mount + "/metrics", os.O_RDONLY)
whole = os.read(text, 1 << 20)
open(work + "/ready", "w").close()
with open(work + "/go") as go:
    go.read()
end = os.read(text, 1 << 20)
os.lseek(text, 0, os.SEEK_SET)
anew = os.read(text, 1 << 20)
os.lseek(text, 10, os.SEEK_SET)
print(len(end), anew[:20] == whole[:20], os.read(text, 1 << 20) == anew[10:], file=open(work + "/lines", "w"))
END
    local reader=$!
    mkfifo "$WORK/go"
    eventually test -e "$WORK/ready"
    replace_worker
    : >"$WORK/go"
    wait "$reader"
    equal "the outcome" "$(cat "$WORK/lines")" "0 True True"
}

@test "the rest of a document in parts is refused with EBUSY, and recorded" {
    serve
    import a
    across "open:w:$CONTROL" "pieces:300:$PKI/b.json" close -- # whole: nothing is lost
    outcomes "create ok" "/write [0-9]+/" "close ok" ready
    serves b
    head -c 500 "$PKI/a.json" >"$WORK/part"
    across "open:w:$CONTROL" "write:$WORK/part" -- "text:}" "text:}" flush
    outcomes "create ok" "write 500" ready "write EBUSY" "write EBUSY" "flush ok"
    equal "the reason" "$(of_status .last_request.reason)" busy
    matches "the message" "$(of_status .last_request.message)" "certfs was restarted"
    across "open:w:$CONTROL" "write:$WORK/part" -- flush flush
    outcomes "create ok" "write 500" ready "flush EBUSY" "flush ok"
    serves b
}

# A document is in flight.
is_begun() {
    [ "$(of_status '.in_flight | length')" = 1 ]
}

# Each writes in its own way: bash a line per write, tee 8 KiB.
@test "bash and tee report that certfs was restarted in the middle of their document" {
    serve
    import a
    mkfifo "$WORK/pipe"
    jq . "$PKI/b.json" >"$WORK/lines"
    local writer
    for writer in "while read -r line; do echo \"\$line\"; done >'$CONTROL'" "exec tee '$CONTROL' >/dev/null"; do
        background bash -c "exec <'$WORK/pipe'; $writer" 2>"$WORK/said"
        local pid=$BACKGROUND
        exec {FD}>"$WORK/pipe"
        head -n 2 "$WORK/lines" >&"$FD"
        eventually is_begun
        replace_worker
        tail -n +3 "$WORK/lines" >&"$FD"
        exec {FD}>&-
        unset FD
        if wait "$pid"; then
            fail "it succeeded: $writer"
        fi
        matches "what it said" "$(cat "$WORK/said")" "Device or resource busy"
    done
    serves a
}

@test "an answer is read on in the next worker" {
    serve
    import a
    local whole
    exec {FD}<>"$CONTROL"
    cat "$PKI/b.json" >&"$FD"
    whole=$(dd bs=16 count=1 status=none <&"$FD")
    replace_worker
    whole+=$(cat <&"$FD")
    exec {FD}>&-
    equal "the result" "$(jq -r .result <<<"$whole")" ok
    exec {FD}<>"$CONTROL"
    if cat "$PKI/bad.json" 1>&"$FD" 2>/dev/null; then
        fail "it was accepted"
    fi
    replace_worker
    equal "the result" "$(jq -r .result <&"$FD")" refused
}

@test "files of import/ and their answers outlive the worker" {
    serve -o sql_import=/,import_group=daemon
    use_import
    head -c 300 "$PKI/a.json" >"$WORK/part"
    across "create:$IMPORT/one" "create:$IMPORT/two" use:0 "write:$WORK/part" -- \
        "write:$PKI/a.json" close use:1 stat "write:$PKI/a.json" stat close "answer:$IMPORT/two"
    outcomes "create ok" "create ok" "write 300" ready "write EBUSY" "close ok" \
        "stat 640 1 0" "/write [0-9]+/" "/stat 640 0 [0-9]+/" "close ok" "/answer .*/"
    answer_matches one "certfs was restarted.*"
    gone one
    gone two
    serves a
    cat "$IMPORT/two.answer" >"$WORK/before"
    replace_worker
    same "$IMPORT/two.answer" "$WORK/before"
    rm "$IMPORT/one.answer"
    [ ! -e "$IMPORT/one.answer" ]
    replace_worker
    [ ! -e "$IMPORT/one.answer" ]
}

# again OPTION...: what again.py prints, on a mount whose root set is a.
again() {
    serve -o sql_import=/,import_group=daemon || return
    import a || return
    run python3 "$ROOT/tests/takeover/again.py" "$MNT" "$WORK/deaths" "$PKI"
    equal "what again.py printed" "$output" ok
}

@test "a request that comes again after the death of its worker is carried out once" {
    plan_deaths
    again
}

@test "the same on a kernel that cannot send requests again" {
    plan_deaths CERTFS_TEST_LACKS=resend
    again
}
