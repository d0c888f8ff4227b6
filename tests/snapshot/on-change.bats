#!/usr/bin/env bats
# -o on_change=: the program that runs after each commit, its environment, and its entry in status.

bats_require_minimum_version 1.5.0
load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a
    make_pki b ec:P-256
}

# The program is root's; it writes into OUT, which is of the user that it runs as.
test_setup() {
    OUT=$WORK/out
    PROGRAM=$WORK/program
    install -d -m 0700 -o mysql "$OUT"
}

# program LINE...: what the program does; $OUT and other names of the test are put in by the caller.
program() {
    printf '%s\n' '#!/bin/bash' "$@" >"$PROGRAM"
    chmod 0755 "$PROGRAM"
}

mount_with_program() {
    mount_certfs -o "on_change=$PROGRAM"
}

report_is() {
    [ "$(of_status .on_change)" = "$1" ]
}

# reports TEXT: status reports, sooner or later, that the last run ended so.
reports() {
    eventually report_is "$1" || fail "on_change is '$(of_status .on_change)', expected '$1'"
}

@test "before the first commit status knows of no run" {
    program 'echo it ran'
    mount_with_program
    equal on_change "$(of_status .on_change)" null
    import a
    reports '1 exit 0: it ran'
}

@test "the program runs as the owner of the files, with that user's groups, in /, and with four variables" {
    program "env -u _ -u PWD -u SHLVL | sort >$OUT/env" "{ id; pwd; echo \$#; } >$OUT/who" 'echo done'
    SECRET=x mount_with_program
    import a
    reports '1 exit 0: done'
    printf '%s\n' CERTFS_GENERATION=1 "CERTFS_MOUNT=$MNT" CERTFS_SET=/ \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin >"$WORK/env"
    same "$OUT/env" "$WORK/env"
    { id mysql; echo /; echo 0; } >"$WORK/who"
    same "$OUT/who" "$WORK/who"
}

@test "owner= is who it runs as" {
    program 'id -u' 'id -g' 'id -G'
    mount_certfs -o "on_change=$PROGRAM,owner=nobody"
    import a
    reports "1 exit 0: $(id -u nobody) | $(id -g nobody) | $(id -G nobody)"
}

@test "nothing is open in it but /dev/null and its output" {
    program "find /proc/\$BASHPID/fd -lname '/dev/null' -printf '%f '" \
        "ls /proc/self/fd >$OUT/fds; readlink /proc/\$\$/fd/* >$OUT/links" 'echo'
    mount_with_program
    import a
    eventually test -s "$OUT/links"
    reports '1 exit 0: 0 '
    # Bash has its script open, as 255.
    equal "what is open" "$(grep -cv -e '^/dev/null$' -e '^pipe:' -e "^$PROGRAM\$" "$OUT/links")" 0
    equal "how many pipes" "$(grep '^pipe:' "$OUT/links" | sort -u | wc -l)" 1
}

@test "it runs when the new set is there, and can read the key" {
    program "cat \$CERTFS_MOUNT/ca.pem \$CERTFS_MOUNT/cert.pem \$CERTFS_MOUNT/key.pem >$OUT/seen" 'echo read'
    mount_with_program
    import b
    reports '1 exit 0: read'
    cat "$MNT/ca.pem" "$MNT/cert.pem" "$MNT/key.pem" >"$WORK/served"
    same "$OUT/seen" "$WORK/served"
}

@test "it runs once per commit; what changes nothing and what is refused runs nothing" {
    program "echo \$CERTFS_GENERATION >>$OUT/runs"
    mount_with_program
    import a
    reports '1 exit 0: '
    import a
    leave_mark
    import b
    reports '2 exit 0: '
    echo '{"Action":"RestorePrevious"}' >"$CONTROL"
    reports '3 exit 0: '
    equal "the runs" "$(xargs <"$OUT/runs")" "1 2 3"
}

@test "commits during a run end in one more run for the newest, and nobody waits for the program" {
    mkfifo -m 0666 "$WORK/go"
    program "echo \$CERTFS_GENERATION >>$OUT/runs" "[ \$CERTFS_GENERATION != 1 ] || read -r <$WORK/go"
    mount_with_program
    import a
    eventually test -s "$OUT/runs"
    import b
    import a
    import b
    serves b
    equal "the runs" "$(xargs <"$OUT/runs")" 1
    echo >"$WORK/go"
    reports '4 exit 0: '
    equal "the runs" "$(xargs <"$OUT/runs")" "1 4"
}

