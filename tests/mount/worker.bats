#!/usr/bin/env bats
# The worker has a user of its own and nothing that it does not need; STORE is handed over to that user.

bats_require_minimum_version 1.5.0
load ../lib/certfs
load ../store/store

setup_file() {
    pki_begin
    make_pki a
    make_pki b
}

test_setup() {
    store_begin
    getent passwd certfs >/dev/null || skip "there is no user certfs here: scripts/make-users"
    CAGED=$(id -u certfs)
}

# worker_is NAME VALUE: a line of its /proc/PID/status, blanks as one.
worker_is() {
    equal "$1 of the worker" "$(awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' "/proc/$(worker_pid)/status")" "$2"
}

# owners: who the files in STORE and STORE itself belong to, each once.
owners() {
    find "$STORE" -printf '%U %G\n' | sort -u
}

expect_caged() {
    worker_is Uid "$CAGED $CAGED $CAGED $CAGED"
    local group
    group=$(id -g certfs)
    worker_is Gid "$group $group $group $group"
    worker_is Groups ""
}

@test "the worker has its own user, no group of others, no capability, and cannot gain any" {
    local name
    setpriv --groups daemon,adm "$CERTFS" none "$MNT" </dev/null >"$WORK/mount.log" 2>&1 3>&- 4>&-
    processes >>"$WORK/.processes"
    matches "groups of the supervisor" "$(grep ^Groups "/proc/$(supervisor_pid)/status")" "1 4"
    import a
    serves a
    expect_caged
    for name in CapInh CapPrm CapEff CapBnd CapAmb; do
        worker_is "$name" 0000000000000000
    done
    worker_is NoNewPrivs 1
    worker_is Seccomp 2
    equal remarks "$(of_status '[.remarks[] | select(contains("worker") or contains("Landlock"))] | length')" 0
}

@test "the worker has network and ipc namespaces of its own, and no other one" {
    local name here there
    mount_certfs
    for name in net ipc mnt pid user uts cgroup; do
        here=$(readlink "/proc/$(supervisor_pid)/ns/$name")
        there=$(readlink "/proc/$(worker_pid)/ns/$name")
        case $name in
            net | ipc) [ "$here" != "$there" ] || fail "it shares $name" ;;
            *) equal "$name" "$there" "$here" ;;
        esac
    done
}

@test "a store is served, replaced, removed and restarted by the worker's user" {
    serve
    expect_caged
    import a
    import_named Set-1 b
    import b
    equal owners "$(owners)" "$CAGED $(id -g certfs)"
    restart
    serves b
    equal "the named set" "$(key_of "$MNT/certificates/Set-1/key.pem")" "$(key_of "$PKI/b/key.pem")"
    remove_material
    restart
    serves_nothing
    equal "sets" "$(of_status .certificates.count)" 1
    no_problems
}

@test "a store of an older certfs is handed over at the start, whole, and what root puts there at the next" {
    serve -o worker_user=root
    worker_is Uid "0 0 0 0"
    has_remark "the worker runs as root, without capabilities (worker_user=root)"
    import a
    equal owners "$(owners)" "0 0"
    restart
    expect_caged
    serves a
    equal owners "$(owners)" "$CAGED $(id -g certfs)"
    stop
    cp "$ROOT_SET" "$WORK/copy"
    rm "$ROOT_SET"
    cp "$WORK/copy" "$ROOT_SET"
    serve
    serves a
    import b
    equal owners "$(owners)" "$CAGED $(id -g certfs)"
    no_problems
}

@test "a record that root puts into STORE meanwhile cannot be replaced, and is handed over by a restart" {
    serve
    import a
    cp "$ROOT_SET" "$WORK/copy"
    rm "$ROOT_SET"
    cp "$WORK/copy" "$ROOT_SET"
    eventually has_problem "$ROOT_NAME: the set's record in STORE belongs to uid 0: chown it to $CAGED, or restart certfs"
    ! has_problem "put its record back" 2>/dev/null || fail "it is there"
    refused_import b store_failed
    matches "why" "$(cat "$MNT/last")" "the set's record in STORE belongs to uid 0: chown it to $CAGED, or restart certfs"
    serves a
    chown certfs "$ROOT_SET"
    eventually no_problems
    import b
    import a
    cp --remove-destination "$WORK/copy" "$ROOT_SET"
    restart
    serves a
    import b
    equal owners "$(owners)" "$CAGED $(id -g certfs)"
}

