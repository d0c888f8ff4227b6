#!/usr/bin/env bats
# The tree changes only through control. Everything else gets "Operation not permitted", for root too, and the tree
# is as it was before.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a
}

test_setup() {
    mount_certfs -o owner=daemon
    import a
    echo other >"$WORK/other"
    before=$(tree)
}

# refuses COMMAND...: non-zero, the errno's text, and nothing happened.
refuses() {
    run "$@"
    [ "$status" -ne 0 ] || fail "$* succeeds"
    matches "what $* prints" "$output" "Operation not permitted"
    unchanged "$*"
}

unchanged() {
    local after
    after=$(tree)
    [ "$after" = "$before" ] || { diff <(echo "$before") <(echo "$after"); fail "$1 changed the tree"; }
}

# in_shell SCRIPT: for redirections.
in_shell() {
    bash -c "cd '$MNT' && $1"
}

@test "mv is refused: into, onto, within and out of the mount" {
    refuses mv "$WORK/other" "$MNT/new"
    refuses mv -f "$WORK/other" "$MNT/cert.pem"
    refuses mv "$MNT/cert.pem" "$MNT/old.pem"
    refuses mv -f "$MNT/cert.pem" "$MNT/ca.pem"
    refuses mv "$MNT/key.pem" "$WORK/key.pem"
    [ -e "$WORK/other" ]
}

@test "mv onto control is refused, and the file is still where it was" {
    refuses mv -f "$WORK/other" "$CONTROL"
    equal "the file" "$(cat "$WORK/other")" other
}

@test "install onto control is refused" {
    refuses install "$WORK/other" "$CONTROL"
}

@test "sed -i is refused" {
    for file in ca.pem cert.pem key.pem control last status; do
        refuses sed -i s/A/B/ "$MNT/$file"
    done
}

@test "rm is refused, rm -f and rm -rf too" {
    for file in ca.pem cert.pem key.pem control last status; do
        refuses rm "$MNT/$file"
        refuses rm -f "$MNT/$file"
    done
    refuses rm -rf "$MNT/ca.pem" "$MNT/cert.pem" "$MNT/key.pem"
    refuses rm -rf "$MNT"
    refuses in_shell 'rm -rf -- *'
}

@test "rmdir finds nothing that it could remove" {
    for file in ca.pem control; do
        run rmdir "$MNT/$file"
        [ "$status" -ne 0 ]
        unchanged "rmdir $file"
    done
    run rmdir "$MNT"
    [ "$status" -ne 0 ]
    unchanged "rmdir of the mount"
}

@test "chmod is refused" {
    for file in . ca.pem cert.pem key.pem control last status; do
        refuses chmod 0777 "$MNT/$file"
    done
    refuses chmod u+w "$MNT/key.pem"
    refuses chmod -R a+rwX "$MNT"
}

@test "chown and chgrp are refused" {
    for file in . ca.pem cert.pem key.pem control last status; do
        refuses chown nobody "$MNT/$file"
        refuses chgrp nogroup "$MNT/$file"
    done
}

@test "the files cannot be truncated" {
    for file in ca.pem cert.pem key.pem last status; do
        refuses truncate -s0 "$MNT/$file"
        refuses in_shell ": > $file"
    done
}

@test "the files cannot be written, appended to, or opened for it" {
    for file in ca.pem cert.pem key.pem last status; do
        refuses in_shell "echo x >> $file"
        refuses in_shell "exec 3<> $file"
        refuses cp "$WORK/other" "$MNT/$file"
        refuses tee "$MNT/$file" <"$WORK/other"
        refuses dd if="$WORK/other" of="$MNT/$file" conv=notrunc
    done
}

@test "the times of the files cannot be set" {
    for file in ca.pem cert.pem key.pem; do
        refuses touch -d 2001-01-01 "$MNT/$file"
        refuses touch "$MNT/$file"
    done
}

@test "setfattr is refused" {
    command -v setfattr >/dev/null || skip "setfattr is missing"
    for file in . ca.pem key.pem control; do
        refuses setfattr -n user.x -v 1 "$MNT/$file"
        refuses setfattr -n security.x -v 1 "$MNT/$file"
        refuses setfattr -n trusted.x -v 1 "$MNT/$file"
    done
}

@test "ln and ln -s are refused" {
    refuses ln "$MNT/ca.pem" "$MNT/link.pem"
    refuses ln -s ca.pem "$MNT/link.pem"
    refuses ln -sf /etc/passwd "$MNT/ca.pem"
}

@test "mkdir, touch and mknod make nothing new" {
    refuses mkdir "$MNT/new"
    refuses touch "$MNT/new"
    refuses mknod "$MNT/new" p
    refuses mknod "$MNT/new" c 1 3
    refuses mkfifo "$MNT/new"
    refuses in_shell 'echo x > new'
    refuses cp "$WORK/other" "$MNT/new"
    mkdir "$WORK/folder"
    refuses cp -r "$WORK/folder" "$MNT/new"
    refuses python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$MNT/new"
}

@test "the files' owner may change them no more than root" {
    # The kernel looks at the modes first, so the text may be the other one.
    cd "$MNT"
    for command in 'rm -f key.pem' 'chmod 0644 key.pem' 'mv key.pem old.pem' 'truncate -s0 key.pem' 'touch new' 'echo x >key.pem'; do
        run setpriv --reuid=daemon --regid=daemon --clear-groups bash -c "$command"
        [ "$status" -ne 0 ] || fail "the owner can: $command"
        matches "$command" "$output" "Operation not permitted|Permission denied"
        unchanged "$command"
    done
}

@test "touch and truncate of control are accepted and do nothing" {
    touch "$CONTROL"
    touch -d 2001-01-01 "$CONTROL"
    truncate -s0 "$CONTROL"
    truncate -s100 "$CONTROL"
    unchanged "touching control"
    # This is a request, an empty one: control has the time of the last request.
    : >"$CONTROL"
    equal "the tree without control" "$(tree | grep -v '^./control ')" "$(grep -v '^./control ' <<<"$before")"
    equal size "$(stat -c %s "$CONTROL")" 0
}

@test "cp -p to control works" {
    make_pki b
    before_inode=$(stat -c %i "$MNT/cert.pem")
    touch -d 2001-01-01 "$PKI/b.json"
    chmod 0640 "$PKI/b.json"
    run cp -p "$PKI/b.json" "$CONTROL"
    equal "exit status" "$status" 0
    equal "what it prints" "$output" ""
    serves b
    [ "$(stat -c %i "$MNT/cert.pem")" != "$before_inode" ]
    equal "mode of control" "$(stat -c %a "$CONTROL")" 600
}
