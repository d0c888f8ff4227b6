#!/usr/bin/env bats
# current and generations/N: for readers that span processes, which no snapshot of a thread can serve.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a rsa:2048 intermediate
    make_pki b ec:P-256
}

test_setup() {
    mount_certfs
    import a
}

# rotate COUNT: so many commits; the set that was served before is served again if COUNT is even.
rotate() {
    local i
    for ((i = 0; i < $1; i++)); do
        echo '{"Action":"RestorePrevious"}' >"$CONTROL"
    done
}

# holds FOLDER NAME: the set's files are in the folder.
holds() {
    MNT=$1 serves "$2"
}

@test "a shell in current reads the whole set that it came for, whatever is imported meanwhile" {
    mkdir "$WORK/seen"
    (
        cd -P "$MNT/current"
        cat ca.pem >"$WORK/seen/ca.pem"
        import b
        cat cert.pem >"$WORK/seen/cert.pem"
        import a
        import b
        cat key.pem >"$WORK/seen/key.pem"
    )
    holds "$WORK/seen" a
    serves b
    holds "$MNT/current" b
}

@test "current leads to the generation that status names, from the moment in which the write returns" {
    local turn
    for turn in 1 2 3; do
        equal "current" "$(readlink "$MNT/current")" "generations/$turn"
        equal "status" "$(of_status .generation)" "$turn"
        equal "its size" "$(stat -c %s "$MNT/current")" 13
        import "$([ $((turn % 2)) = 1 ] && echo b || echo a)"
    done
}

@test "a replaced generation is read under its number, the key too, and the newest stands first in the listing" {
    import b
    rotate 2
    holds "$MNT/generations/1" a
    holds "$MNT/generations/2" b
    holds "$MNT/generations/3" a
    holds "$MNT/generations/4" b
    equal "the listing" "$(find "$MNT/generations" -mindepth 1 -maxdepth 1 -printf '%f ')" "4 3 2 1 "
}

@test "the last sixteen replaced generations are there and no other, but a process in an older one reads its open files" {
    local number held
    exec {held}<"$MNT/generations/1/key.pem"
    import b
    rotate 20
    equal "how many" "$(find "$MNT/generations" -mindepth 1 -maxdepth 1 | wc -l)" 17
    for number in 6 21 22; do
        [ -e "$MNT/generations/$number/key.pem" ] || fail "generation $number is not there"
    done
    for number in 1 4 5; do
        run cat "$MNT/generations/$number/key.pem"
        matches "generation $number" "$output" "No such file"
    done
    cat <&"$held" >"$WORK/held.pem"
    exec {held}<&-
    equal "the held key" "$(key_of "$WORK/held.pem")" "$(key_of "$PKI/a/key.pem")"
}

@test "names that are no number of a generation are not there" {
    local name
    for name in 0 01 +1 2 1x -1 ca.pem 99999999999999999999; do
        [ ! -e "$MNT/generations/$name" ] || fail "generations/$name is there"
    done
    [ ! -e "$MNT/generations/1/control" ] || fail "a generation has a control"
}

@test "after the removal there is neither current nor any generation, and who holds a key gets EIO" {
    local held
    import b
    exec {held}<"$MNT/generations/1/key.pem"
    cd -P "$MNT/current"
    remove_material
    run cat ca.pem
    cd "$WORK"
    [ "$status" = 1 ] || fail "a removed generation is still read"
    equal "generations" "$(ls "$MNT/generations")" ""
    [ ! -L "$MNT/current" ] || fail "current is still there"
    equal "current in the listing" "$(find "$MNT" -mindepth 1 -maxdepth 1 -name current)" ""
    run cat <&"$held"
    exec {held}<&-
    matches "the held key" "$output" "Input/output error"
    import a
    holds "$MNT/current" a
}

@test "the listing's inodes are stat's, stat is fstat, and every file has a number of its own" {
    import b
    jq -c '.CertificateIdentifier = "named"' "$PKI/a.json" >"$CONTROL"
    jq -n --rawfile ca "$PKI/b/ca.pem" '{CertificateIdentifier: "trust", CertificatePem: $ca}' >"$CONTROL"
    python3 - "$MNT" <<'PYTHON'
import os, sys
seen = {}
for folder, folders, files in os.walk(sys.argv[1]):
    for entry in os.scandir(folder):
        path, held = entry.path, entry.stat(follow_symlinks=False)
        assert entry.inode() == held.st_ino, f"{path}: the listing says {entry.inode()}, stat {held.st_ino}"
        assert held.st_ino not in seen, f"{path} has the number of {seen[held.st_ino]}"
        seen[held.st_ino] = path
        if not path.endswith((".pem", ".json")):
            continue
        descriptor = os.open(path, os.O_RDONLY)
        assert os.fstat(descriptor) == held, f"{path}: {os.fstat(descriptor)} is not {held}"
        assert len(os.read(descriptor, 65536)) == held.st_size, f"{path}: the size lies"
        os.close(descriptor)
assert len(seen) == 3 + 7 + 2 * 4 + 5 + 3, seen
PYTHON
}

