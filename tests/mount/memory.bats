#!/usr/bin/env bats
# Keys do not linger: after a removal, and after a refusal, no private piece of the key is in certfs' memory.
# ../lib/memory.py defines a piece.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a
    make_pki b
}

# found KEY PID...: how many pieces of the key are in the memory of the processes.
found() {
    local said
    said=$(python3 "$LIB/memory.py" scan "$@") || { fail "the memory of $* cannot be read"; return 1; }
    echo "$said" >"$WORK/found"
    sed -n '1s/^found \([0-9]*\) of .*/\1/p' <<<"$said"
}

# no_piece_of KEY: neither in the worker nor in the supervisor, nor in the parent of judges.
no_piece_of() {
    local pids
    pids=$(processes && zygote_pid)
    [ "$(wc -w <<<"$pids")" -eq 3 ] || fail "the processes are '$pids'" || return
    # shellcheck disable=SC2086 # one word per process
    equal "the number of pieces of $1 that are left" "$(found "$PKI/$1/key.pem" $pids)" 0 || { cat "$WORK/found"; return 1; }
}

# is_found KEY PID MINIMUM
is_found() {
    local count
    count=$(found "$PKI/$1/key.pem" "$2")
    [ "$count" -ge "$3" ] || fail "only $count pieces of $1 are found, expected $3"
}

@test "the scan finds every piece in a process that holds them" {
    mkfifo "$WORK/out"
    # The shell that opens the FIFO becomes the process: opening waits for the other end.
    # shellcheck disable=SC2016 # for the inner shell
    background sh -c 'exec python3 "$1" hold "$2" >"$3"' sh "$LIB/memory.py" "$PKI/a/key.pem" "$WORK/out"
    exec 6<"$WORK/out"
    read -r -t 20 -u 6 line
    equal "what it says" "$line" ready
    found "$PKI/a/key.pem" "$BACKGROUND" >/dev/null
    matches "the result" "$(head -n 1 "$WORK/found")" '^found ([0-9]+) of \1$'
    is_found a "$BACKGROUND" 130
    equal "pieces of another key" "$(found "$PKI/b/key.pem" "$BACKGROUND")" 0
}

@test "the scan finds the limbs in a process in which OpenSSL uses the key" {
    mkfifo "$WORK/out"
    # shellcheck disable=SC2016 # for the inner shell
    background sh -c 'exec openssl s_server -accept 127.0.0.1:0 -cert "$1" -key "$2" >"$3"' \
        sh "$PKI/a/cert.pem" "$PKI/a/key.pem" "$WORK/out"
    exec 6<"$WORK/out"
    grep -q -m 1 ^ACCEPT <&6
    is_found a "$BACKGROUND" 48
    equal "kinds of limbs" "$(grep -c '\[0\] as limbs' "$WORK/found")" 6
}

@test "while the key is served, the worker holds it and the supervisor does not" {
    mount_certfs
    import a
    cat "$MNT/key.pem" >/dev/null
    is_found a "$(worker_pid)" 15
    equal "what is held is the file" "$(grep -c 'of the PEM body' "$WORK/found")" "$(grep -c . <<<"$(tail -n +2 "$WORK/found")")"
    equal "pieces in the supervisor" "$(found "$PKI/a/key.pem" "$(supervisor_pid)")" 0
}

@test "after import and removal no piece of the key is left" {
    mount_certfs
    import a
    cat "$MNT/key.pem" >/dev/null
    is_found a "$(worker_pid)" 15
    remove_material
    no_piece_of a
}

@test "after many imports, reads and answers and a removal no piece of any key is left" {
    mount_certfs
    for _ in 1 2 3 4 5; do
        for name in a b; do
            import "$name"
            cat "$MNT/key.pem" "$MNT/cert.pem" "$MNT/status" >/dev/null
            talk pieces:300:"$PKI/$name.json" read close >/dev/null
        done
    done
    remove_material
    no_piece_of a
    no_piece_of b
}

@test "a removal wipes the key although somebody holds it open" {
    mount_certfs
    import a
    exec 5<"$MNT/key.pem"
    import b
    exec 6<"$MNT/key.pem"
    # More rotations than replaced generations are kept.
    for _ in {1..10}; do
        import a
        import b
    done
    remove_material
    no_piece_of a
    no_piece_of b
    exec 5<&- 6<&-
}

