#!/usr/bin/env bats
# import/ as a directory: who may do what in it, and what nobody may.

load ../lib/certfs.bash
load import.bash

setup_file() {
    make_sets
}

test_setup() {
    begin_import
}

@test "it is there only with sql_import=" {
    umount "$MNT"
    mount_certfs -o owner=root
    [ ! -e "$MNT/import" ]
    equal "how often it is listed" "$(find "$MNT" -maxdepth 1 -name import | wc -l)" 0
    run stat "$MNT/import"
    matches stat "$output" "No such file or directory"
}

@test "it is listed, and stat and the listing agree" {
    equal inode "$(stat -c %i "$MNT/import")" "$(ls -ai "$MNT" | awk '$2 == "import" { print $1 }')"
    equal "mode and owners" "$(stat -c '%A %U:%G' "$IMPORT")" "drwx-wx--- root:daemon"
    equal "links of the root" "$(stat -c %h "$MNT")" "$(($(find "$MNT" -maxdepth 1 -type d | wc -l) + 1))"
}

@test "its group is the owner's by default" {
    umount "$MNT"
    mount_certfs -o owner=nobody:games,sql_import=/
    equal "group" "$(stat -c %G "$IMPORT")" games
}

@test "import_group without sql_import is refused in one sentence" {
    umount "$MNT"
    run "$CERTFS" -o owner=root,import_group=daemon none "$MNT"
    [ "$status" -ne 0 ]
    equal "what it says" "$output" \
        "certfs: import_group= is the group of import/, which is there only with sql_import="
}

@test "the root set is warned about, a named one is not" {
    equal problems "$(of_status '[.remarks[] | select(startswith("sql_import=/"))] | length')" 1
    umount "$MNT"
    mount_certfs -o owner=root,sql_import=replica
    equal problems "$(of_status '[.remarks[] | select(startswith("sql_import=/"))] | length')" 0
}

@test "the warning is in the log too" {
    umount "$MNT"
    background "$CERTFS" -f -o owner=root,sql_import=/ none "$MNT" >"$WORK/mount.log" 2>&1
    eventually test -e "$CONTROL"
    eventually grep -q "sql_import=/: the SQL statement replaces this server's own certificate" "$WORK/mount.log"
}

@test "a member of the group hands over a request, and an outsider cannot" {
    run as_member python3 "$GOOD/drop.py" create:"$IMPORT/x" write:"$GOOD/a.json" close answer:"$IMPORT/x"
    outcomes "create ok" "/write [0-9]+/" "close ok" "/answer imported generation 1: .*/"
    serves a
    equal uid "$(of_status .last_request.uid)" "$(id -u nobody)"
    run as_outsider python3 "$GOOD/drop.py" create:"$IMPORT/y" answer:"$IMPORT/x"
    outcomes "create EACCES" "answer EACCES"
}

@test "nobody but root can list it, and root finds nothing there" {
    run as_member python3 -c 'import os, sys; os.listdir(sys.argv[1])' "$IMPORT"
    [ "$status" -ne 0 ]
    matches "what a member is told" "$output" "Permission denied"
    dropped create:"$IMPORT/x" write:"$GOOD/bad.json"
    exec 5>"$IMPORT/open"
    run ls -a "$IMPORT"
    exec 5>&-
    equal "what root finds" "$output" $'.\n..'
}

@test "an unfinished file can be looked up, and is what its creator made it" {
    run as_member python3 "$GOOD/drop.py" create:"$IMPORT/x" stat chmod:666 utime text:'{' seek stat
    outcomes "create ok" "stat 640 1 0" "chmod ok" "utime ok" "write 1" "seek 1" "stat 666 1 1"
    exec 5>"$IMPORT/open"
    printf '{' >&5
    equal "owner, links and size" "$(stat -c '%U:%G %h %s' "$IMPORT/open")" "root:root 1 1"
    equal inode "$(stat -c %i "$IMPORT/open")" "$(stat -Lc %i "/proc/$BASHPID/fd/5")"
    exec 5>&-
}

@test "a written file cannot be read back, by nobody, whatever mode it has" {
    exec 5>"$IMPORT/x"
    printf '{"ssl_ca":"marker' >&5
    chmod 0666 "$IMPORT/x"
    for path in "$IMPORT/x" "/proc/$BASHPID/fd/5"; do
        run cat "$path"
        [ "$status" -ne 0 ]
        matches "$path" "$output" "Permission denied"
        run drop open:rw:"$path"
        equal "reading and writing" "$output" "create EACCES"
    done
    run as_member cat "$IMPORT/x"
    matches "a member" "$output" "Permission denied"
    run python3 -c 'import mmap, sys; mmap.mmap(5, 16, mmap.MAP_SHARED, mmap.PROT_WRITE)'
    [ "$status" -ne 0 ]
    exec 5>&-
}

