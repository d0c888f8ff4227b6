#!/usr/bin/env bats
# Every usual way of writing the payload gets the verdict: exit status and message.
#
# One table of writers, walked by every test; a failure names the writer. A row is
#   name | program | outcome of a refusal | outcome of a payload that was cut off | script
# The script gets the payload's file as $1 and control as $2. The outcomes:
#   errno   non-zero, and the error's text
#   status  non-zero, and a text of its own
#   silent  it ignores the result of close, so only `last` and `status` have it
#   any     it depends on the size, and nothing can help
#   -       does not apply
# Rows named "as argument" hand the payload to another program, which 200 KB cannot be.

load ../lib/certfs.bash

# shellcheck disable=SC2016 # the scripts are for the writers' shells
WRITERS=(
    'bash echo               |bash      |errno |silent|P=$(<"$1"); echo "$P" >"$2"'
    'bash printf             |bash      |errno |silent|P=$(<"$1"); printf %s "$P" >"$2"'
    'bash here-document      |bash      |errno |errno |P=$(<"$1"); cat >"$2" <<END
$P
END'
    'bash here-string        |bash      |errno |errno |P=$(<"$1"); cat >"$2" <<<"$P"'
    'dash echo               |dash      |status|silent|P=$(cat "$1"); echo "$P" >"$2"'
    'dash printf             |dash      |status|silent|P=$(cat "$1"); printf %s "$P" >"$2"'
    'zsh echo                |zsh -f    |errno |silent|P=$(<"$1"); echo "$P" >"$2"'
    'zsh print -r            |zsh -f    |errno |silent|P=$(<"$1"); print -r -- "$P" >"$2"'
    'mksh print -r           |mksh      |errno |silent|P=$(<"$1"); print -r -- "$P" >"$2"'
    'busybox sh echo         |busybox sh|errno |silent|P=$(cat "$1"); echo "$P" >"$2"'
    'busybox cat             |dash      |errno |silent|busybox cat "$1" >"$2"'
    'busybox cp              |dash      |errno |errno |busybox cp "$1" "$2"'
    'busybox tee             |dash      |status|silent|busybox tee "$2" <"$1" >/dev/null'
    'echo, as argument       |dash      |errno |errno |P=$(cat "$1"); /bin/echo "$P" >"$2"'
    'printf, as argument     |dash      |status|errno |P=$(cat "$1"); /usr/bin/printf %s "$P" >"$2"'
    'cat                     |dash      |errno |errno |cat "$1" >"$2"'
    'cat, appending          |dash      |errno |errno |<"$1" cat >>"$2"'
    'cp                      |dash      |errno |errno |cp "$1" "$2"'
    'cp -f                   |dash      |errno |errno |cp -f "$1" "$2"'
    'cp -p                   |dash      |errno |errno |cp -p "$1" "$2"'
    'tee                     |dash      |errno |errno |tee "$2" <"$1" >/dev/null'
    'tee -a                  |dash      |errno |errno |tee -a "$2" <"$1" >/dev/null'
    'cat and tee             |dash      |errno |errno |cat "$1" | tee "$2" >/dev/null'
    'dd                      |dash      |errno |errno |dd if="$1" of="$2" status=none'
    'dd bs=1M                |dash      |errno |errno |dd if="$1" of="$2" bs=1M status=none'
    'dd conv=notrunc,fsync   |dash      |errno |errno |dd if="$1" of="$2" bs=64k conv=notrunc,fsync status=none'
    'python open and close   |python3   |errno |errno |import sys; f = open(sys.argv[3], "w"); f.write(open(sys.argv[2]).read()); f.close()'
    'python open, no close   |python3   |any   |any   |import sys; open(sys.argv[3], "w").write(open(sys.argv[2]).read())'
    'python os.write         |python3   |errno |errno |import os, sys; f = os.open(sys.argv[3], os.O_WRONLY); os.write(f, open(sys.argv[2], "rb").read()); os.close(f)'
    'python json.dump        |python3   |errno |-     |import json, sys; f = open(sys.argv[3], "w"); json.dump(json.load(open(sys.argv[2])), f); f.close()'
    'python shutil.copyfile  |python3   |errno |errno |import shutil, sys; shutil.copyfile(sys.argv[2], sys.argv[3])'
)

