#!/usr/bin/env bats
# certificates/ is a directory like any other for who reads it, and for who changes things it is closed.

load dms.bash

setup_file() {
    dms_pki
}

test_setup() {
    dms_begin
}

teardown_file() {
    dms_end
}

# three_sets: one of each kind; a mount with these.
three_sets() {
    mount_certfs -o owner=daemon
    dms_import bundle root+other
    dms_import Set-1 leaf+leaf-key+root '{Tags: [{Key: "team", Value: "db"}]}'
    dms_import pair deep+intermediate+deep-key
}

# silently COMMAND...: it succeeds and prints no errors.
silently() {
    "$@" 2>"$WORK/said" || fail "$1 ends with $?: $(cat "$WORK/said")" || return
    equal "what $1 said" "$(cat "$WORK/said")" ""
}

# thousand: certificates id-1 to id-1000.
thousand() {
    mount_certfs -o owner=root,quota=2000
    local i pem
    pem=$(<"$PKI/root.pem")
    for ((i = 1; i <= 1000; i++)); do
        printf '{"CertificateIdentifier":"id-%d","CertificatePem":"%s"}' "$i" "$pem" >"$CONTROL"
    done
}

# forbids COMMAND...: it ends with EPERM, and nothing happened.
forbids() {
    run "$@"
    [ "$status" != 0 ] || fail "$* succeeds"
    matches "what $* prints" "$output" 'Operation not permitted'
    equal "the tree after $*" "$(listing)" "$BEFORE"
}

listing() {
    (cd "$MNT/certificates" && find . -printf '%p %y %i %m %U:%G %s\n' | LC_ALL=C sort && cat -- */*.pem */*.json | sha256sum)
}

@test "without certificates the directory is empty" {
    mount_certfs -o owner=root
    silently find "$MNT/certificates" -mindepth 1 >"$WORK/found"
    equal "what is in it" "$(cat "$WORK/found")" ""
}

@test "ls, find and stat agree, and every size is that of the contents" {
    three_sets
    local file
    silently ls -laR "$MNT/certificates" >"$WORK/list"
    silently find "$MNT/certificates" -type f >"$WORK/found"
    equal "how many files" "$(wc -l <"$WORK/found")" 9
    while read -r file; do
        equal "the size of $file" "$(stat -c %s "$file")" "$(wc -c <"$file")"
        equal "lines of ls with it" "$(grep -c " ${file##*/}\$" "$WORK/list")" "$(grep -c "/${file##*/}\$" "$WORK/found")"
    done <"$WORK/found"
    equal "directories" "$(find "$MNT/certificates" -mindepth 1 -type d -printf '%f\n' | LC_ALL=C sort | xargs)" "Set-1 bundle pair"
}

@test "a listing gives the inode number that stat gives, and no two files have the same" {
    three_sets
    python3 - "$MNT/certificates" <<'PYTHON'
import os, sys
seen = {}
def walk(folder):
    for entry in os.scandir(folder):
        found = os.lstat(entry.path)
        assert entry.inode() == found.st_ino, (entry.path, entry.inode(), found.st_ino)
        assert seen.setdefault(found.st_ino, entry.path) == entry.path, (entry.path, seen[found.st_ino])
        assert entry.is_dir(follow_symlinks=False) == os.path.isdir(entry.path), entry.path
        if entry.is_dir(follow_symlinks=False):
            walk(entry.path)
walk(sys.argv[1])
assert len(seen) == 12, seen
PYTHON
}

@test "names are found as they were written, and no others" {
    three_sets
    local name
    for name in set-1 SET-1 Set-1x Set Set- . ..; do
        case $name in
            . | ..) [ -d "$MNT/certificates/$name" ] ;;
            *) [ ! -e "$MNT/certificates/$name" ] || fail "there is $name" ;;
        esac
    done
    for name in ca.pem cert.pem key.pem; do
        [ -f "$MNT/certificates/Set-1/$name" ] || fail "there is no $name"
    done
    [ ! -e "$MNT/certificates/bundle/key.pem" ] || fail "there is a key in the bundle"
    [ ! -e "$MNT/certificates/Set-1/control" ] || fail "there is a control in a set"
}

# is_there FILE: for a process of its own, since one that has looked at a set goes on with that for a while.
is_there() {
    env test -e "$MNT/certificates/Set-1/$1"
}

@test "a name comes and goes in the moment in which the write returns" {
    mount_certfs -o owner=root
    local turn
    for turn in 1 2 3; do
        ! is_there ca.pem || fail "it is there already in turn $turn"
        dms_import Set-1 root
        is_there ca.pem || fail "it is not there in turn $turn"
        holds Set-1 ca.pem root
        ! is_there cert.pem || fail "there is a cert.pem"
        dms_import Set-1 leaf+leaf-key '{Replace: true, Accept: ["loses_files"]}'
        holds Set-1 cert.pem leaf
        ! is_there ca.pem || fail "ca.pem is still there"
        dms_delete "$ARN"
    done
}

