#!/usr/bin/env bats
# An invalid start is refused with one sentence that names the remedy, and the remedy works; anything that is wrong and
# can be served all the same is printed at the start and is a problem for as long as it is so.

load ../lib/certfs.bash
load store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    store_begin
}

# The tests that wait for what certfs notices only now and then; they work with any build.
setup_watching() {
    [ ! -x "$CERTFS_HOOKS" ] || CERTFS=$CERTFS_HOOKS
    export CERTFS_TEST_WATCH_MS=100
}

test_teardown() {
    chattr -i "$MNT" "$STORE" 2>/dev/null || true
}

# refused_start PATTERN [OPTION...]: one line, matched from its beginning to its end; nothing is mounted.
refused_start() {
    local pattern=$1
    shift
    ! try_serve "$@" || fail "it started" || return
    equal "lines that it said" "$(wc -l <"$WORK/mount.log")" 1 || return
    matches "what it said" "$(cat "$WORK/mount.log")" "^certfs: $pattern$" || return
    equal "what is mounted" "$(awk -v at="$MNT" '$2 == at' /proc/self/mounts)" ""
}

# says PATTERN...: the start is good; each pattern is on standard error and among the problems, and nothing else is.
says() {
    local pattern
    serve
    equal "lines that it said" "$(grep -c . "$WORK/mount.log" || true)" "$#" || { cat "$WORK/mount.log"; return 1; }
    equal "problems" "$(of_status '.problems | length')" "$#" || { of_status .problems; return 1; }
    for pattern; do
        grep -Eqx "certfs: $pattern" "$WORK/mount.log" || fail "it said $(cat "$WORK/mount.log")" || return
        of_status '.problems[]' | grep -Eqx "$pattern" || fail "the problems are $(of_status .problems)" || return
    done
    grep -qx "certfs_problems $#" "$MNT/metrics"
}

# import_sealed NAME ID: the set NAME as the root set under the key-encryption key ID.
import_sealed() {
    jq --arg id "$2" '. + {KmsKeyId: $id}' "$PKI/$1.json" >"$CONTROL"
}

# the_command_of: the command in the refusal, without the sentence around it.
the_command_of() {
    sed -n 's/.*or start without it: \(.*\), start certfs, import again$/\1/p' "$WORK/mount.log"
}

# served_named ID...: exactly these.
served_named() {
    equal "the named sets" "$(ls "$MNT/certificates")" "$(printf '%s\n' "$@")"
}

# ---- a root set that does not open

# both_ways_out PATTERN PUT-BACK: refused; as PUT-BACK does it is served; without the record the others are, at once.
both_ways_out() {
    setup_watching
    cp -a "$STORE" kept
    refused_start "the root set does not open: $1; or start without it: cd .* && mv $ROOT_NAME $ROOT_NAME.unopened, .*"
    local command
    command=$(the_command_of)
    cp -a "$ROOT_SET" spoilt
    $2
    serve
    serves a
    served_named Named
    stop
    cp spoilt "$ROOT_SET"
    [ "$2" = true ] || undo_$2
    bash -c "$command"
    serve
    serves_nothing
    has_problem "STORE keeps $ROOT_NAME.unopened, a record that did not open: import its set again"
    import b
    serves b
    same spoilt "$ROOT_SET.unopened"
    no_problems
    has_remark "STORE keeps $ROOT_NAME.unopened"
    restart
    serves b
    has_remark "STORE keeps $ROOT_NAME.unopened"
}

begin_root_and_named() {
    serve
    new_key other
    import_sealed a other
    import_named Named b
    stop
}

key_back() {
    mv aside "$KEYS/other"
}

undo_key_back() {
    mv "$KEYS/other" aside
}

@test "a root set whose key is missing stops the start, and both ways out work" {
    begin_root_and_named
    undo_key_back
    both_ways_out "the key-encryption key other is missing in /[^ ]*; put back the key" key_back
    served_named Named
}

another_key_away() {
    cp aside "$KEYS/other"
}

undo_another_key_away() {
    cp another "$KEYS/other"
}

@test "a root set whose key is another one of that name stops the start, and both ways out work" {
    begin_root_and_named
    cp "$KEYS/other" aside
    head -c 32 /dev/urandom >another
    chmod 0400 another
    undo_another_key_away
    both_ways_out "the key-encryption key does not open the record; put back the key that sealed it, or a good copy of the record" \
        another_key_away
    served_named Named
}

