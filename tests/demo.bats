#!/usr/bin/env bats
# scripts/demo runs to its end, and leaves nothing behind, however it ends.

bats_require_minimum_version 1.5.0
load lib/certfs.bash

test_setup() {
    DEMO=$ROOT/scripts/demo
    # shellcheck disable=SC2034 # certfs.bash uses it; the demo may have to build first
    SECONDS_TO_WAIT=120
}

# The folder that the demo printed as its own.
folder() {
    sed -nE 's|^All that follows happens in ([^,]+), .*|\1|p' output
}

nothing_is_left() {
    local dir
    dir=$(folder)
    [ -n "$dir" ] || fail "the demo named no folder"
    [ ! -e "$dir" ] || fail "$dir is still there"
    run ! grep -F "$dir" /proc/self/mounts
    run ! pgrep -f -- "$dir"
}

# The demo in the background, until a file in its folder is there. Bash would start it with SIGINT ignored, which no
# trap could undo.
demo_until() {
    background env --default-signal=INT "$DEMO" >output 2>&1
    eventually demo_has "$1"
    kill -0 "$BACKGROUND" || { cat output; fail "the demo ended before $1 was there"; }
}

# Also true when the demo ended, so that nobody waits for nothing.
demo_has() {
    [ -e "$(folder)/$1" ] || ! kill -0 "$BACKGROUND" 2>/dev/null
}

ends_with() {
    local status=0
    wait "$BACKGROUND" || status=$?
    cat output
    equal "exit status" "$status" "$1"
    nothing_is_left
}

@test "the demo shows TLS, both serials and a refusal, and leaves nothing" {
    "$DEMO" >output 2>&1 || { cat output; fail "the demo failed"; }
    output=$(<output)
    matches "the output" "$output" 'TLSv1\.3'
    matches "the output" "$output" 'serial=01.*FLUSH SSL.*serial=03'
    matches "the output" "$output" 'Key was rejected by service.*ssl_key does not match ssl_cert'
    [[ "$output" != *"PRIVATE KEY"* ]] || fail "the demo printed a key"
    nothing_is_left
}

@test "the demo cleans up when it is interrupted while its server runs" {
    demo_until data/socket
    kill -INT "$BACKGROUND"
    ends_with 130
}

@test "the demo cleans up when it is ended just after the mount" {
    demo_until tls/control
    kill -TERM "$BACKGROUND"
    ends_with 143
}

@test "the demo asks for root in one sentence" {
    cp "$DEMO" demo
    run -1 setpriv --reuid=nobody --regid=nogroup --clear-groups ./demo
    equal "the output" "$output" "demo: please run it as root: sudo scripts/demo"
}
