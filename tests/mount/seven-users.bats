#!/usr/bin/env bats
# Seven hostile users at once, against the builds that look at every access: no report, and it still serves.
# SEVEN_USERS_SECONDS: for how long.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

# survives FLAVOUR: the build in that folder.
survives() {
    local pid
    CERTFS=$ROOT/build/$1/certfs
    [ -x "$CERTFS" ] || skip "$CERTFS is not built"
    export ASAN_OPTIONS=log_path=$WORK/report:detect_leaks=0 UBSAN_OPTIONS=log_path=$WORK/report
    export TSAN_OPTIONS=log_path=$WORK/report:halt_on_error=0
    mkdir "$WORK/sets"
    cp "$PKI/a.json" "$PKI/b.json" "$WORK/sets"
    chmod -R a+rX "$WORK/sets"
    mount_certfs -o owner=games,sql_import=/,import_group=daemon,quota=10
    pid=$(processes | xargs)
    python3 "$LIB/seven_users.py" "$MNT" "${SEVEN_USERS_SECONDS:-10}" "$WORK/sets" >"$WORK/said" 2>&1 ||
        { cat "$WORK/said" "$WORK"/report* 2>/dev/null; fail "it did not survive"; }
    sed 's/^/# /' "$WORK/said" >&3
    ! compgen -G "$WORK/report*" >/dev/null || { cat "$WORK"/report*; fail "there are reports"; }
    equal "the processes" "$(processes | xargs)" "$pid"
}

@test "seven hostile users, AddressSanitizer and UndefinedBehaviorSanitizer" {
    survives gcc-sanitize
}

@test "seven hostile users, ThreadSanitizer" {
    survives gcc-thread
}
