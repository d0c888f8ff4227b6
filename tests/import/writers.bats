#!/usr/bin/env bats
# Every program that creates a file in import/ gets the verdict, and NAME.answer has the rest.
#
# A row is: name | program | outcome of a refusal | outcome of a payload that was cut off | script
# The script gets the payload's file as $1 and the new name as $2. The outcomes:
#   errno   non-zero, and the error's text
#   status  non-zero, and a text of its own
#   silent  it ignores the result of close, so only NAME.answer, `last` and `status` have it

load ../lib/certfs.bash
load import.bash

# shellcheck disable=SC2016 # the scripts are for the writers' shells
WRITERS=(
    'bash echo            |bash      |errno |silent|P=$(<"$1"); echo "$P" >"$2"'
    'bash here-document   |bash      |errno |errno |P=$(<"$1"); cat >"$2" <<END
$P
END'
    'dash echo            |dash      |status|silent|P=$(cat "$1"); echo "$P" >"$2"'
    'dash printf          |dash      |status|silent|P=$(cat "$1"); printf %s "$P" >"$2"'
    'zsh print -r         |zsh -f    |errno |silent|P=$(<"$1"); print -r -- "$P" >"$2"'
    'mksh print -r        |mksh      |errno |silent|P=$(<"$1"); print -r -- "$P" >"$2"'
    'busybox sh echo      |busybox sh|errno |silent|P=$(cat "$1"); echo "$P" >"$2"'
    'busybox cp           |dash      |errno |errno |busybox cp "$1" "$2"'
    'busybox tee          |dash      |status|silent|busybox tee "$2" <"$1" >/dev/null'
    'cat                  |dash      |errno |errno |cat "$1" >"$2"'
    'cat, appending       |dash      |errno |errno |cat "$1" >>"$2"'
    'noclobber            |bash      |errno |errno |set -C; cat "$1" >"$2"'
    'cp                   |dash      |errno |errno |cp "$1" "$2"'
    'cp -f                |dash      |errno |errno |cp -f "$1" "$2"'
    'cp -p                |dash      |errno |errno |cp -p "$1" "$2"'
    'cp -a                |dash      |errno |errno |cp -a "$1" "$2"'
    'cp --sparse=always   |dash      |errno |errno |cp --sparse=always "$1" "$2"'
    'mv                   |dash      |errno |errno |mv "$1" "$2"'
    'tee                  |dash      |errno |errno |tee "$2" <"$1" >/dev/null'
    'tee -a               |dash      |errno |errno |tee -a "$2" <"$1" >/dev/null'
    'dd                   |dash      |errno |errno |dd if="$1" of="$2" status=none'
    'dd bs=1M             |dash      |errno |errno |dd if="$1" of="$2" bs=1M status=none'
    'dd conv=excl,fsync   |dash      |errno |errno |dd if="$1" of="$2" bs=64k conv=excl,fsync status=none'
    'python open and close|python3   |errno |errno |import sys; f = open(sys.argv[3], "w"); f.write(open(sys.argv[2]).read()); f.close()'
    'python open x        |python3   |errno |errno |import sys; f = open(sys.argv[3], "xb", 0); f.write(open(sys.argv[2], "rb").read()); f.close()'
    'python json.dump     |python3   |errno |-     |import json, sys; f = open(sys.argv[3], "w"); json.dump(json.load(open(sys.argv[2])), f); f.close()'
    'python shutil.copyfile|python3  |errno |errno |import shutil, sys; shutil.copyfile(sys.argv[2], sys.argv[3])'
)

setup_file() {
    make_sets
    truncate -s -10 "$PKI/a.json" && mv "$PKI/a.json" "$PKI/short.json" && payload_of a >"$PKI/a.json"
}

test_setup() {
    begin_import
}