@test "everything below generations has the owner and the modes of the files in the root" {
    local file
    for file in ca cert key; do
        equal "$file.pem" "$(stat -c '%a %U:%G %s %Y' "$MNT/current/$file.pem")" "$(stat -c '%a %U:%G %s %Y' "$MNT/$file.pem")"
    done
    equal "the folder" "$(stat -L -c '%a %F' "$MNT/current")" "511 directory"
    run setpriv --reuid=nobody --regid=nogroup --clear-groups cat "$MNT/current/key.pem"
    matches "another user" "$output" "Permission denied"
}

# refused COMMAND...: it fails, and with EPERM.
refused() {
    run "$@"
    [ "$status" != 0 ] || fail "$* was let"
    matches "$*" "$output" "Operation not permitted"
}

@test "nothing below generations can be changed, not by root" {
    refused rm -f "$MNT/current/ca.pem"
    refused rmdir "$MNT/generations/1"
    refused mkdir "$MNT/generations/7"
    refused touch "$MNT/generations/1/new"
    refused mv "$MNT/current/ca.pem" "$MNT/current/x"
    refused chmod 0444 "$MNT/current/key.pem"
    refused rm -f "$MNT/current"
    refused ln -sfn generations/1 "$MNT/current"
    refused dd of="$MNT/current/key.pem" if=/dev/null status=none
    holds "$MNT/current" a
}

# forget: as many rotations as no generation outlives; the pins go by themselves.
forget() {
    import b
    rotate 19
    eventually unknown
}

unknown() {
    ! stat "$MNT/generations/1" >/dev/null 2>&1
}

# open_error FILE: the result of open(2) once the pins are gone; a number means that it was read.
open_error() {
    python3 -c '
import os, sys
try:
    print(len(os.read(os.open(sys.argv[1], os.O_RDONLY), 65536)))
except OSError as error:
    print(os.strerror(error.errno))' "$1"
}

is_opened_with() {
    [ "$(open_error "$1")" = "$2" ]
}

@test "a single file that is bound elsewhere is missing when its generation is gone, never stale" {
    touch "$WORK/cert.pem" "$WORK/key.pem"
    for file in cert key; do
        mount --bind "$MNT/$file.pem" "$WORK/$file.pem"
    done
    equal "while it is served" "$(open_error "$WORK/cert.pem")" "$(stat -c %s "$MNT/cert.pem")"
    forget
    eventually is_opened_with "$WORK/cert.pem" "No such file or directory"
    equal "the key" "$(open_error "$WORK/key.pem")" "No such file or directory"
    umount "$WORK/cert.pem" "$WORK/key.pem"
    serves a
}

@test "a bound file that somebody has open is opened again, whatever became of its generation" {
    touch "$WORK/key.pem"
    mount --bind "$MNT/key.pem" "$WORK/key.pem"
    exec 5<"$WORK/key.pem"
    cp "$MNT/key.pem" "$WORK/before"
    forget
    for _ in 1 2 3; do
        cat "$WORK/key.pem" >"$WORK/after"
        same "$WORK/before" "$WORK/after"
    done
    exec 5<&-
    eventually is_opened_with "$WORK/key.pem" "No such file or directory"
    umount "$WORK/key.pem"
}

@test "an open file is opened again through /proc/self/fd when its generation is gone" {
    cp "$MNT/cert.pem" "$WORK/cert"
    cp "$MNT/key.pem" "$WORK/key"
    exec 5<"$MNT/cert.pem" 6<"$MNT/key.pem" 7<"$MNT/generations/1/cert.pem"
    forget
    for _ in 1 2 3; do
        cat /proc/self/fd/5 >"$WORK/after"
        same "$WORK/cert" "$WORK/after"
        cat /proc/self/fd/6 >"$WORK/after"
        same "$WORK/key" "$WORK/after"
        cat /proc/self/fd/7 >"$WORK/after"
        same "$WORK/cert" "$WORK/after"
    done
    exec 5<&- 6<&- 7<&-
}
