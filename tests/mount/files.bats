#!/usr/bin/env bats
# The three files: when they are there, what they hold, whose they are, and what a second import does to them.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a rsa:2048 intermediate
    make_pki b
}

# names: what a listing shows, but for the places that have tests of their own.
names() {
    find "$MNT" -mindepth 1 -maxdepth 1 -printf '%P\n' | LC_ALL=C sort |
        grep -vx -e metrics -e current -e generations -e certificates -e import | xargs
}

# inodes: of the three files, in one line.
inodes() {
    (cd "$MNT" && stat -c %i ca.pem cert.pem key.pem) | xargs
}

# mode_is FILE MODE USER:GROUP
mode_is() {
    equal "mode and owner of $1" "$(stat -c '%a %U:%G' "$MNT/$1")" "$2 $3"
}

# as USER COMMAND...: without a group of the caller's.
as() {
    local user=$1
    shift
    setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
}

# opens USER FILE / closed_to USER FILE: whether the user may read it.
opens() {
    as "$1" cat "$MNT/$2" >/dev/null || fail "$1 cannot read $2"
}

closed_to() {
    local said
    said=$(as "$1" cat "$MNT/$2" 2>&1 >/dev/null) && { fail "$1 can read $2"; return 1; }
    matches "what $1 is told about $2" "$said" "Permission denied"
}

@test "before the first import there is nothing but control, last and status" {
    mount_certfs
    equal names "$(names)" "control last status"
    for file in ca cert key; do
        run cat "$MNT/$file.pem"
        matches "$file.pem" "$output" "No such file"
    done
}

@test "the three files appear together" {
    mount_certfs
    import a
    equal names "$(names)" "ca.pem cert.pem control key.pem last status"
    serves a
}

@test "the listing and stat agree on the inodes" {
    mount_certfs
    import a
    count=0
    while read -r inode name; do
        equal "inode of $name" "$(stat -c %i "$MNT/$name")" "$inode"
        count=$((count + 1))
    done < <(python3 -c 'import os, sys; [print(e.inode(), e.name) for e in os.scandir(sys.argv[1])]' "$MNT")
    [ "$count" -ge 6 ] || fail "only $count names"
}

# canonical FILE: lines of 64, LF, one final newline, nothing around the blocks.
canonical() {
    awk '
        /^-----BEGIN [A-Z ]+-----$/ { inside = 1; short = 0; next }
        /^-----END [A-Z ]+-----$/ { inside = 0; next }
        !inside || short || length($0) > 64 || !/^[A-Za-z0-9+\/=]+$/ { exit 1 }
        length($0) < 64 { short = 1 }' "$1" || { cat "$1"; fail "$1 is not canonical"; return 1; }
    equal "the last byte of $1" "$(tail -c 1 "$1" | od -An -tx1 | tr -d ' ')" 0a
    [ "$(tail -c 2 "$1" | head -c 1)" = - ] || fail "$1 ends in an empty line"
}

@test "the served files are canonical, and openssl reads them" {
    mount_certfs
    sed 's/$/\r/' "$PKI/a/ca.pem" >"$WORK/ca.pem"
    openssl x509 -in "$PKI/a.pem" -text >"$WORK/cert.pem"
    cat "$PKI/a-intermediate.pem" >>"$WORK/cert.pem"
    { printf 'Bag Attributes\n    friendlyName: a\n'; cat "$PKI/a/key.pem"; printf '\n\n'; } >"$WORK/key.pem"
    payload "$WORK"/{ca,cert,key}.pem >"$CONTROL"
    for file in ca cert key; do
        canonical "$MNT/$file.pem"
    done
    same "$MNT/ca.pem" "$PKI/a/ca.pem"
    same "$MNT/cert.pem" "$PKI/a/cert.pem"
    openssl rsa -in "$PKI/a/key.pem" -traditional -out "$WORK/pkcs1.pem"
    same "$MNT/key.pem" "$WORK/pkcs1.pem"
    openssl verify -CAfile "$MNT/ca.pem" -untrusted "$MNT/cert.pem" "$MNT/cert.pem"
    openssl pkey -in "$MNT/key.pem" -noout
}

@test "an RSA key is served as PKCS#1, the others as PKCS#8" {
    mount_certfs
    import a
    equal "the key's first line" "$(head -n 1 "$MNT/key.pem")" "-----BEGIN RSA PRIVATE KEY-----"
    make_pki elliptic ec:P-256
    import elliptic
    serves elliptic
    equal "the key's first line" "$(head -n 1 "$MNT/key.pem")" "-----BEGIN PRIVATE KEY-----"
    canonical "$MNT/key.pem"
    make_pki edwards ed25519
    import edwards
    serves edwards
    equal "the key's first line" "$(head -n 1 "$MNT/key.pem")" "-----BEGIN PRIVATE KEY-----"
    make_pki large rsa:4096
    import large
    serves large
}

