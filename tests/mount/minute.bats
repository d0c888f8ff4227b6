#!/usr/bin/env bats
# The commands of README's "First import", as they are: they print no complaint, and there is nothing to mend.

load ../lib/certfs.bash

# The commands from mkdir to certfs-import, with directories of this test. It runs as root, without sudo.
lines_of_readme() {
    sed -n '/^## First import/,/^## /p' "$ROOT/README.md" | sed -n '/^sudo mkdir/,/^sudo certfs-import/p' |
        grep -E '^(sudo|cat|echo) ' |
        sed "s#/run/certfs#$MNT#g; s#/var/lib/certfs#$WORK/store#g; s#certfs-import#$ROOT/scripts/certfs-import#; s#^sudo certfs#\"$CERTFS\"#; s#^sudo ##; s#&& sudo #\&\& #"
}

@test "the commands of README's first import leave nothing to mend" {
    id mysql >/dev/null 2>&1 || skip "there is no user mysql here"
    [ "$(stat -f -c %T "$WORK")" != tmpfs ] || skip "this folder is in memory, which is a problem"
    pki_begin
    make_pki a ec:P-256
    ln -s "$PKI/a/ca.pem" ca.pem
    ln -s "$PKI/a/cert.pem" server-cert.pem
    ln -s "$PKI/a/key.pem" server-key.pem
    make_pki b ec:P-256
    cp "$PKI/b.json" payload.json
    # In place of /etc/certfs/keys, which --new-key makes 0700.
    mkdir -m 0700 keys
    lines_of_readme >lines
    grep -q -- '--new-key certfs' lines
    grep -q '^cat payload.json >' lines
    grep -q '^echo ' lines
    grep -q 'certfs-import' lines
    CREDENTIALS_DIRECTORY=$WORK/keys CERTFS_CONTROL=$CONTROL bash -eux lines >said 2>printed </dev/null 3>&- 4>&- || { cat said printed; false; }
    processes >>"$WORK/.processes"
    equal "what is said" "$(cat said)" \
        "the key-encryption key certfs is in $WORK/keys; keep a copy elsewhere: without it nothing in STORE opens
nothing to change: generation 2"
    ! grep '^certfs: ' printed || fail "it complained"
    serves a
    equal "problems" "$(of_status .problems)" "[]"
    grep -qx "certfs_problems 0" "$MNT/metrics"
}
