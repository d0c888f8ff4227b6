#!/usr/bin/env bats
# A file of import/ is one request: the outcome in the write, the close, NAME.answer, last and status, good and refused.

load ../lib/certfs.bash
load import.bash

setup_file() {
    make_sets
}

# ---- DUMPFILE

@test "the calls of mysqld for DUMPFILE import, and the name is gone before the close" {
    begin_import
    dropped create:"$IMPORT/x" chmod:644 seek write:"$GOOD/a.json" stat create:"$IMPORT/x" use:0 close
    outcomes "create ok" "chmod ok" "seek 0" "/write [0-9]+/" "/stat 644 0 [0-9]+/" "create ok" "close ok"
    serves a
    gone x
}

@test "a large document comes in the pieces that mysqld makes" {
    begin_import
    cp -r "$PKI/a" "$WORK/large"
    make_many_cas "$WORK/large/ca.pem" 100
    payload "$WORK/large/ca.pem" "$PKI/a/cert.pem" "$PKI/a/key.pem" >"$GOOD/large.json"
    [ "$(stat -c %s "$GOOD/large.json")" -gt 131072 ]
    dropped create:"$IMPORT/x" pieces:131072:"$GOOD/large.json" close
    outcomes "create ok" "/write [0-9]+/" "close ok"
    equal generation "$(generation)" 1
}

@test "a refusal is the errno of the write, is repeated, and has its sentence" {
    begin_import
    dropped create:"$IMPORT/x" write:"$GOOD/bad.json" text:' ' flush close answer:"$IMPORT/x"
    outcomes "create ok" "write EBADMSG" "write EBADMSG" "flush ok" "close ok" \
        "/answer ssl_key does not match ssl_cert.*/"
    gone x
    equal reason "$(of_status .last_request.reason)" key_mismatch
    equal "last and the answer" "$(head -n 1 "$MNT/last")" "$(cat "$IMPORT/x.answer")"
    [ ! -e "$MNT/key.pem" ]
}

@test "NULL is one byte that is no document" {
    begin_import
    dropped create:"$IMPORT/x" write:<(printf '\0') close
    outcomes "create ok" "write EBADMSG" "close ok"
    gone x
}

@test "no errno is one that MariaDB takes for another thing" {
    begin_import
    make_dated old a-root 200101000000Z 210101000000Z
    payload "$PKI/a/ca.pem" "$PKI/old.pem" "$PKI/old-key.pem" >"$GOOD/old.json"
    jq -c '.KmsKeyId = "nowhere"' "$GOOD/a.json" >"$GOOD/locked.json"
    for row in "old expired EBADMSG" "locked key_not_accessible EACCES" "bad key_mismatch EBADMSG"; do
        read -r name reason errno <<<"$row"
        dropped create:"$IMPORT/x" write:"$GOOD/$name.json" close
        outcomes "create ok" "write $errno" "close ok"
        equal "reason of $name" "$(of_status .last_request.reason)" "$reason"
    done
}

@test "only the two rds requests are taken" {
    begin_import
    import a
    for action in RestorePrevious ListTagsForResource DeleteCertificate; do
        dropped create:"$IMPORT/x" text:"{\"Action\":\"$action\"}"
        outcomes "create ok" "write EBADMSG"
    done
    answer_is x "$(cat "$MNT/last")"
    dropped create:"$IMPORT/x" text:'{"Action":"RestorePrevious"}'
    answer_is x "Action: only rds_import_binlog_ssl_material and rds_remove_binlog_ssl_material are taken here"
    serves a
    dropped create:"$IMPORT/x" text:'{"Action":"rds_remove_binlog_ssl_material"}'
    outcomes "create ok" "/write [0-9]+/"
    answer_is x "$(cat "$MNT/last")"
    matches "the first line" "$(cat "$IMPORT/x.answer")" $'^removed; mysqld will not start without the files\n1 warning:\n'
    [ ! -e "$MNT/key.pem" ]
}

