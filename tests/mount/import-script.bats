#!/usr/bin/env bats
# scripts/certfs-import: three files in, one sentence out.

load ../lib/certfs.bash

IMPORT=$ROOT/scripts/certfs-import

setup_file() {
    pki_begin
    make_pki a rsa:2048 intermediate
    make_pki b
}

test_setup() {
    unset CERTFS_CONTROL
}

# prints STATUS TEXT: exit status and the one line.
prints() {
    equal "exit status" "$status" "$1" || { echo "$output"; return 1; }
    matches "the sentence" "$output" "^$2\$"
    equal "how many lines beside warnings and repairs" "$(grep -Evc '^(warning|repaired): ' <<<"$output")" 1
}

@test "it imports, and prints the generation" {
    mount_certfs
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    prints 0 "imported: generation 1"
    serves a
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    prints 0 "nothing to change: generation 1"
}

@test "it prints each warning and repair, as last does" {
    mount_certfs
    import a
    run "$IMPORT" "$PKI/b"/{ca,cert,key}.pem "$CONTROL"
    equal "warnings in status" "$(of_status '.material.warnings | length')" 1
    warning=$(of_status '.material.warnings[0].message')
    prints 0 "imported: generation 2
warning: [a-z_]*: $warning"
    matches last "$(cat "$MNT/last")" "^imported generation 2: [^
]*
1 warning:
  $warning\$"
    sed 's/$/\r/' "$PKI/b/ca.pem" >"$WORK/crlf"
    sed 's/^/ /' "$PKI/b/cert.pem" >"$WORK/indented"
    run "$IMPORT" --set repaired "$WORK/crlf" "$WORK/indented" "$PKI/b/key.pem" "$MNT"
    prints 0 "imported: generation 3
repaired: line_endings of ssl_ca
repaired: blanks of ssl_cert"
    matches last "$(cat "$MNT/last")" ".*
2 repairs:
  line_endings of ssl_ca
  blanks of ssl_cert\$"
    equal "the repairs in status" "$(of_status '[.last_request.repairs[] | .name + " " + .field]')" \
        '["line_endings ssl_ca","blanks ssl_cert"]'
    same "$MNT/certificates/repaired/key.pem" "$MNT/key.pem"
    openssl x509 -in "$PKI/b/cert.pem" -outform DER | base64 >"$WORK/bare"
    run "$IMPORT" "$PKI/b/ca.pem" "$WORK/bare" "$PKI/b/key.pem" "$CONTROL"
    prints 1 "certfs-import: $WORK/bare is base64 without BEGIN and END lines: base64 -d .* openssl x509 -inform DER .*"
    cp "$WORK/bare" "$WORK/b.p12"
    printf '\0' >>"$WORK/b.p12"
    run "$IMPORT" "$PKI/b/ca.pem" "$PKI/b/cert.pem" "$WORK/b.p12" "$CONTROL"
    prints 1 "certfs-import: .*certfs-import --pkcs12 FILE .*; openssl pkcs12 -in FILE -nocerts -nodes"
}

@test "it takes files with blanks, quotes, backslashes, tabs and other line ends around the blocks" {
    mount_certfs
    { printf 'a "quoted" \\ and\ttabbed \xc3\xa9 line & \\n\r\n'; sed 's/$/\r/' "$PKI/a/ca.pem"; } >"$WORK/my ca.pem"
    run "$IMPORT" "$WORK/my ca.pem" "$PKI/a"/{cert,key}.pem "$CONTROL"
    prints 0 "imported: generation 1.*"
    serves a
}

@test "it prints a refusal, the field and the reason in one sentence" {
    mount_certfs
    run "$IMPORT" "$PKI/a"/{ca,cert}.pem "$PKI/b/key.pem" "$CONTROL"
    prints 1 "certfs-import: refused: .*ssl_key.* \(key_mismatch\)"
    [[ $output == *": $(of_status .last_request.message) (key_mismatch)" ]] || fail "status says otherwise: $(cat "$MNT/last")"
    [ ! -e "$MNT/key.pem" ]
}

@test "it prints nothing of the key, whatever happens" {
    mount_certfs
    run "$IMPORT" "$PKI/a"/{ca,cert}.pem "$PKI/b/key.pem" "$CONTROL"
    while IFS= read -r line; do
        [[ $output != *"$line"* ]] || fail "it prints $line"
    done < <(grep -v -- ----- "$PKI/b/key.pem")
}

