#!/usr/bin/env bats
# check-words and check-english reject what they are there to reject: each test plants one violation in a copy of the
# tree.

setup() {
    root=$BATS_TEST_DIRNAME/..
    tree=$BATS_TEST_TMPDIR/tree
    mkdir -p "$tree"
    cp -r "$root/core" "$root/fs" "$root/scripts" "$root"/*.md "$tree"
    mkdir "$tree/tests"
    cp -r "$root/tests/unit" "$tree/tests"
}

# planted FILE TEXT WANTED: with the text at its end the file is rejected, and the line of the report has these words.
planted() {
    printf '%s\n' "$2" >>"$tree/$1"
    run "$tree/scripts/check-english" "$tree"
    echo "$output"
    [ "$status" -ne 0 ]
    [[ "$output" == *"$1:$(wc -l <"$tree/$1"): "*"$3"* ]]
}

@test "the tree as it is is accepted" {
    run "$tree/scripts/check-english" "$tree"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "check-words rejects a function without a bound, and violations of English too" {
    printf 'void f(char *a, const char *b) { strcpy(a, b); } /* He copies. */\n' >>"$tree/core/base/buf.c"
    run "$tree/scripts/check-words"
    echo "$output"
    [ "$status" -ne 0 ]
    [[ "$output" == *'strcpy: has no bound'* ]]
    [[ "$output" == *'He: programs and users'* ]]
}

@test "a sentence that does not begin with its subject or an imperative is rejected" {
    local word
    for word in What Who Whoever Of By; do
        planted core/base/buf.c "/* $word is planted. */" "$word: begin with the subject"
        planted core/base/buf.h "/* First. $word is planted. */" "$word: begin with the subject"
    done
    planted tests/unit/core/base/test_buf.c 'TEST(what_is_planted)' 'name the subject of the test'
}

@test "'for want' is rejected, over the end of a line too" {
    planted core/json/json.c '/* -1 for want of memory. */' "write 'if allocation fails'"
    printf '/* -1 for want\n * of memory. */\n' >>"$tree/core/json/json.h"
    planted core/json/json.c '// fails for want of it' "write 'if allocation fails'"
    [[ "$output" == *'core/json/json.h:'*'for want of'* ]]
}

@test "programs that talk are rejected, in comments, in messages and in names" {
    planted core/pem/pem.c '/* Tells the caller. */' 'write report'
    planted core/pem/pem.c 'static const char planted[] = "OpenSSL says so";' 'says: write report'
    planted tests/unit/core/pem/test_pem.c 'TEST(a_fault_is_told)' 'told: write report'
}

@test "a missing 'longer' is rejected, 'no more than' is not" {
    planted core/x509/pair.c '/* It is no more. */' "no more: write 'no longer'"
    planted core/x509/pair.c '/* It is not any more. */' "any more: write 'no longer'"
    planted core/x509/pair.c '/* There are no more than two. But this is no more. */' "no more: write 'no longer'"
    [ "$(grep -c "core/x509/pair.c:$(wc -l <"$tree/core/x509/pair.c"):" <<<"$output")" -eq 1 ]
}

@test "programs and users that are persons are rejected" {
    planted core/judge/path.c '/* He who reads it finds his key. */' "He: programs and users"
    planted core/judge/path.c '/* It goes to whoever asks. */' "whoever: programs and users"
}

@test "a reference to something outside of the tree is rejected" {
    planted core/about/tags.c '/* See DESIGN 4. */' 'refer to'
    planted core/about/tags.c '/* Measured: facts/dms.md. */' 'refer to'
}

@test "code is not English: a name that is such a word is accepted" {
    printf 'int his, told, What;\n' >>"$tree/core/base/buf.c"
    run "$tree/scripts/check-english" "$tree"
    echo "$output"
    [ "$status" -eq 0 ]
}