# each_writer COMMAND: COMMAND NAME REFUSAL CUT for each row whose program is here; the row's script is in PROGRAM and
# SCRIPT.
each_writer() {
    local row name program refusal cut
    for row in "${WRITERS[@]}"; do
        IFS='|' read -r -d '' name program refusal cut SCRIPT <<<"$row" || true
        read -ra PROGRAM <<<"$program"
        command -v "${PROGRAM[0]}" >/dev/null || continue
        "$1" "${name%"${name##*[! ]}"}" "${refusal// /}" "${cut// /}" || return
    done
}

# writes FILE: a copy of it, by the row's script; a writer may move it away.
writes() {
    cp "$1" "$WORK/source"
    run "${PROGRAM[@]}" -c "${SCRIPT%$'\n'}" "${PROGRAM[0]}" "$WORK/source" "$IMPORT/x"
    gone_or_released || fail "the name is still there"
}

gone_or_released() {
    eventually gone x 2>/dev/null
}

# told HOW TEXT: whether `run` had this outcome.
told() {
    case $1 in
        errno) [ "$status" -ne 0 ] && [[ ${output,,} == *"${2,,}"* ]] ;;
        status) [ "$status" -ne 0 ] && [ -n "$output" ] ;;
        silent) [ "$status" -eq 0 ] ;;
    esac || fail "exit status $status, and it prints: $output"
}

good() {
    writes "$GOOD/a.json"
    [ "$status" -eq 0 ] && [ -z "$output" ] || fail "$1: exit status $status, and it prints: $output" || return
    matches "$1" "$(cat "$IMPORT/x.answer")" "^(imported generation 1|unchanged, still generation 1): "
}

refused() {
    writes "$GOOD/bad.json"
    told "$2" "Bad message" || fail "by $1" || return
    matches "$1" "$(cat "$IMPORT/x.answer")" "^ssl_key does not match ssl_cert" || return
    [ -e "$WORK/source" ] || fail "$1: the source is gone"
}

cut_off() {
    [ "$3" != - ] || return 0
    writes "$GOOD/short.json"
    told "$3" "Bad message" || fail "by $1" || return
    eventually answer_says "the document ends too early" || fail "by $1: $(cat "$IMPORT/x.answer")" || return
    [ -e "$WORK/source" ] || fail "$1: the source is gone"
}

answer_says() {
    [[ $(cat "$IMPORT/x.answer") == "$1"* ]]
}

@test "a good payload: every writer prints nothing and exits with 0" {
    each_writer good
    serves a
}

@test "a refused payload: every writer gets the error, and still has its source" {
    each_writer refused
}

@test "a payload that is cut off: all but shell builtins get the error, and the answer has the reason" {
    each_writer cut_off
}

@test "mv from another filesystem takes its source away only when it is imported" {
    cp "$GOOD/a.json" "$WORK/source"
    mv "$WORK/source" "$IMPORT/x"
    [ ! -e "$WORK/source" ]
    serves a
}

@test "cp -p of another user's file imports, and reports that the owner is not kept" {
    cp "$GOOD/a.json" "$WORK/source"
    chown daemon "$WORK/source"
    run cp -p "$WORK/source" "$IMPORT/x"
    matches output "$output" "failed to preserve ownership"
    serves a
}

# The same with every program that goes by the name, such as shutil.copy.
@test "install wants the name back after the verdict: it imports, and reports that the name is gone" {
    run install -m 0600 "$GOOD/a.json" "$IMPORT/x"
    equal "exit status" "$status" 1
    matches output "$output" "No such file or directory"
    answer_matches x "imported generation 1: .*"
    run install -m 0600 "$GOOD/bad.json" "$IMPORT/x"
    equal "exit status" "$status" 1
    matches output "$output" "error writing .*Bad message"
}

@test "nothing at all: touch, truncate and cp of an empty file are refused at their close" {
    : >"$WORK/empty"
    for command in "touch $IMPORT/x" "truncate -s0 $IMPORT/x" "cp $WORK/empty $IMPORT/x" "dd if=/dev/null of=$IMPORT/x"; do
        run $command
        [ "$status" -ne 0 ] || fail "$command succeeds"
        matches "$command" "$output" "Bad message"
        gone_or_released
        answer_is x "the document is empty; one request is expected, a JSON document"
    done
}