@test "a file is opened for writing alone, and once" {
    dropped open:rw,creat:"$IMPORT/x" open:r,creat:"$IMPORT/x" open:w,creat,trunc:"$IMPORT/x" \
        open:w:"$IMPORT/x" open:w,creat:"$IMPORT/x" create:"$IMPORT/x" close
    outcomes "create EACCES" "create EACCES" "create ok" "create EBUSY" "create EBUSY" "create EEXIST" "close EBADMSG"
}

@test "names that would hide or break an answer are refused" {
    long=$(printf '%0248d' 1)
    dropped create:"$IMPORT/x.answer" create:"$IMPORT/.answer" create:"$IMPORT/${long}1" create:"$IMPORT/$long" \
        write:"$GOOD/a.json" close answer:"$IMPORT/$long"
    outcomes "create EPERM" "create EPERM" "create ENAMETOOLONG" "create ok" "/write [0-9]+/" "close ok" \
        "/answer imported generation 1: .*/"
}

@test "nothing else can be done in it" {
    dropped create:"$IMPORT/x" write:"$GOOD/a.json" close
    for command in "mkdir $IMPORT/d" "mknod $IMPORT/d p" "ln -s x $IMPORT/d" "ln $IMPORT/x.answer $IMPORT/d" \
        "mv $IMPORT/x.answer $IMPORT/d" "mv $MNT/ca.pem $IMPORT/d" "rmdir $IMPORT" "chmod 0777 $IMPORT" \
        "chown daemon $IMPORT" "setfattr -n user.x -v 1 $IMPORT" "setfattr -n user.x -v 1 $IMPORT/x.answer" \
        "chmod 0600 $IMPORT/x.answer" "truncate -s 0 $IMPORT/x.answer" "touch $IMPORT/x.answer"; do
        run $command
        [ "$status" -ne 0 ] || fail "$command succeeds"
        matches "$command" "$output" "Operation not permitted"
    done
    equal "mode and owners" "$(stat -c '%A %U:%G' "$IMPORT")" "drwx-wx--- root:daemon"
    answer_matches x "imported generation 1: .*"
}

@test "an unfinished file keeps its owner and what was written" {
    dropped create:"$IMPORT/x" truncate:0 chown:0:0 chown:-1:-1 text:'{' truncate:1 truncate:0 truncate:5 \
        chown:1:-1 chown:-1:1 stat fsync
    outcomes "create ok" "truncate ok" "chown ok" "chown ok" "write 1" "truncate ok" "truncate EPERM" \
        "truncate EPERM" "chown EPERM" "chown EPERM" "stat 640 1 1" "fsync ok"
}

@test "a file's owner and root change its mode, other members do not" {
    exec 5>"$IMPORT/x"
    run as_member chmod 0666 "$IMPORT/x"
    matches chmod "$output" "Operation not permitted"
    equal mode "$(stat -c %a "$IMPORT/x")" 644
    run as_member rm -f "$IMPORT/x"
    matches rm "$output" "Operation not permitted"
    exec 5>&-
}

@test "an answer is read by the creator's user and by root alone" {
    run as_member python3 "$GOOD/drop.py" create:"$IMPORT/x" write:"$GOOD/bad.json" close
    outcomes "create ok" "write EBADMSG" "close ok"
    equal "mode and owners" "$(stat -c '%A %U:%G' "$IMPORT/x.answer")" "-r--r--r-- nobody:nogroup"
    answer_matches x "ssl_key does not match ssl_cert.*"
    run as_member python3 "$GOOD/drop.py" answer:"$IMPORT/x"
    matches "its creator reads" "$output" "^answer ssl_key does not match ssl_cert"
    PATH=/usr/bin:/bin run setpriv --reuid=games --regid=daemon --clear-groups python3 "$GOOD/drop.py" answer:"$IMPORT/x" \
        open:w:"$IMPORT/x.answer" unlink:"$IMPORT/x.answer"
    outcomes "answer EACCES" "create EACCES" "unlink EPERM"
    dropped open:w:"$IMPORT/x.answer" open:rw:"$IMPORT/x.answer" unlink:"$IMPORT/x.answer" answer:"$IMPORT/x"
    outcomes "create EPERM" "create EPERM" "unlink ok" "answer ENOENT"
}
