#!/usr/bin/env bats
# The contents of the directory that the mount hides: a payload that was written there while certfs was away is closed
# to others and named, and --guard keeps it from being written at all.

load ../lib/certfs.bash

test_setup() {
    mkdir "$MNT"
}

test_teardown() {
    chattr -i "$MNT" 2>/dev/null || true
}

# starts: its output is in mount.log.
starts() {
    mount_certfs -o owner=root
}

# problem PATTERN: it was printed and is in status.
problem() {
    grep -Eq "^certfs: $1" "$WORK/mount.log" || fail "it said $(cat "$WORK/mount.log")" || return
    of_status '.problems[]' | grep -Eq "^$1" || fail "the problems are $(of_status .problems)"
}

mode_of() {
    stat -c %a "$MNT/$1"
}

@test "a payload that was written while certfs was not mounted is closed to others, kept and named with its remedy" {
    umask 022
    echo '{"ssl_key": "a key"}' >"$MNT/control"
    echo 'a key' >"$MNT/key.pem"
    chmod 0640 "$MNT/key.pem"
    starts
    problem "$MNT/control was written while certfs was not mounted; its mode 0644 is 0600 now: umount, remove it .*replace a key"
    problem "$MNT/key.pem was written while certfs was not mounted; its mode 0640 is 0600 now: umount, remove it .*replace a key"
    equal "problems" "$(of_status '.problems | length')" 2
    grep -qx "certfs_problems 2" "$MNT/metrics"
    unmount_certfs
    equal "the mode of control" "$(mode_of control)" 600
    equal "the mode of key.pem" "$(mode_of key.pem)" 600
    equal "the payload" "$(cat "$MNT/control")" '{"ssl_key": "a key"}'
    eventually_ended
    starts
    problem "$MNT/control was written while certfs was not mounted, mode 0600: umount and remove it"
    unmount_certfs
    rm "$MNT"/*
    eventually_ended
    starts
    equal "problems" "$(of_status .problems)" "[]"
}

eventually_ended() {
    local pids
    mapfile -t pids <"$WORK/.processes"
    ended "${pids[@]}"
}

@test "a file of the directory's owner is closed too, one of another user is not touched" {
    chown nobody "$MNT"
    touch "$MNT/control" "$MNT/key.pem"
    chown nobody "$MNT/control"
    chown daemon "$MNT/key.pem"
    chmod 0666 "$MNT"/*
    starts
    problem "$MNT/control .*its mode 0666 is 0600 now"
    problem "$MNT/key.pem lies below the mount and belongs to another user; it is left unchanged"
    unmount_certfs
    equal "the modes" "$(mode_of control) $(mode_of key.pem)" "600 666"
}

@test "links, hard links, FIFOs and directories of these names are named and left as they are" {
    echo other >other
    chmod 0644 other
    ln -s "$WORK/other" "$MNT/control"
    ln other "$MNT/key.pem"
    starts
    problem "$MNT/control lies below the mount and is a symbolic link; it is left unchanged"
    problem "$MNT/key.pem lies below the mount and has other names \(hard links\); it is left unchanged"
    unmount_certfs
    equal "the mode" "$(stat -c %a other)" 644
    eventually_ended
    rm "$MNT"/*
    mkfifo -m 0644 "$MNT/control"
    mkdir -m 0755 "$MNT/key.pem"
    starts
    problem "$MNT/control lies below the mount and is not a regular file; it is left unchanged"
    problem "$MNT/key.pem lies below the mount and is a directory; it is left unchanged"
    unmount_certfs
    equal "the modes" "$(mode_of control) $(mode_of key.pem)" "644 755"
}

@test "whatever else is there is named, also within folders that the mount has too" {
    mkdir "$MNT/import" "$MNT/certificates" "$MNT/certificates/a"
    touch "$MNT/import/control"
    printf 'odd' >"$MNT/"$'na\nme\377'
    starts
    problem "MOUNTPOINT $MNT is not empty, and the mount hides .*: umount and move it away"
    problem "MOUNTPOINT .*import/control"
    problem "MOUNTPOINT .*certificates/a"
    jq -e . "$MNT/status" >/dev/null
    unmount_certfs
    rm -r "${MNT:?}"/*
    eventually_ended
    for ((i = 0; i < 300; i++)); do : >"$MNT/file$i"; done
    starts
    problem "MOUNTPOINT $MNT is not empty, and the mount hides file[0-9]+, file[0-9]+, file[0-9]+, file[0-9]+ and 296 more"
}

@test "a start that is refused closes and names the payload all the same" {
    umask 022
    echo payload >"$MNT/control"
    mkdir -m 0700 store keys
    ! "$CERTFS" -o owner=root,kek_dir=keys store "$MNT" 2>said || fail "it started"
    grep -q "^certfs: $MNT/control was written while certfs was not mounted; its mode 0644 is 0600 now" said
    grep -q "^certfs: the key-encryption key certfs is missing in " said
    equal "the mode" "$(mode_of control)" 600
}

# ---- --guard

guarded() {
    run "$CERTFS" --guard "$MNT"
    equal "the exit status" "$status" 0 || { echo "$output"; return 1; }
    equal "what it said" "$output" ""
    lsattr -d "$MNT" | grep -q '^[^ ]*i' || fail "it is not immutable"
}

# refuses STATUS SENTENCE ARGUMENT...
refuses() {
    local wanted=$1 sentence=$2
    shift 2
    run "$CERTFS" "$@"
    equal "the exit status" "$status" "$wanted" && equal "what it said" "$output" "certfs: $sentence"
}

@test "nothing can be written to a guarded mount point, a mount over it works, and chattr -i undoes it" {
    guarded
    guarded
    ! echo payload 2>/dev/null >"$MNT/control" || fail "it was written"
    starts
    equal "problems" "$(of_status .problems)" "[]"
    pki_begin
    make_pki a ec:P-256
    import a
    serves a
    refuses 1 "fuse.certfs is mounted there, unmount it first: $MNT" --guard "$MNT"
    unmount_certfs
    eventually_ended
    ! touch "$MNT/control" 2>/dev/null || fail "it was written"
    starts
    unmount_certfs
    chattr -i "$MNT"
    touch "$MNT/control"
}

@test "a mount point on a tmpfs, as /run is, can be guarded where the kernel can do that" {
    mount -t tmpfs -o mode=0755 none "$MNT"
    mkdir "$MNT/run"
    MNT=$MNT/run
    CONTROL=$MNT/control
    chattr +i "$MNT" 2>/dev/null || skip "tmpfs has no immutable flag before Linux 6.6"
    chattr -i "$MNT"
    guarded
    ! echo payload 2>/dev/null >"$CONTROL" || fail "it was written"
    starts
    unmount_certfs
    eventually_ended
    chattr -i "$MNT"
}

@test "a leftover that cannot be guarded is refused with one sentence that names the remedy" {
    touch "$MNT/key.pem" file
    refuses 1 "it is not empty; check what is in it and move that away: $MNT" --guard "$MNT"
    rm "$MNT/key.pem"
    refuses 1 "MOUNTPOINT does not exist; make it, or mount its disk first: nowhere" --guard nowhere
    refuses 1 "MOUNTPOINT is not a directory: $WORK/file" --guard file
    mkdir ram
    mount -t ramfs none ram
    mkdir "$WORK/ram/mnt"
    refuses 1 "its filesystem has no immutable flag (tmpfs has one from Linux 6.6 on): $WORK/ram/mnt" --guard ram/mnt
    refuses 2 "--guard needs the path of a mount point" --guard
    refuses 2 "--guard takes a mount point and no other words" --guard "$MNT" more
    refuses 2 "--check, --new-key, --guard and --reload do not go together" --guard "$MNT" --new-key x
    chown nobody "$MNT"
    install -m 0755 "$CERTFS" certfs
    run setpriv --reuid=nobody --regid=nogroup --clear-groups "$WORK/certfs" --guard "$MNT"
    equal "what it said" "$output" "certfs: only root with CAP_LINUX_IMMUTABLE may guard it: $MNT"
    refuses 1 "tmpfs is mounted there, unmount it first: /dev/shm" --guard /dev/shm
}