record_back() {
    cp "$WORK/good" "$ROOT_SET"
}

undo_record_back() {
    cp "$WORK/spoilt" "$ROOT_SET"
}

@test "a damaged root set stops the start, both ways out work, and a record that stands aside already stays" {
    begin_root_and_named
    cp "$ROOT_SET" good
    head -c 700 good >"$ROOT_SET"
    both_ways_out "this is no record of certfs; put back .*" record_back
    stop
    echo "damaged as well" >"$ROOT_SET"
    refused_start "the root set does not open: .* && mv $ROOT_NAME $ROOT_NAME.unopened.2, start certfs, import again"
    bash -c "$(the_command_of)"
    serve
    same spoilt "$ROOT_SET.unopened"
    grep -qx "damaged as well" "$ROOT_SET.unopened.2"
    served_named Named
}

@test "README's openssl line reads a record that stands aside" {
    serve
    import a
    stop
    mv "$ROOT_SET" "$ROOT_SET.unopened"
    sed -n '/^KEY=\$(od/,/^```$/p' "$ROOT/README.md" | sed '/^```$/d' >line.sh
    grep -q 'openssl cms -decrypt' line.sh
    sed -i "s#/etc/certfs/keys/certfs#$KEYS/certfs#; s#/var/lib/certfs/#$STORE/#; s#/run/certfs/control#$CONTROL#; s#$ROOT_NAME#&.unopened#" line.sh
    serve
    serves_nothing
    bash line.sh
    serves a
}

@test "owner=root is served and remarked, since a server that runs as another user cannot read the key" {
    serve
    has_remark "owner=root: nobody but root reads key.pem"
    no_problems
}

# ---- keys

@test "without any key the start names the command that makes one, and that works" {
    rm "$KEYS/certfs"
    refused_start "the key-encryption key certfs is missing in /[^ ]*; make it: certfs -o kek_dir=$KEYS --new-key certfs"
    PATH=$(dirname "$CERTFS"):$PATH bash -c "$(sed 's/.*make it: //' "$WORK/mount.log")"
    serve
}

@test "a default key that is missing where there are records is to be put back, and a new one only if it is lost" {
    serve
    import a
    import_named Named b
    stop
    mv "$KEYS/certfs" aside
    refused_start "the key-encryption key certfs is missing in .*; put it back, STORE holds records; only if it is lost: certfs -o .* --new-key certfs"
    PATH=$(dirname "$CERTFS"):$PATH bash -c "$(sed 's/.*if it is lost: //' "$WORK/mount.log")"
    refused_start "the root set does not open: the key-encryption key does not open the record; .*"
    bash -c "$(the_command_of)"
    serve
    import a
    serves a
    stop
    mv -f aside "$KEYS/certfs"
    mv "$ROOT_SET.unopened" "$ROOT_SET"
    serve
    serves a
    served_named Named
}

@test "a default key that cannot be used stops the start with one sentence" {
    mv "$KEYS/certfs" key
    install -m 0404 key "$KEYS/certfs"
    does_not_start "the key-encryption key certfs is accessible to others; chmod 0400 it"
    head -c 31 key | install -m 0400 /dev/stdin "$KEYS/certfs"
    does_not_start "the key-encryption key certfs must be 32 bytes or 64 hexadecimal digits"
    install -m 0400 -o nobody key "$KEYS/certfs"
    does_not_start "the key-encryption key certfs cannot be opened: Permission denied; chown it to who mounts, chmod 0400 it"
    rm "$KEYS/certfs"
    ln -s ../key "$KEYS/certfs"
    does_not_start "the key-encryption key certfs cannot be opened: Too many levels of symbolic links; no link is followed"
    rm "$KEYS/certfs"
    mkfifo -m 0400 "$KEYS/certfs"
    does_not_start "the key-encryption key certfs is not a regular file"
    rm "$KEYS/certfs"
    mkdir -m 0700 "$KEYS/certfs"
    does_not_start "the key-encryption key certfs is not a regular file"
    rmdir "$KEYS/certfs"
    rmdir "$KEYS"
    refused_start "kek_dir does not exist; make it, or mount its disk first: $KEYS"
}