setup_file() {
    pki_begin
    make_pki a rsa:2048 intermediate
    make_pki b rsa:2048 intermediate
    mkdir "$PKI/a-large" "$PKI/b-large"
    cp "$PKI/a/"* "$PKI/a-large"
    cp "$PKI/b/"* "$PKI/b-large"
    make_many_cas "$PKI/a-large/ca.pem"
    { cat "$PKI/b/ca.pem"; tail -n +"$(($(wc -l <"$PKI/a/ca.pem") + 1))" "$PKI/a-large/ca.pem"; } >"$PKI/b-large/ca.pem"
    payload_of a-large >"$PKI/a-large.json"
    payload_of b-large >"$PKI/b-large.json"
}

test_setup() {
    mount_certfs
}

# row ENTRY: splits it into name, program, refused, cut, script. A script may have several lines.
row() {
    local blanks
    IFS='|' read -r -d '' name program refused cut script < <(printf '%s\0' "$1") || true
    for blanks in name program refused cut; do
        printf -v "$blanks" %s "${!blanks%"${!blanks##*[! ]}"}"
    done
}

# write_with FILE: runs the row's writer; sets status and output.
write_with() {
    status=0
    # shellcheck disable=SC2086 # a program may have an argument
    output=$(timeout 60 $program -c "$script" sh "$1" "$CONTROL" 2>&1) || status=$?
}

# Prints what of the row is not installed; false if nothing.
missing_programs() {
    local needed missing=1 tools=("${program%% *}")
    [[ $name != busybox* ]] || tools+=(busybox)
    for needed in "${tools[@]}"; do
        command -v "$needed" >/dev/null || { echo "$needed"; missing=0; }
    done
    return "$missing"
}

# for_each_writer CHECK [ARGUMENT...]: runs the check for each row whose program is there; fails at the end, with all
# the names, so that one run shows the whole picture.
for_each_writer() {
    local entry name program refused cut script wrong=()
    for entry in "${WRITERS[@]}"; do
        row "$entry"
        ! missing_programs >/dev/null || continue
        "$@" || wrong+=("$name")
    done
    [ ${#wrong[@]} -eq 0 ] || fail "wrong for: $(printf '%s; ' "${wrong[@]}")"
}

said() {
    fail "$name: exit status $status, printed '${output:0:300}', last: $(cat "$MNT/last")"
}

# told HOW TEXT: whether status and output are those of a writer with this outcome.
told() {
    case $1 in
        errno) [[ $status != 0 && ${output,,} == *"${2,,}"* ]] ;;
        status) [[ $status != 0 && -n $output ]] ;;
        silent) [ "$status" = 0 ] ;;
        any) true ;;
    esac || said
}

# Nobody can hand 200 KB over as one argument; the shell opens and closes control all the same, and last reports it.
is_too_long() {
    [[ $name == *"as argument" && $(stat -c %s "$1") -gt 131072 ]]
}

not_executed() {
    local before
    before=$(of_status .generation)
    write_with "$1"
    [[ $status == 126 && $output == *"too long"* ]] || { said; return; }
    eventually reason_is malformed_json && matches last "$(cat "$MNT/last")" '^the document is empty' && unchanged "$before"
}

# accepted FIRST SECOND: the two sets by turns, since the same set again would change nothing.
accepted() {
    local set=$1
    ! is_too_long "$PKI/$set.json" || { not_executed "$PKI/$set.json"; return; }
    cmp -s "$MNT/cert.pem" "$PKI/$set/cert.pem" && set=$2
    local before
    before=$(of_status .generation)
    write_with "$PKI/$set.json"
    [[ $status == 0 && -z $output ]] || { said; return; }
    equal "$name: the result" "$(of_status .last_request.result)" ok || return
    equal "$name: the generation" "$(of_status .generation)" $((before + 1)) || return
    same "$MNT/ca.pem" "$PKI/$set/ca.pem" && same "$MNT/cert.pem" "$PKI/$set/cert.pem"
}

# unchanged GENERATION
unchanged() {
    equal "$name: the generation" "$(of_status .generation)" "$1"
}

# refused_with FILE REASON TEXT: the writer gets the refusal, it is recorded, and nothing changed.
refused_with() {
    local before
    ! is_too_long "$1" || { not_executed "$1"; return; }
    leave_mark
    before=$(of_status .generation)
    write_with "$1"
    told "$refused" "$3" || return
    equal "$name: the recorded reason" "$(of_status .last_request.reason)" "$2" || return
    unchanged "$before"
}

