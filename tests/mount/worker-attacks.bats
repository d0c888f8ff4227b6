#!/usr/bin/env bats
# A worker that was taken over tries what an intruder would (fs/host/test_attacks.h). It has a user of its own, opens
# what Landlock allows, and makes the calls that seccomp allows: each attempt fails, and the mount lives. Each layer
# holds by itself where the others are missing, and what a kernel lacks is a remark.

bats_require_minimum_version 1.5.0
load ../lib/certfs.bash
load ../lib/attacks.bash
load ../store/store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

USER_OF_WORKER=backup
CRON=/etc/cron.d/certfs-attack-$$
[ -d /etc/cron.d ] || CRON=/etc/certfs-attack-$$

test_setup() {
    with_hooks
    store_begin
    OPEN=$WORK/open
    VICTIM=$OPEN/victim
    mkdir -m 0777 "$OPEN"
    echo "for everybody" >"$VICTIM"
    chmod 0666 "$VICTIM"
    background tail -f /dev/null
    OTHER=$BACKGROUND
}

test_teardown() {
    rm -f "$CRON"
}

# begin [USER] [LACKING] [LANDLOCK]: as that user, without these layers, with this version of Landlock.
begin() {
    export CERTFS_TEST_LACKS=${2-} CERTFS_TEST_LANDLOCK=${3-99}
    serve_loudly -o "worker_user=${1-$USER_OF_WORKER}"
    import a
    WORKER=$(worker_pid)
    SUPERVISOR=$(supervisor_pid)
}

# ends NAME ARGUMENT OUTCOME: this is what the log has about the attempt, and the mount lives.
ends() {
    local since
    since=$(log_lines)
    attack worker b "$1" $2
    eventually log_has "attack $1: " "$since" || { cat "$WORK/mount.log"; return 1; }
    log_has "attack $1: $3" "$since" ||
        fail "$1 $2: $(tail -n "+$((since + 1))" "$WORK/mount.log" | grep -F "attack $1"), expected $3" || return
    [ -d "/proc/$WORKER" ] && [ -d "/proc/$SUPERVISOR" ] && cmp -s "$MNT/key.pem" "$PKI/b/key.pem" || fail "after $1"
}

# each: for the lines of its input, OUTCOME NAME [ARGUMENT].
each() {
    local outcome name argument
    while read -r outcome name argument; do
        ends "$name" "$argument" "$outcome" || return
    done
}

# The user alone stops these.
of_the_user() {
    each <<END
EACCES read /etc/shadow
EACCES create $CRON
EACCES write /etc/passwd
EACCES write /proc/sys/kernel/core_pattern
EACCES read $KEYS/certfs
EACCES open_anywhere ../keys/certfs
EACCES open_anywhere $SUPERVISOR/environ
EACCES open_anywhere 1/environ
EPERM kill $SUPERVISOR
EPERM kill 1
EPERM tgkill $OTHER
EPERM ptrace $SUPERVISOR
EPERM seize $OTHER
EPERM read_memory $SUPERVISOR
EPERM write_memory $OTHER
EPERM setuid 0
EPERM setresuid 0
EPERM setgid 0
EPERM setgroups
EPERM mount $WORK
EPERM chroot /
EPERM sethostname
EPERM chown $VICTIM
END
}

# Landlock alone stops these, also where the worker is root.
of_landlock() {
    each <<END
EACCES read /etc/shadow
EACCES create $CRON
EACCES write /etc/passwd
EACCES write /proc/sys/kernel/core_pattern
EACCES read $KEYS/certfs
EACCES read $VICTIM
EACCES write $VICTIM
EACCES create $OPEN/new
EACCES unlink $VICTIM
EACCES open_anywhere ../open/victim
END
}