# ---- named sets

@test "a named set that was committed is named, and its files are there" {
    program "folder=\$CERTFS_MOUNT/certificates/\$CERTFS_SET" "cat \$folder/ca.pem \$folder/cert.pem \$folder/key.pem \$folder/certificate.json >$OUT/seen" \
        'echo $CERTFS_SET $CERTFS_GENERATION'
    mount_with_program
    import_named Replica-1 b
    reports '1 of Replica-1 exit 0: Replica-1 1'
    (cd "$MNT/certificates/Replica-1" && cat ca.pem cert.pem key.pem certificate.json) >"$WORK/served"
    same "$OUT/seen" "$WORK/served"
    import_named replica-1 a
    reports '2 of Replica-1 exit 0: Replica-1 2'
}

@test "the longest name comes whole" {
    local name
    name=$(printf '%*s' 255 '' | tr ' ' x)
    program "echo \$CERTFS_SET >$OUT/set"
    mount_with_program
    import_named "$name" a
    eventually report_matches "^1 of x+ exit 0: "
    equal "the set" "$(cat "$OUT/set")" "$name"
}

report_matches() {
    [[ $(of_status .on_change) =~ $1 ]]
}

failures_are() {
    equal "the failures" "$(of_status '[.problems[] | select(startswith("on_change= failed"))] | length')" "$1" &&
        grep -qx "certfs_problems $1" "$MNT/metrics"
}

@test "a run that failed is a problem until one succeeds for the same set, and both are counted" {
    local long
    long=$(printf 's%.0s' {1..60})
    program "[ \$CERTFS_SET != ${long}a ] || [ -e $OUT/mended ] || { echo broken; exit 3; }"
    mount_with_program
    import_named "${long}a" a
    eventually report_matches " exit 3: broken"
    failures_are 1
    matches "the problem" "$(of_status '.problems[0]')" "^on_change= failed for generation 1 of ${long}a exit 3: broken"
    import_named "${long}b" a
    eventually report_matches "^2 of s+b exit 0: "
    failures_are 1
    touch "$OUT/mended"
    import_named "${long}a" b
    eventually report_matches "^3 of s+a exit 0: "
    failures_are 0
    grep -qx 'certfs_on_change_runs_total{result="ok"} 2' "$MNT/metrics"
    grep -qx 'certfs_on_change_runs_total{result="failed"} 1' "$MNT/metrics"
}

@test "restoring and deletion of a named set run it, a tag and a refusal do not" {
    local arn
    program "echo \$CERTFS_SET \$CERTFS_GENERATION >>$OUT/runs"
    mount_with_program
    import_named set a
    reports '1 of set exit 0: '
    import_named set b
    reports '2 of set exit 0: '
    arn=$(jq -r .CertificateArn "$MNT/certificates/set/certificate.json")
    echo '{"Action":"AddTagsToResource","ResourceArn":"'"$arn"'","Tags":[{"Key":"team","Value":"db"}]}' >"$CONTROL"
    leave_mark
    echo '{"Action":"RestorePrevious","CertificateIdentifier":"set"}' >"$CONTROL"
    reports '3 of set exit 0: '
    echo '{"Action":"DeleteCertificate","CertificateArn":"'"$arn"'"}' >"$CONTROL"
    reports '4 of set exit 0: '
    equal "the runs" "$(xargs <"$OUT/runs")" "set 1 set 2 set 3 set 4"
}

@test "each set that is committed during a run gets one more run, for its newest generation" {
    mkfifo -m 0666 "$WORK/go"
    program "echo \$CERTFS_SET \$CERTFS_GENERATION >>$OUT/runs" "[ \$CERTFS_GENERATION != 1 ] || read -r <$WORK/go"
    mount_with_program
    import_named one a
    eventually test -s "$OUT/runs"
    import_named two a
    import_named one b
    import a
    import_named two b
    import_named one a
    equal "the runs" "$(xargs <"$OUT/runs")" "one 1"
    echo >"$WORK/go"
    reports '4 exit 0: '
    equal "the runs" "$(xargs <"$OUT/runs")" "one 1 two 5 one 6 / 4"
}