@test "sql_import=ID imports into that set and leaves the root set alone" {
    mount_certfs -o owner=root,sql_import=replica
    use_import
    import a
    dropped create:"$IMPORT/x" write:"$GOOD/b.json" close
    outcomes "create ok" "/write [0-9]+/" "close ok"
    answer_matches x "imported replica generation 2: .*"
    serves a
    same "$MNT/certificates/replica/key.pem" <(openssl pkey -in "$PKI/b/key.pem")
    dropped create:"$IMPORT/x" write:"$GOOD/b.json" close
    answer_matches x "unchanged, still replica generation 2: .*"
    exec 5<"$MNT/key.pem" 6<"$MNT/certificates/replica/key.pem"
    dropped create:"$IMPORT/x" text:'{"Action":"rds_remove_binlog_ssl_material"}' close
    outcomes "create ok" "/write [0-9]+/" "close ok"
    [ ! -e "$MNT/certificates/replica" ]
    serves a
    cat <&5 >/dev/null
    run cat <&6
    matches "a descriptor on the removed key" "$output" "Input/output error"
    exec 5<&- 6<&-
}

@test "the lines below the sentence in last are those of a good request, and a refusal has its sentence alone" {
    local before
    begin_import
    sed 's/$/\r/' "$PKI/a/cert.pem" >"$WORK/cert.pem"
    make_key weak rsa:1024
    _certify weak "/CN=it's \\\\ weak" ""
    cat "$PKI/a/ca.pem" "$PKI/weak.pem" >"$WORK/ca.pem"
    payload "$WORK/ca.pem" "$WORK/cert.pem" "$PKI/a/key.pem" >"$GOOD/told.json"
    for before in imported unchanged; do
        dropped create:"$IMPORT/x" write:"$GOOD/told.json" close
        answer_is x "$(cat "$MNT/last")"
        matches "the answer" "$(cat "$IMPORT/x.answer")" \
            ^$before$'[^\n]*\n1 warning:\n[^\n]*it.s [^\n]*weak[^\n]*\n1 repair:\n  line_endings of ssl_cert$'
        equal size "$(stat -c %s "$IMPORT/x.answer")" "$(wc -c <"$IMPORT/x.answer")"
    done
    dropped create:"$IMPORT/x" write:"$GOOD/bad.json" close
    answer_matches x $'ssl_key does not match ssl_cert[^\n]*'
}

# ---- empty, cut off, never finished

@test "an empty file is refused at its close, its sentence is there at once, and it is recorded" {
    begin_import
    dropped create:"$IMPORT/x" close answer:"$IMPORT/x"
    outcomes "create ok" "close EBADMSG" "answer the document is empty; one request is expected, a JSON document"
    eventually gone x 2>/dev/null
    eventually last_is "the document is empty; one request is expected, a JSON document"
    equal reason "$(of_status .last_request.reason)" malformed_json
}

@test "a document that is cut off is refused at its close, and no byte of it is disclosed" {
    begin_import
    dropped create:"$IMPORT/x" write:"$GOOD/cut.json" close answer:"$IMPORT/x"
    outcomes "create ok" "/write [0-9]+/" "close EBADMSG" "/answer the document ends too early: } is missing, of the object that began at line 1, .*/"
    eventually gone x 2>/dev/null
    eventually last_is "$(cat "$IMPORT/x.answer")"
    ! grep -r marker "$IMPORT/x.answer" "$MNT/last" "$MNT/status"
}

@test "a close of a copy before the end decides nothing" {
    begin_import
    dropped create:"$IMPORT/x" flush answer:"$IMPORT/x" text:' ' flush write:"$GOOD/a.json" flush close answer:"$IMPORT/x"
    outcomes "create ok" "flush EBADMSG" "/answer the document is empty; .*/" "write 1" "flush EBADMSG" "/write [0-9]+/" \
        "flush ok" "close ok" "/answer imported generation 1: .*/"
}

@test "a file that is never finished is refused though nobody touches it" {
    with_hooks CERTFS_TEST_UNFINISHED_MS=300
    begin_import
    exec 5>"$IMPORT/x"
    printf %s "$(<"$GOOD/cut.json")" >&5
    eventually gone x 2>/dev/null
    answer_is x "the document was not complete 30 seconds after its file was created"
    last_is "$(cat "$IMPORT/x.answer")"
    run python3 -c 'import os; os.write(5, b"}")'
    matches "a later write" "$output" "Bad message"
    equal "size and links by fstat" "$(stat -Lc '%s %h' "/proc/$BASHPID/fd/5")" "$(stat -c %s "$GOOD/cut.json") 0"
    # The name is free while the old file is still open.
    dropped create:"$IMPORT/x" write:"$GOOD/a.json" close
    outcomes "create ok" "/write [0-9]+/" "close ok"
    exec 5>&-
    answer_matches x "imported generation 1: .*"
}

