# takeover.bash: three materials and the programs that use a mount while its worker dies; sourced by the bats files here,
# after ../lib/certfs.bash and ../store/store.bash.

takeover_begin() {
    pki_begin
    local name
    for name in a b c; do
        make_ca "$name-root" "" ec:P-256
        make_leaf "$name" "$name-root" ec:P-256
        mkdir "$PKI/$name"
        cp "$PKI/$name-root.pem" "$PKI/$name/ca.pem"
        cp "$PKI/$name.pem" "$PKI/$name/cert.pem"
        cp "$PKI/$name-key.pem" "$PKI/$name/key.pem"
        payload_of "$name" >"$PKI/$name.json"
        cp "$PKI/$name.json" "$PKI/$name/payload.json"
    done
    export LOAD=$BATS_FILE_TMPDIR/load
    gcc -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -I"$ROOT" -pthread -o "$LOAD" \
        "$ROOT"/tests/takeover/{load,waits}.c "$ROOT/tests/snapshot/sets.c"
}

# stress OPTION...: stress.py with the build with hooks; its figures are printed.
stress() {
    local status=0
    with_hooks
    python3 -B "$ROOT/tests/takeover/stress.py" "$@" "$CERTFS" "$LOAD" "$WORK" "$PKI" a b c >"$WORK/figures" 2>&1 3>&- ||
        status=$?
    sed 's/^/# /' "$WORK/figures" >&3
    [ "$status" = 0 ] || fail "$(cat "$WORK/figures"; grep -v "certfs: event=" "$WORK/log" | tail -n 20)"
}