# named NAME REPLACE: the set NAME as one CertificatePem, under the identifier `named`.
named() {
    jq -n --rawfile cert "$PKI/$1/cert.pem" --rawfile key "$PKI/$1/key.pem" --rawfile ca "$PKI/$1/ca.pem" \
        --argjson replace "$2" '{CertificateIdentifier: "named", CertificatePem: ($cert + $key + $ca), Replace: $replace}' \
        >"$WORK/named.json"
    cat "$WORK/named.json" >"$CONTROL"
}

@test "a named set that is deleted leaves no piece of its keys, and the root set's stays" {
    mount_certfs
    import a
    named b false
    cat "$MNT/certificates/named/key.pem" >/dev/null
    exec 5<"$MNT/certificates/named/key.pem"
    named a true
    is_found b "$(worker_pid)" 15
    printf '{"Action":"DeleteCertificate","CertificateArn":"%s"}' \
        "$(jq -r .CertificateArn "$MNT/certificates/named/certificate.json")" >"$CONTROL"
    no_piece_of b
    exec 5<&-
    serves a
    is_found a "$(worker_pid)" 15
    remove_material
    no_piece_of a
}

@test "after a refused import no piece of its key is left" {
    mount_certfs
    import a
    payload "$PKI/a"/{ca,cert}.pem "$PKI/b/key.pem" >"$WORK/bad.json"
    run cp "$WORK/bad.json" "$CONTROL"
    equal "exit status" "$status" 1
    no_piece_of b
    talk write:"$WORK/bad.json" read close >/dev/null
    no_piece_of b
    payload "$PKI/b"/{ca,cert}.pem "$PKI/b/key.pem" | sed 's/}$/,"ssl_unknown":1}/' >"$WORK/bad.json"
    run cp "$WORK/bad.json" "$CONTROL"
    equal "exit status" "$status" 1
    no_piece_of b
}

@test "after an import that was cut off, or had too much behind it, no piece of its key is left" {
    mount_certfs
    head -c -5 "$PKI/b.json" >"$WORK/bad.json"
    run cp "$WORK/bad.json" "$CONTROL"
    equal "exit status" "$status" 1
    eventually reason_is malformed_json
    no_piece_of b
    { cat "$PKI/b.json"; echo rubbish; } >"$WORK/bad.json"
    run cp "$WORK/bad.json" "$CONTROL"
    equal "exit status" "$status" 1
    no_piece_of b
    { head -c -5 "$PKI/b.json"; printf '%1048576s' ''; } >"$WORK/bad.json"
    run cp "$WORK/bad.json" "$CONTROL"
    equal "exit status" "$status" 1
    no_piece_of b
}

is_replaced() {
    [ "$(worker_pid)" != "$1" ] && zygote_pid >/dev/null
}

@test "after a worker died with a document in its hands no piece of its key is left" {
    local lacks worker
    for lacks in nothing resend; do
        with_hooks CERTFS_TEST_HOLD_MS=300 "CERTFS_TEST_LACKS=$lacks"
        mount_certfs
        background cp "$PKI/b.json" "$CONTROL"
        eventually is_writing "$BACKGROUND"
        worker=$(worker_pid)
        kill -9 "$worker"
        wait "$BACKGROUND" || true
        eventually is_replaced "$worker"
        remove_material
        no_piece_of b
        unmount_certfs
    done
}

# The next document has a new one.
zygote_is_there() {
    zygote_pid >/dev/null || { leave_mark; false; }
}

@test "after a judge was killed in the middle, has crashed, or was too costly, no piece of its key is left" {
    local name judge
    with_hooks CERTFS_TEST_JUDGE_MS=5000
    mount_certfs
    import a
    for name in sleep crash loop; do
        sed '0,/"ssl_ca": *"/s||&certfs attack in the judge: '"$name"'\\n|' "$PKI/b.json" >"$WORK/bad.json"
        background cp "$WORK/bad.json" "$CONTROL"
        if [ "$name" = sleep ]; then
            eventually judge_pid >/dev/null
            judge=$(judge_pid)
            eventually is_found b "$judge" 15 2>/dev/null # it has received the document
            kill -KILL "$judge"
        fi
        ! wait "$BACKGROUND" || fail "it was taken"
        eventually zygote_is_there
        no_piece_of b
    done
    serves a
}