@test "a store that root takes back while it is served is one problem, with the remedy, and so is the refusal of an import" {
    serve_loudly
    matches "the log" "$(cat "$WORK/mount.log")" "STORE $STORE now belongs to certfs .uid $CAGED."
    import a
    import_named one a
    chown -R root "$STORE"
    eventually has_problem "STORE belongs to uid 0, so the worker, uid $CAGED, cannot use it, and imports are refused: chown -R $CAGED $STORE, or restart certfs"
    equal "problems" "$(of_status '.problems | length')" 1
    refused_import b store_failed
    matches "why" "$(cat "$MNT/last")" "STORE belongs to uid 0: chown it and its files to $CAGED, or restart certfs"
    chown -R certfs "$STORE"
    eventually no_problems
    import b
    chmod 0500 "$STORE"
    eventually has_problem "STORE is closed to its owner (mode 0500): chmod 0700 $STORE"
    equal "problems" "$(of_status '.problems | length')" 1
    refused_import a store_failed
    matches "why" "$(cat "$MNT/last")" "STORE has mode 0500: chmod 0700 it"
    chmod 0700 "$STORE"
    eventually no_problems
    stop
    serve_loudly
    ! grep "now belongs" "$WORK/mount.log" || fail "it was handed over before"
}

@test "a store that was handed over is root's again after a chown, and the message names it" {
    serve
    import a
    stop
    does_not_start "STORE belongs to uid $CAGED, not to root or the worker: chown -R root $STORE" -o worker_user=root
    chown -R root "$STORE"
    serve -o worker_user=root
    serves a
}

# A store of root is then served by root, as before. With the user given by name, or in a store that was handed over
# already, the start is refused.
@test "a record that cannot be handed over is left to root, or refused where the user was asked for" {
    serve -o worker_user=root
    import a
    stop
    ln "$ROOT_SET" "$WORK/backup"
    does_not_start "$ROOT_NAME has links outside STORE: cp -p F n && mv n F" -o worker_user=certfs
    equal owners "$(owners)" "0 0"
    serve
    worker_is Uid "0 0 0 0"
    serves a
    has_problem "the worker runs as root, since STORE was not handed over to its user: $ROOT_NAME has links outside STORE"
    stop
    rm "$WORK/backup"
    chattr +i "$ROOT_SET"
    serve
    worker_is Uid "0 0 0 0"
    has_problem "STORE was not handed over to its user: STORE cannot be given to uid $CAGED: Operation not permitted"
    stop
    equal owners "$(owners)" "0 0"
    chattr -i "$ROOT_SET"
    serve
    expect_caged
    stop
    ln "$ROOT_SET" "$WORK/backup"
    does_not_start "$ROOT_NAME has links outside STORE: cp -p F n && mv n F"
}

@test "a user that others use is not the worker's" {
    does_not_start "worker_user= is an owner of the files, and they must not reach STORE: give a user that nothing else uses" -o worker_user=mysql,owner=mysql
    does_not_start "worker_user= names an unknown user: no-such-user; create it (useradd --system), or give another" -o worker_user=no-such-user
}

# In a mount namespace of its own, where /proc hides the processes of others.
@test "readers are named although /proc hides them" {
    needs_namespace
    mkdir "$WORK/tmp"
    cat >"$WORK/hidden" <<'END'
set -e
mount -t proc -o hidepid=2 proc /proc
"$CERTFS" -f -o owner=mysql none "$MNT" </dev/null >"$WORK/mount.log" 2>&1 &
supervisor=$!
until [ -e "$CONTROL" ]; do kill -0 "$supervisor"; done
cat "$PKI/a.json" >"$CONTROL"
setpriv --reuid mysql --regid mysql --clear-groups cat "$MNT/key.pem" >/dev/null
umount "$MNT"
wait "$supervisor"
END
    export CERTFS MNT CONTROL PKI WORK
    unshare --mount --propagation private bash "$WORK/hidden" 3>&- 4>&-
    grep -E 'event=key_open .*uid='"$(id -u mysql)"' .*program=cat ' "$WORK/mount.log"
    grep -E 'event=request .*program=(bash|cat) .*result=ok' "$WORK/mount.log" || grep -E 'event=request .*result=ok.*program=(bash|cat)' "$WORK/mount.log"
}

@test "where memory cannot be locked a remark reports it, and no capability is kept" {
    setpriv --bounding-set=-sys_resource,-ipc_lock --inh-caps=-sys_resource,-ipc_lock bash -c 'ulimit -l 64; exec "$@"' - \
        "$CERTFS" none "$MNT" </dev/null >"$WORK/mount.log" 2>&1 3>&- 4>&-
    processes >>"$WORK/.processes"
    import a
    has_remark "memory is not locked (RLIMIT_MEMLOCK is 65536 bytes): keys may reach swap"
    worker_is CapEff 0000000000000000
}