# The filter of system calls alone stops these, also where the worker is root.
of_seccomp() {
    each <<END
EPERM socket 1
EPERM socket 2
EPERM socket 10
EPERM datagram 2
EPERM datagram 16
EPERM raw_socket 17
EPERM connect
EPERM bind
EPERM listen
EPERM exec /bin/true
EPERM execveat /bin/true
EPERM fork
ENOSYS clone3
EPERM ptrace $SUPERVISOR
EPERM seize $OTHER
EPERM kill $SUPERVISOR
EPERM kill 1
EPERM tgkill $OTHER
EPERM tkill $OTHER
EPERM read_memory $OTHER
EPERM write_memory $OTHER
EPERM descriptor_of
EPERM setuid 0
EPERM setresuid 0
EPERM setgid 0
EPERM setgroups
EPERM unshare $((0x10000000))
EPERM unshare $((0x00020000))
EPERM setns
EPERM setpriority 0
EPERM scheduler
EPERM raise_cpu_limit
EPERM be_dumpable
EPERM personality
EPERM chmod $VICTIM
EPERM chown $VICTIM
EPERM truncate $VICTIM
EPERM mkdir $OPEN/new
EPERM mknod $OPEN/new
EPERM symlink $OPEN/new
EPERM chroot /
EPERM file_handle
EPERM mount $WORK
EPERM umount $WORK
EPERM open_tree /
EPERM fsopen tmpfs
EPERM io_uring
EPERM bpf
EPERM perf
EPERM userfaultfd
EPERM keyring
EPERM init_module
EPERM kernel_log
EPERM sethostname
EPERM shared_memory
EPERM message_queue
EPERM inotify
EPERM executable_memory
EPERM make_executable
EPERM memfd x
EPERM no_such_call
END
}

# Whether the kernel has it, for a mount that is not to lack it.
has_landlock() {
    ! of_status .remarks | grep -q 'Landlock does not restrict which files'
}

untouched() {
    equal "the file of others" "$(cat "$VICTIM")" "for everybody"
    equal "its mode" "$(stat -c '%a %u' "$VICTIM")" "666 0"
    [ ! -e "$CRON" ] && [ ! -e "$OPEN/new" ] && [ ! -e "$STORE/new" ] || fail "there is a new file"
}

@test "a worker opens nothing but STORE, makes no socket, executes nothing, and touches no other process, the kernel or its own rights" {
    begin
    for thread in "/proc/$WORKER/task"/*; do
        equal "new privileges and filter of $(cat "$thread/comm")" \
            "$(awk '/^NoNewPrivs:|^Seccomp:/ { print $2 }' "$thread/status" | xargs)" "1 2"
    done
    of_seccomp
    ! has_landlock || of_landlock
    each <<END
EACCES open_anywhere $SUPERVISOR/environ
EACCES open_anywhere $SUPERVISOR/mem
EACCES open_anywhere $OTHER/environ
EACCES open_anywhere 1/environ
EACCES open_anywhere ../keys/certfs
EACCES open_anywhere ../../../etc/shadow
END
    if [ "$(uname -m)" = x86_64 ]; then
        ends call_x32 /etc/passwd EPERM
    fi
    untouched
    import a
    serves a
}

@test "the worker's user alone stops what only root may do" {
    begin "$USER_OF_WORKER" seccomp 0
    of_the_user
    each <<END
succeeded socket 2
succeeded read $VICTIM
END
    untouched
}

@test "Landlock alone keeps a worker that is root from every file but those of STORE" {
    begin root seccomp
    has_landlock || skip "this kernel has no Landlock"
    of_landlock
    each <<END
EACCES mkdir $STORE/new
EACCES mkdir $OPEN/new
EACCES mknod $STORE/new
EACCES symlink $STORE/new
succeeded socket 2
succeeded setuid 0
END
    untouched
}

@test "the filter alone keeps a worker that is root from every call that it does not make itself" {
    begin root "" 0
    of_seccomp
    each <<END
succeeded read /etc/shadow
succeeded read $KEYS/certfs
END
    untouched
}

@test "without any of the three layers the same attempts succeed" {
    begin root seccomp 0
    each <<END
succeeded read /etc/shadow
succeeded create $CRON
succeeded read $KEYS/certfs
succeeded socket 2
succeeded kill $SUPERVISOR
succeeded fork
END
}

# layer_is_a_remark WORDS LACKING LANDLOCK: everything works without it, and status has a remark with the words, and no
# problem.
layer_is_a_remark() {
    begin "$USER_OF_WORKER" "$2" "$3"
    import_named other b
    has_remark "$1"
    equal "problems" "$(of_status '[.problems[] | select(test("backups of the store") | not)] | length')" 0
    stop
    begin "$USER_OF_WORKER" "$2" "$3"
    serves a
    stop
}

@test "a layer that the kernel lacks is a remark, and everything works" {
    layer_is_a_remark "system calls of the worker are not restricted" seccomp 99
    layer_is_a_remark "Landlock does not restrict which files" "" 0
    layer_is_a_remark "Landlock of this kernel (version 2) does not restrict TCP" "" 2
    layer_is_a_remark "no network namespace of its own" namespaces 99
    layer_is_a_remark "no ipc namespace of its own" namespaces 99
}