@test "an EC key in the old form with parameters is served as PKCS#8" {
    mount_certfs
    make_pki old ec:P-384
    { openssl ecparam -name secp384r1; openssl ec -in "$PKI/old/key.pem" 2>/dev/null; } >"$WORK/key.pem"
    [ "$(head -n 1 "$WORK/key.pem")" = "-----BEGIN EC PARAMETERS-----" ]
    payload "$PKI/old"/{ca,cert}.pem "$WORK/key.pem" >"$CONTROL"
    serves old
    equal "the key's first line" "$(head -n 1 "$MNT/key.pem")" "-----BEGIN PRIVATE KEY-----"
}

@test "the line that needs no tool works" {
    mount_certfs
    cd "$PKI/a"
    printf '{"ssl_ca":"%s","ssl_cert":"%s","ssl_key":"%s"}' "$(cat ca.pem)" "$(cat cert.pem)" "$(cat key.pem)" >"$CONTROL"
    serves a
}

@test "AWS's layout works in single quotes and without them" {
    mount_certfs
    payload_aws "$PKI/a"/{ca,cert,key}.pem >"$WORK/quoted"
    cat "$WORK/quoted" >"$CONTROL"
    serves a
    payload_aws "$PKI/b"/{ca,cert,key}.pem | sed "1s/^'//; \$s/'\$//" >"$WORK/plain"
    [ "$(head -c 1 "$WORK/plain")" = '{' ]
    cat "$WORK/plain" >"$CONTROL"
    serves b
}

@test "lines of 72 and 80 columns, as AWS's page has them, work" {
    mount_certfs
    for file in ca cert key; do
        awk '/-----END/ { print substr(body, 1, 72); for (i = 73; i <= length(body); i += 80) print substr(body, i, 80); inside = 0 }
            inside { body = body $0; next } { print } /-----BEGIN/ { inside = 1; body = "" }' "$PKI/a/$file.pem" >"$WORK/$file.pem"
    done
    payload_aws "$WORK"/{ca,cert,key}.pem >"$CONTROL"
    serves a
}

@test "the files belong to mysql when root mounts and that user exists" {
    id mysql >/dev/null 2>&1 || skip "there is no user mysql"
    mount_certfs
    import a
    for file in ca.pem cert.pem; do mode_is "$file" 444 "mysql:$(id -gn mysql)"; done
    mode_is key.pem 400 "mysql:$(id -gn mysql)"
    mode_is control 600 root:root
    mode_is last 444 root:root
    mode_is status 444 root:root
}

@test "only the owner and root read the key, everybody the certificates" {
    mount_certfs -o owner=daemon
    import a
    for user in root daemon nobody; do
        for file in ca.pem cert.pem last status; do opens "$user" "$file"; done
    done
    opens root key.pem
    opens daemon key.pem
    closed_to nobody key.pem
    closed_to nobody control
    closed_to daemon control
}

@test "nobody but the control owner writes to control" {
    mount_certfs -o owner=daemon
    cp "$PKI/a.json" "$WORK/a.json"
    chmod 0444 "$WORK/a.json"
    for user in nobody daemon; do
        run as "$user" cp "$WORK/a.json" "$CONTROL"
        [ "$status" -ne 0 ]
        matches "what $user is told" "$output" "Permission denied"
    done
    equal names "$(names)" "control last status"
}

@test "owner= and control_owner= take users and groups" {
    mount_certfs -o owner=daemon:bin,control_owner=nobody:daemon
    import a
    mode_is ca.pem 444 daemon:bin
    mode_is key.pem 400 daemon:bin
    mode_is control 600 nobody:daemon
    cp "$PKI/b.json" "$WORK/b.json"
    chmod 0444 "$WORK/b.json"
    as nobody cp "$WORK/b.json" "$CONTROL"
    serves b
    closed_to nobody key.pem
}

@test "owner= takes numbers" {
    mount_certfs -o owner=12345:23456
    import a
    equal owner "$(stat -c %u:%g "$MNT/key.pem")" 12345:23456
}

@test "key_mode=, cert_mode= and control_mode= are what stat shows, and they count" {
    mount_certfs -o owner=daemon:bin,control_owner=root:bin,key_mode=0440,cert_mode=0440,control_mode=0660
    import a
    mode_is key.pem 440 daemon:bin
    mode_is ca.pem 440 daemon:bin
    mode_is cert.pem 440 daemon:bin
    mode_is control 660 root:bin
    cp "$PKI/b.json" "$WORK/b.json"
    chmod 0444 "$WORK/b.json"
    setpriv --reuid=nobody --regid=bin --clear-groups cp "$WORK/b.json" "$CONTROL"
    serves b
    setpriv --reuid=nobody --regid=bin --clear-groups cat "$MNT/key.pem" >/dev/null
    closed_to nobody key.pem
    closed_to nobody cert.pem
}

@test "modes that are too wide are refused at the start" {
    for option in key_mode=0444 key_mode=0640 cert_mode=0644 control_mode=0666 control_mode=0700; do
        run "$CERTFS" -o "$option" none "$WORK"
        [ "$status" -ne 0 ] || fail "$option is taken"
        matches "what is said" "$output" "${option%%=*}"
    done
}