@test "an unfinished file can be given up, and that is recorded" {
    begin_import
    dropped create:"$IMPORT/x" text:'{' unlink:"$IMPORT/x" unlink:"$IMPORT/x" text:'}' stat close answer:"$IMPORT/x"
    outcomes "create ok" "write 1" "unlink ok" "unlink ENOENT" "write EBADMSG" "stat 640 0 1" "close ok" \
        "answer the file was removed before its document was complete"
    last_is "the file was removed before its document was complete"
}

@test "a document cannot be written in disorder" {
    begin_import
    dropped create:"$IMPORT/x" at:1:'{' answer:"$IMPORT/x" create:"$IMPORT/y" text:'{' at:0:'{' text:'}'
    outcomes "create ok" "write EBADMSG" \
        "answer the document must be written from its start to its end, without gaps" \
        "create ok" "write 1" "write EBADMSG" "write EBADMSG"
}

@test "behind the document white space is taken, anything else refused; the import stands" {
    begin_import
    dropped create:"$IMPORT/x" write:"$GOOD/a.json" text:$' \n' text:'{}' close
    outcomes "create ok" "/write [0-9]+/" "write 2" "write EBADMSG" "close ok"
    answer_matches x "imported generation 1: .*"
    serves a
}

# ---- names and answers

@test "a name can be used again at once, and its answer is the newest" {
    begin_import
    for _ in {1..20}; do
        dropped create:"$IMPORT/x" write:"$GOOD/bad.json" close create:"$IMPORT/x" text:'{}' close answer:"$IMPORT/x"
        outcomes "create ok" "write EBADMSG" "close ok" "create ok" "write EBADMSG" "close ok" \
            "/answer ssl_ca, ssl_cert and ssl_key are needed.*/"
    done
}

@test "a new file of a name has no answer before it has a verdict" {
    begin_import
    dropped create:"$IMPORT/x" write:"$GOOD/bad.json" close create:"$IMPORT/x" answer:"$IMPORT/x"
    outcomes "create ok" "write EBADMSG" "close ok" "create ok" "answer ENOENT"
}

@test "an answer is there for its time and not for ever" {
    with_hooks CERTFS_TEST_ANSWER_MS=400
    begin_import
    dropped create:"$IMPORT/x" write:"$GOOD/bad.json" close answer:"$IMPORT/x"
    outcomes "create ok" "write EBADMSG" "close ok" "/answer ssl_key .*/"
    no_answer() { [ ! -e "$IMPORT/x.answer" ]; }
    eventually no_answer
}

@test "two requests at the same moment each get their own answer" {
    begin_import
    for i in {1..10}; do
        drop create:"$IMPORT/x$i" write:"$GOOD/bad.json" close answer:"$IMPORT/x$i" >"$WORK/x" &
        first=$!
        drop create:"$IMPORT/y$i" text:'{"ssl_ca":1}' close answer:"$IMPORT/y$i" >"$WORK/y" &
        wait "$first" $!
        grep -q "^answer ssl_key does not match" "$WORK/x" || fail "$(cat "$WORK/x")"
        grep -q "^answer ssl_ca: a string is expected, a number was found" "$WORK/y" || fail "$(cat "$WORK/y")"
    done
}