@test "it starts no other program once it has the key" {
    command -v strace >/dev/null || skip "strace is missing"
    mount_certfs
    strace -f -qq -e trace=execve -o "$WORK/trace" bash "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    equal "programs" "$(grep -c 'execve(.*= 0' "$WORK/trace")" 1
    serves a
}

@test "it writes the key into no other file" {
    command -v strace >/dev/null || skip "strace is missing"
    mount_certfs
    strace -f -qq -e trace=openat,open,creat -o "$WORK/trace" bash "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    equal "files opened for writing" \
        "$(grep -E 'O_WRONLY|O_RDWR|O_CREAT|creat\(' "$WORK/trace" | grep -v /dev/ | sed 's/.*"\(.*\)".*/\1/' | sort -u)" "$CONTROL"
}

@test "a payload of 200 KB is no matter" {
    mount_certfs
    cp "$PKI/a/ca.pem" "$WORK/ca.pem"
    make_many_cas "$WORK/ca.pem"
    run "$IMPORT" "$WORK/ca.pem" "$PKI/a"/{cert,key}.pem "$CONTROL"
    prints 0 "imported: generation 1.*"
    same "$MNT/ca.pem" "$WORK/ca.pem"
}

@test "a file of another kind gets not a byte" {
    cp "$PKI/a/ca.pem" "$WORK/mine.pem"
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$WORK/mine.pem"
    prints 1 "certfs-import: .*mine.pem is not on a certfs mount; nothing was written"
    same "$WORK/mine.pem" "$PKI/a/ca.pem"
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$WORK/new"
    prints 1 "certfs-import: .*new is not there; is certfs mounted\?"
    [ ! -e "$WORK/new" ]
}

@test "a file of the mount that is not control is refused" {
    mount_certfs
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$MNT/status"
    prints 1 "certfs-import: .*status cannot be opened for writing.*"
}

@test "files that are missing, empty or binary are named, and certfs gets no request" {
    mount_certfs
    : >"$WORK/empty"
    printf 'a\0b' >"$WORK/binary"
    run "$IMPORT" "$WORK/none" "$PKI/a"/{cert,key}.pem "$CONTROL"
    prints 1 "certfs-import: $WORK/none is not a file"
    run "$IMPORT" "$PKI/a/ca.pem" "$WORK/empty" "$PKI/a/key.pem" "$CONTROL"
    prints 1 "certfs-import: $WORK/empty is empty"
    run "$IMPORT" "$PKI/a"/{ca,cert}.pem "$WORK/binary" "$CONTROL"
    prints 1 "certfs-import: $WORK/binary is not PEM: it holds a NUL byte. DER\\? openssl pkey -inform DER -in FILE; PKCS#12\\? certfs-import --pkcs12 FILE"
    for coding in UTF-16 UTF-16LE; do
        iconv -t "$coding" "$PKI/a/ca.pem" >"$WORK/wide"
        run "$IMPORT" "$WORK/wide" "$PKI/a"/{cert,key}.pem "$CONTROL"
        prints 1 "certfs-import: $WORK/wide is not PEM: it holds a NUL byte. UTF-16\\? iconv -f UTF-16 -t UTF-8 FILE"
        iconv -f UTF-16 -t UTF-8 "$WORK/wide" >"$WORK/narrow"
        same "$WORK/narrow" "$PKI/a/ca.pem"
    done
    printf '\xfe\xed\xfe\xed\0\0\0\2' >"$WORK/keystore"
    run "$IMPORT" "$WORK/keystore" "$PKI/a"/{cert,key}.pem "$CONTROL"
    prints 1 "certfs-import: $WORK/keystore .*a Java keystore\\? keytool -importkeystore .*"
    openssl crl2pkcs7 -nocrl -certfile "$PKI/a/ca.pem" -outform DER -out "$WORK/ca.p7b"
    run "$IMPORT" "$WORK/ca.p7b" "$PKI/a"/{cert,key}.pem "$CONTROL"
    prints 1 "certfs-import: $WORK/ca.p7b .*PKCS#7\\? openssl pkcs7 -inform DER -print_certs -in FILE"
    openssl pkcs7 -inform DER -print_certs -in "$WORK/ca.p7b" -out "$WORK/ca.txt"
    equal "the last request" "$(of_status .last_request)" null
    run "$IMPORT" "$WORK/ca.txt" "$PKI/a"/{cert,key}.pem "$CONTROL"
    prints 0 "imported: generation 1.*"
}