@test "a directory of keys that others can write is refused, at the start and later" {
    chmod 0702 "$KEYS"
    does_not_start "the key-encryption key certfs is in a directory that others can write; chmod 0700 it"
    chmod 0700 "$KEYS"
    serve
    chmod 1777 "$KEYS"
    refused_import a key_not_accessible
}

# ---- served all the same, with a message

@test "modes that an older version accepted are served, reported with their chmod, and gone once mended" {
    setup_watching
    serve
    import a
    stop
    chmod 0755 "$STORE" "$KEYS"
    chown root:mysql "$KEYS/certfs"
    chmod 0440 "$KEYS/certfs"
    says "STORE is open to others \(mode 0755\): chmod 0700 $STORE" \
        "the directory of keys is open to others \(mode 0755\): chmod 0700 $KEYS" \
        "the key-encryption key certfs is open to its group \(mode 0440\): chmod 0400 $KEYS/certfs"
    serves a
    import b
    serves b
    of_status '.problems[]' | sed 's/.*: chmod/chmod/' | bash
    eventually no_problems
}

@test "a set and a key of any length are whole in every problem" {
    local count set key
    for count in 64 255; do
        set=$(printf 'x%.0s' $(seq "$count"))
        key=$(printf 'y%.0s' $(seq "$count"))
        new_key "$key"
        chmod 0440 "$KEYS/$key"
        serve -o "kek=$key,on_change=$(type -P false)"
        import_named "$set" a
        rm "$(record "$set")"
        import_named "$set" a
        has_problem "the key-encryption key $key is open to its group (mode 0440): chmod 0400 $KEYS/$key"
        has_problem "the record of set $set was missing in STORE"
        eventually has_problem " of $set exit 1: "
        stop
        mv "$KEYS/$key" "$WORK/away"
        refused_start ".* certfs -o kek_dir=$KEYS --new-key $key" -o "kek=$key"
    done
}

@test "a STORE in memory is a problem" {
    mount -t tmpfs -o mode=0700 none "$STORE"
    says "STORE $STORE is on a filesystem in memory \(tmpfs\): it is lost at a reboot; move it to a disk"
    import a
    serves a
}

@test "a STORE that is read-only is served, also after a crash, and reported; imports are refused" {
    setup_watching
    mount --bind "$STORE" "$STORE"
    serve
    import a
    stop
    cp "$ROOT_SET" "$ROOT_SET.certfs-old"
    mount -o remount,bind,ro "$STORE"
    says "STORE is on a read-only filesystem: imports and removals are refused; mount it rw"
    serves a
    refused_import b store_failed
    matches "why" "$(cat "$MNT/last")" "Read-only file system"
    serves a
    mount -o remount,bind,rw "$STORE"
    eventually no_problems
    import b
    mount -o remount,bind,ro "$STORE"
    eventually has_problem "STORE is on a read-only filesystem"
}

@test "a STORE that goes away while it is in use is a problem, and imports report it" {
    setup_watching
    serve
    import a
    mv "$STORE" elsewhere
    not_acknowledged "the store is gone: its directory was moved or removed; put it back, or make it and start anew"
    eventually has_problem "STORE $STORE is gone"
    cp -a elsewhere "$STORE"
    not_acknowledged "another directory stands at STORE than the one in use: put it back, or start certfs anew"
    refused_removal
    eventually has_problem "STORE $STORE is not the directory in use"
    rm -r "${STORE:?}"
    mv elsewhere "$STORE"
    eventually no_problems
    import b
    rm -r "${STORE:?}"
    not_acknowledged "the store is gone: its directory was moved or removed; put it back, or make it and start anew"
    eventually has_problem "STORE $STORE is gone"
    serves b
}