# cut_off FILE: only the end of the file shows that it is cut off. The cut is in the last END line, whose place does not
# depend on the key: behind a backslash, the line feed that echo appends would be what is wrong.
cut_off() {
    local before
    [ "$cut" != - ] || return 0
    ! is_too_long "$1" || { not_executed "$1"; return; }
    leave_mark
    before=$(of_status .generation)
    write_with "$1"
    told "$cut" "Bad message" || return
    eventually reason_is malformed_json || { said; return; }
    unchanged "$before"
}

# mismatched SET OTHER: the certificates of one set with the key of another.
mismatched() {
    payload "$PKI/$1/ca.pem" "$PKI/$1/cert.pem" "$PKI/$2/key.pem"
}

@test "all writers of the table are installed" {
    local entry name program refused cut script missing=()
    for entry in "${WRITERS[@]}"; do
        row "$entry"
        mapfile -t -O ${#missing[@]} missing < <(missing_programs)
    done
    [ ${#missing[@]} -eq 0 ] || skip "not installed, so not tested: $(printf '%s\n' "${missing[@]}" | sort -u | xargs)"
}

@test "a good payload of 6 KB is accepted from every writer" {
    [ "$(stat -c %s "$PKI/a.json")" -gt 5000 ]
    for_each_writer accepted a b
}

@test "a good payload of 200 KB is accepted from every writer" {
    [ "$(stat -c %s "$PKI/a-large.json")" -gt 200000 ]
    for_each_writer accepted a-large b-large
}

@test "a good payload with raw line breaks is accepted from every writer" {
    payload_raw "$PKI/a"/{ca,cert,key}.pem >"$PKI/a.json.new"
    payload_raw "$PKI/b"/{ca,cert,key}.pem >"$PKI/b.json.new"
    mkdir "$PKI/a-raw" "$PKI/b-raw"
    cp "$PKI/a/"* "$PKI/a-raw"
    cp "$PKI/b/"* "$PKI/b-raw"
    mv "$PKI/a.json.new" "$PKI/a-raw.json"
    mv "$PKI/b.json.new" "$PKI/b-raw.json"
    for_each_writer_but_json accepted a-raw b-raw
}

# Raw line breaks inside strings are no JSON for python's parser.
for_each_writer_but_json() {
    local entry kept=()
    for entry in "${WRITERS[@]}"; do
        [[ $entry == *json.load* ]] || kept+=("$entry")
    done
    WRITERS=("${kept[@]}")
    for_each_writer "$@"
}

@test "a refused payload of 6 KB is reported to every writer" {
    import a
    mismatched a b >"$WORK/bad.json"
    for_each_writer refused_with "$WORK/bad.json" key_mismatch "Key was rejected by service"
    serves a
}

@test "a refused payload of 200 KB is reported to every writer" {
    import a
    mismatched a-large b >"$WORK/bad.json"
    for_each_writer refused_with "$WORK/bad.json" key_mismatch "Key was rejected by service"
    serves a
}

@test "a refused payload with raw line breaks is reported to every writer" {
    import a
    payload_raw "$PKI/a/ca.pem" "$PKI/a/cert.pem" "$PKI/b/key.pem" >"$WORK/bad.json"
    for_each_writer_but_json refused_with "$WORK/bad.json" key_mismatch "Key was rejected by service"
    serves a
}

@test "a payload that is not JSON from its first byte on is reported to every writer" {
    import a
    { printf 'ssl_ca='; cat "$PKI/a.json"; } >"$WORK/bad.json"
    for_each_writer_but_json refused_with "$WORK/bad.json" malformed_json "Bad message"
    serves a
}

@test "a payload of 6 KB that is cut off is refused, and reported to every writer that listens" {
    import a
    head -c -20 "$PKI/b.json" >"$WORK/cut.json"
    for_each_writer cut_off "$WORK/cut.json"
    serves a
}

@test "a payload of 200 KB that is cut off is refused, and reported to every writer that listens" {
    import a
    head -c -20 "$PKI/b-large.json" >"$WORK/cut.json"
    for_each_writer cut_off "$WORK/cut.json"
    serves a
}