@test "no file is read further than a request can be" {
    mount_certfs
    truncate -s 2G "$WORK/zero"
    yes | head -c 3000000 >"$WORK/text"
    for file in zero text; do
        run bash -c 'ulimit -v 200000; exec "$@"' bash "$IMPORT" --wallet "$WORK/$file" w "$CONTROL"
        prints 1 "certfs-import: $WORK/$file is too large: a request has 1048576 bytes at most"
        run bash -c 'ulimit -v 200000; exec "$@"' bash "$IMPORT" --pkcs12 "$WORK/$file" w "$CONTROL"
        prints 1 "certfs-import: $WORK/$file is too large: a request has 1048576 bytes at most"
    done
    run bash -c 'ulimit -v 200000; yes | exec "$@"' bash "$IMPORT" "$PKI/a/ca.pem" /dev/stdin "$PKI/a/key.pem" "$CONTROL"
    prints 1 "certfs-import: /dev/stdin is too large: a request has 1048576 bytes at most"
}

# The output of openssl pkcs12 has names between the blocks, and a name can be any text.
@test "names in a PKCS#12 file are no certificates and no keys" {
    mount_certfs
    openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=localKeyID: 01" -days 30 -keyout "$WORK/root.key" -out "$WORK/root" 2>/dev/null
    openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=leaf" -days 30 -CA "$WORK/root" -CAkey "$WORK/root.key" \
        -addext basicConstraints=critical,CA:FALSE -keyout "$WORK/leaf.key" -out "$WORK/leaf" 2>/dev/null
    openssl pkcs12 -export -in "$WORK/leaf" -inkey "$WORK/leaf.key" -certfile "$WORK/root" -passout pass:secret \
        -name $'a\n-----BEGIN PRIVATE KEY-----\nlocalKeyID: 02\n-----END PRIVATE KEY-----' -caname $'    localKeyID: 03' \
        -out "$WORK/a.p12"
    run setsid --wait "$IMPORT" --pkcs12 "$WORK/a.p12" "" "$CONTROL" <<<secret
    matches "the sentence" "$output" "imported: generation 1"
    same "$MNT/cert.pem" "$WORK/leaf"
    same "$MNT/ca.pem" "$WORK/root"
    run setsid --wait "$IMPORT" --pkcs12 "$WORK/a.p12" p "$CONTROL" <<<secret
    matches "the sentence" "$output" "imported: p, see"
    same "$MNT/certificates/p/cert.pem" "$WORK/leaf"
}

@test "wrong usage is status 2 and a usage line" {
    for count in 0 1 2 5; do
        # shellcheck disable=SC2046 # one word per argument
        run "$IMPORT" $(printf 'x%.0s ' $(seq "$count"))
        prints 2 'usage: certfs-import \[--dry-run\] CA CERT KEY \[CONTROL\] .*'
    done
    run "$IMPORT" --help a b
    prints 2 'usage: certfs-import \[--dry-run\] CA CERT KEY \[CONTROL\] .*'
}

@test "the control file comes from the environment when it is not an argument" {
    mount_certfs
    export CERTFS_CONTROL=$CONTROL
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem
    prints 0 "imported: generation 1"
    run "$IMPORT" "$PKI/b"/{ca,cert,key}.pem "$WORK/none"
    prints 1 "certfs-import: $WORK/none is not there; .*"
    serves a
}