# not_acknowledged SENTENCE: neither what would change something nor what is served already, since a restart would not
# serve it; and nothing is left behind.
not_acknowledged() {
    local set before
    before=$(sha256sum elsewhere/* "$STORE"/* 2>/dev/null || true)
    for set in a b; do
        refused_import "$set" store_failed
        equal "why" "$(cat "$MNT/last")" "$1"
    done
    equal "the records" "$(sha256sum elsewhere/* "$STORE"/* 2>/dev/null || true)" "$before"
}

refused_removal() {
    ! remove_material 2>/dev/null || fail "the removal was acknowledged"
    serves a
}

# The next start is given the link, not its target at this one.
@test "a link to STORE that leads elsewhere meanwhile, and what is mounted over STORE, keep imports away" {
    mkdir -m 0700 other
    ln -s "$STORE" link
    STORE=$WORK/link serve
    import a
    ln -sfn other link
    refused_import b store_failed
    ln -sfn "$STORE" link
    import b
    mount -t tmpfs -o mode=0700 none "$STORE"
    refused_import a store_failed
    umount "$STORE"
    import a
    stop
    STORE=$WORK/link serve
    serves a
}

@test "a directory of keys that is replaced or goes away while it is in use is a problem" {
    setup_watching
    serve
    mv "$KEYS" elsewhere
    eventually has_problem "the directory of keys $KEYS is gone"
    mkdir -m 0700 "$KEYS"
    eventually has_problem "the directory of keys $KEYS is not the directory in use"
    rmdir "$KEYS"
    mv elsewhere "$KEYS"
    eventually no_problems
}

# ---- STORE and MOUNTPOINT

@test "STORE and MOUNTPOINT swapped are refused, whichever gives it away" {
    serve
    import a
    stop
    store=$STORE mnt=$MNT
    STORE=$mnt MNT=$store does_not_start "MOUNTPOINT holds records and STORE none: are they swapped? It is certfs STORE MOUNTPOINT"
    rm "$ROOT_SET"
    touch "$ROOT_SET.unopened"
    STORE=$mnt MNT=$store does_not_start "MOUNTPOINT holds records and STORE none: are they swapped? It is certfs STORE MOUNTPOINT"
    rm "$STORE"/*
    "$CERTFS" --guard "$MNT"
    STORE=$mnt MNT=$store does_not_start "STORE is immutable, as --guard makes a MOUNTPOINT: swapped? It is certfs STORE MOUNTPOINT"
}

@test "a store with records is served though it is immutable, and though the mount point has some too" {
    serve
    import a
    stop
    cp "$ROOT_SET" "$MNT"
    serve
    serves a
    has_problem "MOUNTPOINT $MNT is not empty"
    stop
    rm "$MNT/$ROOT_NAME"
    chattr +i "$STORE"
    serve
    serves a
    stop
    chattr -i "$STORE"
}

@test "a MOUNTPOINT inside STORE works and is a problem" {
    mkdir "$STORE/mnt"
    MNT=$STORE/mnt
    CONTROL=$MNT/control
    says "MOUNTPOINT lies inside STORE, so a backup of STORE copies the key in clear: move one of them"
    import a
    serves a
    restart
    serves a
    stop
}

# ---- who has it

@test "a second certfs on one store names the first one, and its advice helps" {
    serve
    import a
    first=$MNT pid=$(supervisor_pid)
    MNT=$WORK/second
    mkdir "$MNT"
    refused_start "another certfs is using STORE: process $pid at $first; umount it first"
    MNT=$first
    serves a
    stop
    MNT=$WORK/second
    serve
    serves a
}

@test "STORE and kek_dir are not taken from the mount of a certfs" {
    serve
    import a
    first=$MNT store=$STORE
    MNT=$WORK/second
    mkdir "$MNT"
    for place in "$first" "$first/generations"; do
        STORE=$place refused_start "STORE lies in a certfs mount, ${first:0:40}.*: choose a directory on a disk"
    done
    mkdir -m 0700 "$WORK/other"
    STORE=$WORK/other KEYS=$first/generations refused_start "kek_dir lies in a certfs mount, ${first:0:40}.*"
    MNT=$first STORE=$store
    serves a
}

@test "a certfs that is unmounted but in use, and a lock of another program, are distinguished" {
    serve
    pid=$(supervisor_pid)
    kill -STOP "$pid" # or it would see that it is unmounted, and end
    umount --lazy "$MNT"
    ! try_serve || fail "it started"
    matches "what it said" "$(cat "$WORK/mount.log")" "^certfs: another certfs is using STORE: process $pid, unmounted but in use; end it first: kill $pid$"
    kill -CONT "$pid"
    ended "$pid"
    background flock --no-fork --exclusive "$STORE" tail -f /dev/null
    locker=$BACKGROUND
    eventually has_lock
    refused_start "process $locker \(tail\) holds a lock on STORE; end it first"
    kill "$locker"
}

has_lock() {
    ! flock --nonblock "$STORE" true
}