# ---- how it ended

@test "status shows the exit status and the first 200 bytes of the output, escaped" {
    program "printf 'a\\\\\\001\\377\\n\"%.0s' {1..3}" "printf 'x%.0s' {1..300}" 'exit 3'
    mount_with_program
    import a
    eventually report_is "1 exit 3: $(printf 'a\\\\x5C\\\\x01\\\\xFF | "%.0s' 1 2 3 | sed 's/\\\\/\\/g')$(printf 'x%.0s' {1..182})..."
    equal "bytes in status" "$(cat "$MNT/status" | wc -c)" "$(stat -c %s "$MNT/status")"
}

@test "a program that prints much is not stopped, neither by a full pipe nor by an error" {
    program 'dd if=/dev/zero bs=1M count=3 status=none' "echo \$? >$OUT/status"
    mount_with_program
    import a
    eventually test -s "$OUT/status"
    equal "how writing ended" "$(cat "$OUT/status")" 0
}

@test "a program that was killed is reported by its signal" {
    program 'kill -KILL $$'
    mount_with_program
    import a
    reports '1 signal 9: '
}

@test "a program that cannot be started is reported by status 127" {
    printf '#!/nowhere/interpreter\n' >"$PROGRAM"
    chmod 0755 "$PROGRAM"
    mount_with_program
    import a
    reports '1 exit 127: '
}

@test "a program that may no longer be run is reported, in status and in the log, and is run again when it may" {
    program 'echo it ran'
    mkdir "$MNT"
    background "$CERTFS" -f -o "on_change=$PROGRAM" none "$MNT" 2>"$WORK/log"
    eventually test -e "$CONTROL"
    processes >>"$WORK/.processes"
    chmod 0777 "$PROGRAM"
    import a
    reports "1 not run: on_change= needs a program that belongs to root and that others cannot write, unlike ${PROGRAM:0:35}"
    eventually grep -q 'on_change for generation 1 not run: on_change= needs' "$WORK/log"
    rm "$PROGRAM"
    import_named one b
    reports '2 of one not run: on_change= needs a program that exists (arguments cannot be given)'
    program 'echo it ran'
    import b
    reports '3 exit 0: it ran'
}

# ---- a supervisor that is slow

@test "a set committed while the supervisor does not listen is run for its newest generation" {
    program "echo \$CERTFS_SET \$CERTFS_GENERATION >>$OUT/runs"
    mount_with_program
    import a
    import b
    import_named one a
    reports '3 of one exit 0: '
    local supervisor
    supervisor=$(supervisor_pid)
    kill -STOP "$supervisor"
    for ((i = 0; i < 600; i++)); do
        echo '{"Action":"RestorePrevious"}' >"$CONTROL"
    done
    import_named one b
    kill -CONT "$supervisor"
    eventually grep -qx '/ 603' "$OUT/runs"
    eventually grep -qx 'one 604' "$OUT/runs"
}

# ---- the end

# program_in_write: a mount whose program waits for the answer to a request of its own. Sets the pids SUPERVISOR,
# WORKER and PROGRAM_PID.
program_in_write() {
    cp "$PKI/b.json" "$OUT/b.json"
    chown mysql "$OUT/b.json"
    program "echo \$\$ >$OUT/pid" "exec cat $OUT/b.json >$CONTROL"
    CERTFS_TEST_HOLD_MS=1500 mount_certfs -o "on_change=$PROGRAM,control_owner=mysql"
    SUPERVISOR=$(supervisor_pid)
    WORKER=$(worker_pid)
    import a
    eventually test -s "$OUT/pid"
    PROGRAM_PID=$(cat "$OUT/pid")
    eventually is_in_write
}

is_in_write() {
    [ "$(readlink "/proc/$PROGRAM_PID/fd/1")" = "$CONTROL" ] &&
        [ "$(cat "/proc/$PROGRAM_PID/wchan")" = request_wait_answer ] &&
        [[ $(cat "/proc/$PROGRAM_PID/comm") = cat ]]
}

all_ended() {
    ended "$SUPERVISOR"
    ended "$PROGRAM_PID"
    [ -z "$(mounts)" ] || fail "it is still mounted"
}