# alone COMMAND...: in a mount namespace whose only certfs mounts are this test's, since other tests have theirs, and
# must not be written to. The list is read as a whole first: it moves when something is unmounted.
alone() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --propagation private bash -c '
        below=$1
        shift
        mapfile -t lines </proc/self/mounts
        for line in "${lines[@]}"; do
            read -r _ at kind _ <<<"$line"
            at=$(printf %b "${at//\\0/\\00}") # blanks stand there as \\040
            [[ $kind != fuse.certfs || $at == "$below"/* ]] || umount --lazy "$at"
        done
        while read -r _ at kind _; do
            [[ $kind != fuse.certfs || $at == "$below"/* ]] || exit 99
        done </proc/self/mounts
        exec "$@"' bash "$WORK" "$@"
}

@test "without an option the control file is that of the only certfs mount" {
    needs_namespace
    run alone "$IMPORT" "$PKI/a"/{ca,cert,key}.pem
    prints 1 "certfs-import: there is no certfs mount here; .*"
    MNT="$WORK/a 1 blank"
    CONTROL=$MNT/control
    mount_certfs
    run alone "$IMPORT" "$PKI/a"/{ca,cert,key}.pem
    prints 0 "imported: generation 1"
    serves a
    mkdir "$WORK/part"
    mount --bind "$MNT/certificates" "$WORK/part"
    run alone "$IMPORT" "$PKI/a"/{ca,cert,key}.pem
    prints 0 "nothing to change: generation 1"
    MNT=$WORK/second
    mount_certfs
    run alone "$IMPORT" "$PKI/b"/{ca,cert,key}.pem
    prints 1 "certfs-import: there are 2 certfs mounts; say which control file: .*/control .*/control *"
}

# impostor UID: another user's program that calls itself certfs, at MNT.
impostor() {
    mkdir -p "$MNT"
    : >"$WORK/taken"
    background python3 "$LIB/impostor.py" "$MNT" "$1" "$WORK/taken"
    IMPOSTOR=$BACKGROUND
    eventually grep -q " $MNT fuse.certfs .*user_id=$1," /proc/self/mounts
}

@test "another user's program that calls itself certfs gets not a byte" {
    needs_namespace
    impostor 65534
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    prints 1 "certfs-import: $CONTROL is on a mount of another user's; nothing was written"
    run alone "$IMPORT" "$PKI/a"/{ca,cert,key}.pem
    prints 1 "certfs-import: there is no certfs mount here; .*"
    equal "what it was given" "$(cat "$WORK/taken")" ""
    umount "$MNT"
    ended "$IMPOSTOR"
}

@test "another user's program that is mounted over certfs gets not a byte either" {
    needs_namespace
    mount_certfs
    impostor 65534
    run alone "$IMPORT" "$PKI/a"/{ca,cert,key}.pem
    prints 1 "certfs-import: $CONTROL is on a mount of another user's; nothing was written"
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    prints 1 "certfs-import: $CONTROL is on a mount of another user's; nothing was written"
    equal "what it was given" "$(cat "$WORK/taken")" ""
    umount "$MNT"
    ended "$IMPOSTOR"
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    prints 0 "imported: generation 1"
}

@test "one's own mount is taken, and so is root's beside another user's" {
    needs_namespace
    impostor 0
    run "$IMPORT" "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    prints 0 "imported: generation 1"
    grep -q ssl_key "$WORK/taken" || fail "it got nothing"
    umount "$MNT"
    ended "$IMPOSTOR"
    impostor 65534
    MNT=$WORK/second
    CONTROL=$MNT/control
    mount_certfs
    run alone "$IMPORT" "$PKI/a"/{ca,cert,key}.pem
    prints 0 "imported: generation 1"
    serves a
    umount "$WORK/mnt"
    ended "$IMPOSTOR"
}

# ---- --dry-run

@test "--dry-run prints the outcome, and writes nothing" {
    mount_certfs
    ln -s "$CERTFS" "$WORK/certfs"
    PATH=$WORK:$PATH
    run "$IMPORT" --dry-run "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    prints 0 "would be imported"
    equal "the generation" "$(of_status .generation)" 0
    import a
    run "$IMPORT" --dry-run "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    prints 0 "nothing would change"
    run "$IMPORT" --dry-run "$PKI/b"/{ca,cert,key}.pem "$CONTROL"
    equal "exit status" "$status" 0
    equal "the verdict" "${lines[0]}" "would be imported"
    matches "the warning" "${lines[1]}" '^warning: trust_break: peers on the served set'
    run "$IMPORT" --dry-run "$PKI/a"/{ca,cert}.pem "$PKI/b/key.pem" "$CONTROL"
    prints 1 "certfs-import: refused: .*ssl_key.* \(key_mismatch\)"
    equal "the generation" "$(of_status .generation)" 1
    equal "the last request" "$(of_status .last_request.result)" ok
    serves a
    import_named p a
    openssl pkcs12 -export -nokeys -in "$PKI/a/ca.pem" -passout pass:secret -out "$WORK/ca.p12"
    run setsid --wait "$IMPORT" --dry-run --pkcs12 "$WORK/ca.p12" p "$CONTROL" <<<secret
    equal "exit status ($output)" "$status" 1
    matches "the verdict" "${lines[-1]}" 'refused: cert.pem and key.pem would be gone: .* \(loses_files\)$'
    equal "the generation" "$(of_status .generation)" 2
    [ -s "$MNT/certificates/p/key.pem" ]
}

@test "--dry-run of a path that is not a mount is reported, and so is a missing program" {
    mount_certfs
    run env PATH=/usr/bin:/bin "$IMPORT" --dry-run "$PKI/a"/{ca,cert,key}.pem "$WORK/control"
    matches "the sentence" "$output" 'is not on a certfs mount'
    mkdir bin
    cp "$IMPORT" bin/certfs-import
    run env PATH=/usr/bin:/bin bin/certfs-import --dry-run "$PKI/a"/{ca,cert,key}.pem "$CONTROL"
    matches "the sentence" "$output" 'the program certfs'
}