@test "a process that has read a file of a set gets the files of the new one after the import has returned, and none that went" {
    mount_certfs -o owner=root
    dms_import Set-1 root
    jq -n --rawfile pem <(texts leaf+leaf-key) '{CertificateIdentifier: "Set-1", CertificatePem: $pem, Replace: true, Accept: ["loses_files"]}' \
        >"$WORK/document"
    # One process reads, another one imports in between.
    python3 - "$MNT/certificates/Set-1" "$CONTROL" "$WORK/document" <<'PYTHON'
import errno, os, subprocess, sys
folder, control, document = sys.argv[1:]
def read(name):
    with open(f"{folder}/{name}") as file:
        return file.read()
def missing(name):
    try:
        return read(name) and False
    except FileNotFoundError:
        return True
before = read("certificate.json")
subprocess.run(["cp", document, control], check=True)
assert missing("ca.pem") and read("cert.pem") and read("key.pem"), "not the files of the new set"
assert read("certificate.json") != before, "certificate.json is the old set's"
PYTHON
}

@test "tar packs it without a word, and the copy is the same" {
    three_sets
    silently tar -C "$MNT" -cf "$WORK/certificates.tar" certificates
    mkdir "$WORK/copy"
    silently tar -C "$WORK/copy" -xpf "$WORK/certificates.tar"
    diff -r "$MNT/certificates" "$WORK/copy/certificates"
    equal "modes and owners" "$(cd "$WORK/copy/certificates" && find . -printf '%p %m %u\n' | LC_ALL=C sort)" \
        "$(cd "$MNT/certificates" && find . -printf '%p %m %u\n' | LC_ALL=C sort)"
}

@test "rsync -a copies it without a word, and a second run finds nothing to do" {
    three_sets
    silently rsync -a "$MNT/certificates/" "$WORK/copy/"
    diff -r "$MNT/certificates" "$WORK/copy"
    equal "what is left to do" "$(rsync -a --itemize-changes "$MNT/certificates/" "$WORK/copy/")" ""
    dms_import bundle root '{Replace: true}'
    equal "after a change" "$(rsync -a --itemize-changes "$MNT/certificates/" "$WORK/copy/" | awk '/^>f/ { print $2 }' | LC_ALL=C sort | xargs)" \
        "bundle/ca.pem bundle/certificate.json"
    diff -r "$MNT/certificates" "$WORK/copy"
}

@test "cp -a copies it, with the tags as attributes where the target has them" {
    three_sets
    silently cp -a "$MNT/certificates" "$WORK/copy"
    diff -r "$MNT/certificates" "$WORK/copy"
    setfattr -n user.try "$WORK/copy" 2>/dev/null || skip "no attributes in $WORK"
    equal "the attributes" "$(xattrs "$WORK/copy/Set-1")" '{"user.team": "db"}'
}

@test "grep -r, du and md5sum read all of it" {
    three_sets
    equal "files with certificates" "$(grep -rl 'BEGIN CERTIFICATE' "$MNT/certificates" | wc -l)" 7
    silently du -a "$MNT/certificates" >"$WORK/list"
    (cd "$MNT/certificates" && find . -type f -exec sha256sum {} +) >"$WORK/sums"
    (cd "$MNT/certificates" && silently sha256sum --quiet -c "$WORK/sums")
}

@test "certificate.json is one JSON object, the Certificate of the answers" {
    three_sets
    local id
    for id in bundle Set-1 pair; do
        describe "$id"
        equal "the object" "$(jq -cS . "$MNT/certificates/$id/certificate.json")" "$(raw -S '.Certificates[0]')"
        equal "how many" "$(jq -s length "$MNT/certificates/$id/certificate.json")" 1
    done
}

# changes COUNT: documents that replace the set `a` so often, $WORK/change-1 and so on.
changes() {
    local i
    for ((i = 1; i <= $1; i++)); do
        jq -n --rawfile pem <(texts "$([ $((i % 2)) = 0 ] && echo root || echo other)") \
            '{CertificateIdentifier: "Set-1", CertificatePem: $pem, Replace: true}' >"$WORK/change-$i"
    done
}

@test "certificate.json belongs to the files beside it, however often the set is replaced meanwhile" {
    mount_certfs -o owner=root
    dms_import Set-1 root
    changes 20
    # One process reads, another one imports in between.
    python3 - "$MNT/certificates/Set-1" "$CONTROL" "$WORK" <<'PYTHON'
import json, subprocess, sys
folder, control, work = sys.argv[1:]
with open(f"{folder}/ca.pem") as file:
    before = file.read()
subprocess.run(["bash", "-c", f"for i in {{1..20}}; do cat {work}/change-$i >{control}; done"], check=True)
with open(f"{folder}/certificate.json") as file:
    assert json.load(file)["CertificatePem"] == before, "certificate.json is of another generation"
PYTHON
}

