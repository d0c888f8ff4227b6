#!/usr/bin/env bats
# Nobody who may only look can hold up an import, a read or the end: with calls into memory of their own that never
# answers (silent.py). A user who may list a directory can hold its lock; then the answer goes all the same, and status
# reports it.

bats_require_minimum_version 1.5.0
load ../lib/certfs.bash
load ../lib/silent.bash
load ../store/store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    store_begin
}

# as USER COMMAND...
as() {
    local user=$1
    shift
    PATH=/usr/bin:/bin setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
}

# in_time COMMAND...: it ends, long before a call that is held would.
in_time() {
    timeout -k 1 "$SECONDS_TO_WAIT" "$@"
}

imports_in_time() {
    in_time cp "$PKI/$1.json" "$CONTROL" || fail "the import of $1 was held up or refused"
}

# The same as mysqld does, with nothing of it remembered by the kernel: an import has changed the names.
mysql_reads_in_time() {
    local file
    for file in "$@"; do
        in_time setpriv --reuid=daemon --regid=daemon --clear-groups cat "$file" >"$WORK/read" ||
            fail "$file could not be read"
    done
}

@test "a stranger, the files' owner and a member of import_group cannot list any directory, whatever their memory does" {
    silent_begin
    mount_certfs -o owner=daemon,sql_import=a,import_group=bin
    import a
    import_named a a
    for directory in . generations generations/1 current/ certificates certificates/a import; do
        for user in nobody daemon bin; do
            equal "getdents of $directory by $user" "$(silent "$user" getdents "$MNT/$directory")" "refused EACCES"
            run as "$user" ls "$MNT/$directory"
            [ "$status" != 0 ] || fail "$user lists $directory"
        done
        ls "$MNT/$directory" >"$WORK/list" || fail "root cannot list $directory"
    done
    equal "modes" "$(stat -L -c %a "$MNT" "$MNT"/{generations,current,certificates,certificates/a,import} | xargs)" \
        "511 511 511 511 511 730"
}

@test "whatever a stranger's calls hold, imports are answered, and names that nobody looked up yet are opened" {
    silent_begin
    mount_certfs -o owner=daemon,sql_import=a,import_group=bin
    import a
    import_named a a
    echo "{\"Action\":\"AddTagsToResource\",\"ResourceArn\":$(jq .CertificateArn "$MNT/certificates/a/certificate.json"),
        \"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}" >"$CONTROL"
    while read -r call path; do
        hold nobody "$call" "$MNT/$path"
        echo "$call $path: $HELD"
        [ "$HELD" = held ] || matches "$call of $path" "$HELD" "^refused (E.*|came back)$"
    done <<'END'
getdents .
getdents certificates
readlink current
getxattr certificates/a
listxattr certificates/a
listxattr .
statx status
statx key.pem
statfs .
getcwd .
getcwd certificates/a
read last
read status
read ca.pem
read certificates/a/cert.pem
write_there control
write_new x
write_new import/x
END
    hold bin write_new "$MNT/import/x"
    equal "a member's write into import/" "$HELD" held
    for round in b a b; do
        imports_in_time "$round"
        import_named a "$round"
        mysql_reads_in_time "$MNT"/{ca,cert,key}.pem "$MNT"/certificates/a/{ca,cert,key}.pem "$MNT"/current/{ca,key}.pem
        serves "$round"
    done
    equal "problems of a stall" "$(of_status '[.problems[] | select(test("holds the lock"))] | length')" 0
    in_time bash -c 'printf "{" >"$1"' - "$MNT/import/y" || [ $? != 124 ] || fail "another member is held up"
    mapfile -t pids < <(processes)
    kill -TERM "$(supervisor_pid)"
    ended "${pids[@]}"
}

# Names that the kernel knows already: while a notice waits for the lock, nobody looks up another one there.
@test "the control owner holds a directory: imports are answered, status reports it, and the end comes" {
    silent_begin
    serve -o owner=daemon,control_owner=bin
    import a
    import_named a a
    cat "$MNT"/{ca,cert}.pem "$MNT/certificates/a/cert.pem" "$MNT/status" >"$WORK/looked-up"
    equal "problems before" "$(of_status '[.problems[] | select(test("holds the lock"))] | length')" 0
    hold bin getdents "$MNT"
    equal "his call" "$HELD" held
    for round in b a b; do
        imports_in_time "$round"
        import_named a "$round"
    done
    mysql_reads_in_time "$MNT/certificates/a/key.pem"
    equal "problems meanwhile" "$(of_status '[.problems[] | select(test("holds the lock"))] | length')" 1
    supervisor=$(supervisor_pid)
    kill -TERM "$supervisor"
    ended "$supervisor"
    equal "what is mounted" "$(mounts)" ""
    serve -o owner=daemon
    serves b
}

@test "rm of control by root, which holds the directory until the write is answered, holds nobody up" {
    with_hooks CERTFS_TEST_HOLD_MS=700
    mount_certfs -o owner=daemon
    cat "$MNT/last" >/dev/null
    background cp "$PKI/a.json" "$CONTROL"
    writer=$BACKGROUND
    eventually is_writing "$writer"
    background rm -f "$CONTROL"
    wait "$writer" || fail "the import was not answered"
    serves a
}