@test "the mount is nosuid, nodev, noexec and checks permissions in the kernel" {
    mount_certfs
    options=$(awk -v at="$MNT" '$2 == at { print $4 }' /proc/self/mounts)
    for option in nosuid nodev noexec allow_other default_permissions; do
        [[ ,$options, == *,$option,* ]] || fail "$option is missing: $options"
    done
    equal type "$(awk -v at="$MNT" '$2 == at { print $3 }' /proc/self/mounts)" fuse.certfs
}

@test "the same set again changes nothing" {
    mount_certfs
    import a
    before=$(tree | grep '\.pem ')
    generation=$(of_status .generation)
    answer=$(talk write:"$PKI/a.json" read)
    matches answer "$answer" '"result":"ok","changed":false'
    equal "the files" "$(tree | grep '\.pem ')" "$before"
    equal generation "$(of_status .generation)" "$generation"
    payload_aws "$PKI/a"/{ca,cert,key}.pem >"$CONTROL"
    equal "the files after the same set in another layout" "$(tree | grep '\.pem ')" "$before"
}

@test "another set gives three new inodes and a higher generation" {
    mount_certfs
    import a
    before=$(inodes)
    generation=$(of_status .generation)
    import b
    serves b
    for inode in $before; do
        [[ " $(inodes) " != *" $inode "* ]] || fail "inode $inode stays: $(inodes)"
    done
    equal generation "$(of_status .generation)" $((generation + 1))
}

@test "going back to an earlier set gives new inodes again" {
    mount_certfs
    import a
    first=$(inodes)
    import b
    import a
    serves a
    for inode in $first; do
        [[ " $(inodes) " != *" $inode "* ]] || fail "inode $inode came back"
    done
}

@test "when only the key's certificate is renewed, all three inodes are new" {
    mount_certfs
    import a
    before=$(inodes)
    _openssl req -new -x509 -CA "$PKI/a-intermediate.pem" -CAkey "$PKI/a-intermediate-key.pem" -key "$PKI/a-key.pem" \
        -out "$WORK/leaf.pem" -days 20 -subj /CN=renewed "${LEAF_EXTENSIONS[@]}" "${LEAF_PURPOSES[@]}"
    cat "$WORK/leaf.pem" "$PKI/a-intermediate.pem" >"$WORK/cert.pem"
    payload "$PKI/a/ca.pem" "$WORK/cert.pem" "$PKI/a/key.pem" >"$CONTROL"
    same "$MNT/cert.pem" "$WORK/cert.pem"
    for inode in $before; do
        [[ " $(inodes) " != *" $inode "* ]] || fail "inode $inode stays"
    done
}

@test "rds_remove takes all three away, and warns" {
    mount_certfs
    import a
    answer=$(talk text:'{"Action":"rds_remove_binlog_ssl_material"}' read close)
    matches answer "$answer" '"result":"ok","changed":true'
    matches warning "$answer" '"warnings":\[\{.*mysqld'
    equal names "$(names)" "control last status"
    [ ! -e "$MNT/key.pem" ]
    import b
    serves b
}

@test "removing when nothing is there changes nothing" {
    mount_certfs
    answer=$(talk text:'{"Action":"rds_remove_binlog_ssl_material"}' read)
    matches answer "$answer" '^write [0-9]+.read \{"result":"ok","changed":false'
    equal names "$(names)" "control last status"
}

@test "a refused import changes nothing" {
    mount_certfs
    import a
    before=$(tree | grep '\.pem')
    generation=$(of_status .generation)
    material=$(of_status .material)
    payload "$PKI/b"/{ca,cert}.pem "$PKI/a/key.pem" >"$WORK/bad.json"
    run cp "$WORK/bad.json" "$CONTROL"
    equal "exit status" "$status" 1
    equal "the files" "$(tree | grep '\.pem')" "$before"
    equal generation "$(of_status .generation)" "$generation"
    equal "the material in status" "$(of_status .material)" "$material"
    serves a
}

@test "a refused first import leaves nothing behind" {
    mount_certfs
    payload "$PKI/b"/{ca,cert}.pem "$PKI/a/key.pem" >"$WORK/bad.json"
    run cp "$WORK/bad.json" "$CONTROL"
    equal "exit status" "$status" 1
    equal names "$(names)" "control last status"
    equal generation "$(of_status .generation)" 0
}

@test "unmounting ends the processes, and nothing is left below" {
    mount_certfs
    import a
    mapfile -t pids < <(processes)
    equal "how many processes" "${#pids[@]}" 2
    unmount_certfs
    ended "${pids[@]}"
    equal "what is below" "$(ls -A "$MNT")" ""
}

@test "a mount that follows an unmount at once stays" {
    mount_certfs
    for _ in {1..20}; do
        old=$(supervisor_pid)
        unmount_certfs
        mount_certfs
        ended "$old"
        [ -e "$CONTROL" ] || fail "the end of the old one took the new one away"
    done
}