@test "a certificate.json that is open stays what it was, in size as in contents" {
    mount_certfs -o owner=root
    dms_import Set-1 root
    changes 20
    python3 - "$MNT/certificates/Set-1" "$CONTROL" "$WORK" <<'PYTHON'
import os, sys
folder, control, work = sys.argv[1:]
descriptor = os.open(f"{folder}/certificate.json", os.O_RDONLY)
before = os.read(descriptor, 65536)
# A writer to control is no longer bound to a generation.
for number in range(1, 21):
    with open(f"{work}/change-{number}", "rb") as document:
        writer = os.open(control, os.O_WRONLY)
        os.write(writer, document.read())
        os.close(writer)
os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
assert os.fstat(descriptor).st_size == len(before)
assert os.pread(descriptor, 65536, 0) == before
PYTHON
}

# ---- changes

@test "nothing can be made, removed, renamed or changed below certificates, by root either" {
    three_sets
    BEFORE=$(listing)
    echo other >"$WORK/other"
    cd "$MNT/certificates"
    forbids mkdir new
    forbids mkdir Set-1/new
    forbids rmdir Set-1
    forbids rm Set-1/cert.pem
    forbids rm -f Set-1/key.pem Set-1/certificate.json
    forbids rm -rf Set-1
    forbids mv Set-1 Set-2
    forbids mv Set-1/cert.pem Set-1/old.pem
    forbids mv bundle/ca.pem Set-1/ca.pem
    forbids ln Set-1/cert.pem Set-1/link.pem
    forbids ln -s Set-1 link
    forbids touch new
    forbids cp "$WORK/other" Set-1/new
    forbids cp "$WORK/other" Set-1/cert.pem
    forbids cp "$WORK/other" Set-1/certificate.json
    forbids sed -i s/A/B/ Set-1/ca.pem
    forbids truncate -s 0 Set-1/ca.pem
    forbids chmod 0777 Set-1
    forbids chmod 0644 Set-1/key.pem
    forbids chown root Set-1/key.pem
    forbids touch -d yesterday Set-1/ca.pem
    forbids mknod Set-1/pipe p
}

@test "attributes cannot be set or removed, on certificates or elsewhere" {
    three_sets
    BEFORE=$(listing)
    local path
    for path in "$MNT/certificates/Set-1" "$MNT/certificates/bundle" "$MNT/certificates" "$MNT/certificates/Set-1/cert.pem"; do
        forbids setfattr -n user.team -v other "$path"
        forbids setfattr -n user.new -v x "$path"
    done
    forbids setfattr -x user.team "$MNT/certificates/Set-1"
    equal "the attributes" "$(xattrs "$MNT/certificates/Set-1")" '{"user.team": "db"}'
}

# ---- many

@test "a thousand certificates are listed completely, each once" {
    thousand
    equal "lines of find" "$(find "$MNT/certificates" -maxdepth 1 | wc -l)" 1001
    equal "names" "$(find "$MNT/certificates" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V)" "$(printf 'id-%d\n' {1..1000})"
    equal "names of ls -f" "$(command ls -f "$MNT/certificates" | grep -vx '\.\.\?' | sort -V)" "$(printf 'id-%d\n' {1..1000})"
    equal "files" "$(find "$MNT/certificates" -type f | wc -l)" 2000
    dms_pages '{MaxRecords: 100}'
    equal "pages" "$(answer '.sizes | join(" ")')" "100 100 100 100 100 100 100 100 100 100"
    equal "described" "$(answer '.Certificates[].CertificateIdentifier' | sort -V)" "$(printf 'id-%d\n' {1..1000})"
    equal "status" "$(of_status .certificates.count)" 1000
}

@test "a listing that goes on while others come and go has all that stayed, each once" {
    thousand
    dms_pages '{MaxRecords: 100}'
    answer '.Certificates[] | select(.CertificateIdentifier | endswith("5")) | .CertificateArn' >"$WORK/arns"
    python3 - "$MNT" "$WORK/arns" "$PKI/root.pem" <<'PYTHON'
import collections, json, os, sys
mount, arns, pem = sys.argv[1:]
def request(document):
    descriptor = os.open(f"{mount}/control", os.O_WRONLY)
    os.write(descriptor, json.dumps(document).encode())
    os.close(descriptor)
listing = os.scandir(f"{mount}/certificates")
seen = [next(listing).name for _ in range(20)]
for arn in open(arns).read().split():
    request({"Action": "DeleteCertificate", "CertificateArn": arn})
for number in range(50):
    request({"CertificateIdentifier": f"aa-{number}", "CertificatePem": open(pem).read()})
    request({"CertificateIdentifier": f"zz-{number}", "CertificatePem": open(pem).read()})
seen += [entry.name for entry in listing]
twice = [name for name, times in collections.Counter(seen).items() if times > 1]
assert not twice, f"twice: {twice}"
stayed = {f"id-{number}" for number in range(1, 1001) if number % 10 != 5}
assert stayed <= set(seen), f"missing: {stayed - set(seen)}"
assert not listing.close()
PYTHON
    equal "in the end" "$(find "$MNT/certificates" -mindepth 1 -maxdepth 1 | wc -l)" 1000
}