@test "no byte of a payload is in an answer" {
    begin_import
    while IFS= read -r document; do
        dropped create:"$IMPORT/x" text:"$document" close
        [[ $(cat "$IMPORT/x.answer") != *[Cc][Aa][Nn][Aa][Rr][Yy]* ]] || fail "the answer to $document tells it"
        LC_ALL=C matches answer "$(cat "$IMPORT/x.answer")" '^[ -~]{1,120}$'
    done <<'END'
{"canary_one":1,"ssl_ca":"x"}
{"ssl_ca":canary}
{"ssl_ca":"canary","ssl_cert":"canary","ssl_key":"canary"}
{"Action":"canary"}
{"ssl_ca":"canary
canary
END
}

# ---- limits

# files COMMAND N...: steps that create these files and give each the COMMAND.
files() {
    local command=$1 i
    shift
    for i; do
        printf '%s\n' "create:$IMPORT/x$i" ${command:+"$command"}
    done
}

@test "a user has eight unfinished files, and the ninth is refused with the reason" {
    begin_import
    mapfile -t steps < <(files text:'{' {1..8})
    steps+=("create:$IMPORT/x9" text:x)
    run as_member python3 "$GOOD/drop.py" "${steps[@]}" answer:"$IMPORT/x9" use:0 unlink:"$IMPORT/x1" create:"$IMPORT/x9" text:'{}'
    equal "files that were created" "$(grep -c '^create ok$' <<<"$output")" 9
    matches output "$output" "create EBUSY"$'\n'"write EBADMSG"$'\n'"answer more than 8 unfinished requests of this user"
    answer_is x9 "ssl_ca, ssl_cert and ssl_key are needed, or an Action"
}

@test "4 MiB of unfinished bytes are taken, and more are refused with their document" {
    begin_import
    mapfile -t steps < <(files blanks:1000000 {1..4})
    dropped "${steps[@]}" create:"$IMPORT/y" blanks:194304 text:' ' stat use:0 text:' ' answer:"$IMPORT/y"
    matches output "$output" "write 194304"$'\n'"write EBUSY"$'\n'"stat 640 0 194304"$'\n'"write 1"
    matches output "$output" "answer more than 4 MiB in unfinished requests of this user; try again"
}

@test "more than 1 MiB is too large, and 1 MiB is not" {
    begin_import
    dropped create:"$IMPORT/x" blanks:1044480 blanks:4096 text:'{' close
    outcomes "create ok" "write 1044480" "write 4096" "write EFBIG" "close ok"
    answer_matches x "the document is larger than 1048576 bytes"
    dropped create:"$IMPORT/y" blanks:1044480 blanks:4094 text:'{}' answer:"$IMPORT/y"
    outcomes "create ok" "write 1044480" "write 4094" "write EBADMSG" "/answer ssl_ca, ssl_cert and ssl_key are needed.*/"
}

# ---- the order of things

@test "a second rotation within a second is delayed and works" {
    begin_import
    run python3 - "$IMPORT" "$GOOD" <<'END'
import os, sys, time
directory, good = sys.argv[1:]
def ask(name):
    fd = os.open(f"{directory}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        os.write(fd, open(f"{good}/{name}.json", "rb").read())
    except OSError:
        pass
    return time.monotonic()
first = ask("a")
second = ask("b")
assert second - first > 0.95, f"the second came after {second - first:.3f} s"
END
    equal "what python says" "$output" ""
    serves b
    answer_matches b "imported generation 2: .*"
}

@test "a request that changes nothing does not delay the next" {
    begin_import
    import a
    run python3 - "$IMPORT" "$GOOD" <<'END'
import os, sys, time
directory, good = sys.argv[1:]
began = time.monotonic()
for i in range(20):
    fd = os.open(f"{directory}/{i}", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        os.write(fd, open(f"{good}/{'a' if i % 2 else 'bad'}.json", "rb").read())
        os.close(fd)
    except OSError:
        pass
took = time.monotonic() - began
assert took < 15, f"twenty took {took:.3f} s"
END
    equal "what python says" "$output" ""
    equal generation "$(generation)" 1
}

@test "control goes before import/" {
    with_hooks CERTFS_TEST_HOLD_MS=1500
    begin_import
    # A refusal keeps the importer busy and starts no pace.
    background python3 "$GOOD/drop.py" create:"$IMPORT/first" write:"$GOOD/bad.json"
    eventually test -e "$IMPORT/first"
    first=$BACKGROUND
    eventually is_writing "$first"
    background python3 "$GOOD/drop.py" create:"$IMPORT/second" write:"$GOOD/b.json"
    second=$BACKGROUND
    eventually is_writing "$second"
    import a
    wait "$second"
    serves b
    equal generation "$(generation)" 2
    answer_matches second "imported generation 2: .*"
}

# The kernel keeps the file to its writer until the write is answered.
@test "a file that is being judged cannot be given up: who tries waits, and finds it gone" {
    with_hooks CERTFS_TEST_HOLD_MS=700
    begin_import
    background python3 "$GOOD/drop.py" create:"$IMPORT/x" write:"$GOOD/a.json"
    writer=$BACKGROUND
    eventually is_writing "$writer"
    run rm "$IMPORT/x"
    matches rm "$output" "No such file or directory|Device or resource busy"
    wait "$writer"
    serves a
    answer_matches x "imported generation 1: .*"
}