# Without what the supervisor has made for all workers, of which a worker maps what it uses.
resident() {
    awk '$1 == "RssAnon:" { print $2 }' "/proc/$(worker_pid)/status"
}

# As many generations as are kept, and then none.
small_ones() {
    for _ in 1 2 3; do
        import a
        import b
    done
    remove_material
    leave_mark
}

@test "after documents of 1 MiB, taken and refused, the worker's memory is back where it was" {
    local before grown
    mount_certfs
    make_many_cas "$WORK/many.pem"
    payload <(cat "$PKI/b/ca.pem" "$WORK"/many.pem{,,}) "$PKI/b/cert.pem" "$PKI/b/key.pem" >"$WORK/good.json"
    payload <(cat "$PKI/b/ca.pem" "$WORK"/many.pem{,,,,}) "$PKI/b/cert.pem" "$PKI/a/key.pem" >"$WORK/bad.json"
    echo "# documents of $(stat -c %s "$WORK/good.json" "$WORK/bad.json" | xargs) bytes" >&3
    small_ones # what is made at first use stays
    before=$(resident)
    for _ in 1 2; do
        cp "$WORK/good.json" "$CONTROL"
        ! cp "$WORK/bad.json" "$CONTROL" 2>/dev/null || fail "it was taken"
        small_ones
    done
    grown=$(($(resident) - before))
    echo "# $before KiB, and $grown more after two rounds" >&3
    [ "$grown" -le 512 ] || fail "the worker's memory grew by $grown KiB"
}

@test "the form in which the key came leaves nothing either" {
    mount_certfs
    openssl rsa -in "$PKI/b/key.pem" -traditional -out "$WORK/key.pem" 2>/dev/null
    payload_aws "$PKI/b"/{ca,cert}.pem "$WORK/key.pem" >"$CONTROL"
    cat "$MNT/key.pem" >/dev/null
    payload "$PKI/b"/{ca,cert}.pem "$WORK/key.pem" >"$CONTROL"
    remove_material
    no_piece_of b
}

@test "the worker's core limit is 0, also where dumps are allowed" {
    ulimit -c unlimited
    mount_certfs
    equal "soft and hard limit" "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$(worker_pid)/limits")" "0 0"
}

# A process with as many rights looks into another only if that is dumpable; with CAP_SYS_PTRACE it looks into any.
# So everybody here is root without that one right. The working directory is asked for, since newer kernels show the
# memory to CAP_PERFMON as well.
@test "neither process is dumpable" {
    mkdir "$MNT"
    without=(setpriv --bounding-set=-sys_ptrace)
    "${without[@]}" "$CERTFS" none "$MNT" </dev/null >"$WORK/mount.log" 2>&1 3>&- 4>&-
    pids=$(processes)
    equal "how many processes" "$(wc -w <<<"$pids")" 2
    echo "$pids" >>"$WORK/.processes"
    for pid in $pids; do
        run "${without[@]}" readlink -v "/proc/$pid/cwd"
        [ "$status" -ne 0 ] || fail "process $pid can be looked into; the worker is $(worker_pid)"
        matches "what root is told about $pid" "$output" "Permission denied|Operation not permitted"
    done
    background "${without[@]}" tail -f /dev/null
    eventually grep -qx tail "/proc/$BACKGROUND/comm" # until then it is bash, which still has that right
    equal "what root is told about any process" "$("${without[@]}" readlink -v "/proc/$BACKGROUND/cwd")" "$WORK"
}

# Root without CAP_SYS_RESOURCE, as in a container, cannot lift the limit.
@test "the worker's memory is locked when root mounts, or a remark names the limit" {
    mount_certfs
    import a
    locked=$(awk '$1 == "VmLck:" { print $2 }' "/proc/$(worker_pid)/status")
    if grep -q '^Max locked memory *unlimited' "/proc/$(worker_pid)/limits"; then
        [ "$locked" -gt 0 ] || fail "VmLck is $locked kB"
        ! of_status '.problems[], .remarks[]' | grep -i lock || fail "status reports that memory is not locked"
    else
        equal "locked memory" "$locked" 0
        of_status '.remarks[]' | grep 'memory is not locked (RLIMIT_MEMLOCK is [0-9]* bytes): keys may reach swap'
    fi
}
