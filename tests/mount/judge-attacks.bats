#!/usr/bin/env bats
# A judge that was taken over tries what an intruder would (fs/host/test_attacks.h). Each attempt ends the judge: the
# import is refused, with what stopped it, and nothing else notices: readers read, and the next import works.

bats_require_minimum_version 1.5.0
load ../lib/certfs.bash
load ../lib/attacks.bash
load ../store/store.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    with_hooks
    store_begin
}

begin() {
    serve_loudly
    import a
    WORKER=$(worker_pid)
    SUPERVISOR=$(supervisor_pid)
}

# survived WHAT: the processes are there, and a reader reads the set of before.
survived() {
    [ -d "/proc/$WORKER" ] && [ -d "/proc/$SUPERVISOR" ] && cmp "$MNT/key.pem" "$PKI/a/key.pem" || fail "after $1"
}

# stopped NAME ARGUMENT REASON WORDS: the attack is refused for this reason, and the refusal or the log has the words.
stopped() {
    local since
    since=$(log_lines)
    attack judge b "$1" $2
    matches "the answer to $1 $2" "$ANSWER" "\"reason\":\"($3)\"" || return
    [[ $ANSWER == *"$4"* ]] || eventually log_has "$4" "$since" || { cat "$WORK/mount.log"; return 1; }
    survived "$1 $2"
}

# by_seccomp: for each line of its input, NAME [ARGUMENT], the call is forbidden.
by_seccomp() {
    local name argument
    while read -r name argument; do
        stopped "$name" "$argument" judge_failed 'forbidden system call' || return
    done
}

@test "a judge opens no file, makes no socket, executes and forks nothing, and touches no other process: each is a forbidden call" {
    begin
    init=1
    by_seccomp <<END
read /etc/passwd
write $WORK/mount.log
create $WORK/new
find /
openat2 /etc/passwd
open_anywhere /etc/passwd
unlink $WORK/mount.log
symlink $WORK/new
chroot /
file_handle
socket 1
socket 2
socket 10
socket 16
datagram 2
raw_socket 17
connect
bind
listen
exec /bin/true
execveat /bin/true
fork
ptrace $WORKER
seize $(zygote_pid)
kill $WORKER
kill $init
kill $(zygote_pid)
tgkill $WORKER
tkill $WORKER
abort_other $WORKER
abort_other $SUPERVISOR
abort_other $(zygote_pid)
abort_other 1
read_memory $WORKER
write_memory $WORKER
read /proc/$WORKER/mem
read /proc/$SUPERVISOR/environ
descriptor_of
setpriority 0
END
    stopped clone3 '' unsupported 'attack clone3: ENOSYS' # a libc asks for this before it uses an older call
    [ ! -e "$WORK/new" ] || fail "a judge has made a file"
    import b
    serves b
}

@test "a judge gets no rights back, and uses nothing of the kernel beyond its conversation: each is a forbidden call" {
    begin
    by_seccomp <<END
setuid 0
setresuid 0
setgid 0
setgroups
unshare $((0x10000000))
setns
raise_cpu_limit
raise_memory_limit
be_dumpable
outlive
personality
scheduler
setsid
mount $WORK
umount $WORK
open_tree /
fsopen tmpfs
io_uring
bpf
perf
userfaultfd
keyring
kernel_log
sethostname
shared_memory
message_queue
inotify
executable_memory
make_executable
memfd x
no_such_call
stop
END
    if [ "$(uname -m)" = x86_64 ]; then
        by_seccomp <<<"call_x32 /etc/passwd"
        by_seccomp <<<call_32
    fi
    import b
    serves b
}

@test "a judge that crashes, leaves, or ends its conversation is reported with what it died of" {
    begin
    stopped crash '' judge_failed 'signal 11'
    stopped abort '' judge_failed 'signal 6'
    stopped recurse '' judge_failed 'signal 11'
    stopped leave 0 judge_failed 'status 0'
    stopped leave 7 judge_failed 'status 7'
    stopped close '' judge_failed 'died of signal 9'
    import b
    serves b
}

@test "a judge that answers what none answers is ended: other kinds of message, wrong lengths, floods, silence in the middle" {
    CERTFS_TEST_JUDGE_MS=1000 begin
    while read -r name argument reason; do
        stopped "$name" "$argument" "$reason" '' || return
    done <<'END'
message 0/0/0 judge_failed
message 1/0/0 judge_failed
message 2/0/0 judge_failed
message 2/100/100 judge_failed
message 2/1000/1000000 judge_failed
message 3/100/100 judge_failed
message 4/0/0 judge_failed
message 5/100000/100000 judge_failed
message 6/100/100 judge_failed
message 99/0/0 judge_failed
message 2/4294967295/0 judge_failed
message 3/4294967295/1000 judge_failed
message 4294967295/4294967295/0 judge_failed
message 2/100/99 too_costly
END
    stopped flood '' judge_failed ''
    stopped stutter '' too_costly ''
    import b
    serves b
}

@test "a judge that loops, deaf to the signal of its CPU limit, is ended by that limit" {
    CERTFS_TEST_JUDGE_MS=60000 begin
    stopped loop_deaf '' too_costly '2 s of processor time'
    import b
    serves b
}

@test "a judge that takes memory without end meets its limit" {
    begin
    stopped allocate '' unsupported 'attack allocate: ENOMEM'
    stopped hoard '' 'too_costly|judge_failed' ''
    import b
    serves b
}