@test "a worker that dies while the program waits for its answer is replaced, and the program has its answer" {
    with_hooks
    program_in_write
    kill -KILL "$WORKER"
    ended "$PROGRAM_PID"
    serves b
    eventually run_has_ended
    kill -TERM "$SUPERVISOR"
    all_ended
}

run_has_ended() {
    [[ $(of_status .on_change) == *"exit 0"* ]]
}

@test "a worker that dies during the drain while the program waits for its answer takes mount and program with it" {
    with_hooks
    program_in_write
    kill -STOP "$WORKER"
    kill -TERM "$SUPERVISOR"
    kill -KILL "$WORKER"
    all_ended
}

@test "SIGTERM while the program waits for an answer of the mount ends all" {
    with_hooks
    program_in_write
    kill -TERM "$SUPERVISOR"
    all_ended
}

@test "the end of the mount ends a program that still runs" {
    mkfifo -m 0666 "$WORK/go"
    program "echo \$\$ >$OUT/pid" "read -r <$WORK/go"
    mount_with_program
    import a
    eventually test -s "$OUT/pid"
    unmount_certfs
    eventually is_gone "$(cat "$OUT/pid")"
}

# ---- which programs are taken

# refused_with PATTERN PROGRAM
refused_with() {
    mkdir -p "$MNT"
    run "$CERTFS" -o "on_change=$2" none "$MNT"
    [ "$status" != 0 ] || fail "$2 was taken"
    matches "the sentence" "$output" "on_change= needs a program .*$1"
    equal "how many sentences" "${#lines[@]}" 1
    ! mountpoint -q "$MNT" || fail "it is mounted all the same"
}

@test "a relative path, arguments, and what does not exist are refused in one sentence" {
    program 'exit 0'
    refused_with 'absolute path' program
    refused_with 'arguments' "$PROGRAM --now"
    refused_with 'exists' "$WORK/missing"
    refused_with 'is a file' "$WORK"
}

@test "a link that somebody else can replace is refused, whatever it leads to now" {
    program 'exit 0'
    mkdir "$WORK/theirs"
    chown nobody "$WORK/theirs"
    ln -s "$PROGRAM" "$WORK/theirs/link"
    chown -h root "$WORK/theirs/link"
    refused_with "others cannot write, unlike $WORK/theirs" "$WORK/theirs/link"
    ln -s "$PROGRAM" "$WORK/link"
    chown -h nobody "$WORK/link"
    refused_with "others cannot write, unlike $WORK/link" "$WORK/link"
    ln -s "$WORK/theirs/link" "$WORK/chain"
    refused_with "others cannot write, unlike $WORK/theirs" "$WORK/chain"
}

@test "a link of root's is run as it is named, and not once somebody else can replace it" {
    program 'echo "${0##*/} ran"'
    ln -s "$PROGRAM" "$WORK/called-so"
    PROGRAM=$WORK/called-so mount_with_program
    import a
    reports '1 exit 0: called-so ran'
    chown -h nobody "$WORK/called-so"
    import b
    reports "2 not run: on_change= needs a program that belongs to root and that others cannot write, unlike $(head -c 35 <<<"$WORK/called-so")"
}

@test "a program that is not root's, or that others can write or nobody can execute, is refused" {
    program 'exit 0'
    chmod 0775 "$PROGRAM"
    refused_with 'others cannot write' "$PROGRAM"
    chmod 0757 "$PROGRAM"
    refused_with 'others cannot write' "$PROGRAM"
    chmod 0644 "$PROGRAM"
    refused_with 'executed' "$PROGRAM"
    chmod 0755 "$PROGRAM"
    chown mysql "$PROGRAM"
    refused_with 'belongs to root' "$PROGRAM"
}

@test "a program inside the mount is refused, also by way of a link" {
    mkdir "$MNT"
    ln -s "$MNT" "$WORK/link"
    for program in "$MNT/program" "$WORK/link/status" "$MNT" "$WORK/link/../mnt/cert.pem"; do
        run "$CERTFS" -o "on_change=$program" none "$MNT"
        [ "$status" != 0 ] || fail "$program was taken"
        equal "the sentence" "$output" "certfs: on_change= lies inside the mount point: $program"
        ! mountpoint -q "$MNT" || fail "it is mounted all the same"
    done
}
