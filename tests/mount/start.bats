#!/usr/bin/env bats
# How certfs starts and ends: the exit status, one sentence for every refusal, mount(8), signals, dead mounts.

load ../lib/certfs.bash

# The program is in WORK, so that ordinary users may run it and its processes can be distinguished from all others.
test_setup() {
    install -m 0755 "$CERTFS" "$WORK/certfs"
    CERTFS=$WORK/certfs
    OWNER=owner=root
    mkdir "$MNT"
}

test_teardown() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || ours | xargs -r kill -KILL
    ours >>"$WORK/.processes"
}

# The pids that run this test's program, on this or another mount namespace.
ours() {
    local process
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/exe")" != "$WORK/certfs" ] || echo "${process#/proc/}"
    done 2>/dev/null
}

nobody_left() {
    [ -z "$(ours)" ]
}

# start ARGUMENT...: runs certfs; what it prints is in out and err, its exit status in STATUS.
start() {
    STATUS=0
    "$CERTFS" "$@" </dev/null >"$WORK/out" 2>"$WORK/err" 3>&- 4>&- || STATUS=$?
}

started() {
    start "$@"
    equal "the exit status" "$STATUS" 0 || { cat "$WORK/err"; return 1; }
    equal "what it said" "$(cat "$WORK/out" "$WORK/err")" ""
}

# refused STATUS SENTENCE ARGUMENT...: exactly this one line comes, and nothing stays behind.
refused() {
    local status=$1 sentence=$2 before
    shift 2
    before=$(mounts)
    start "$@"
    equal "what it said" "$(cat "$WORK/err")" "certfs: $sentence" || return
    equal "the exit status" "$STATUS" "$status" || return
    equal "standard output" "$(cat "$WORK/out")" "" || return
    equal "what is mounted" "$(mounts)" "$before"
}

# mounted WHERE: its line in mountinfo, empty if there is none.
mounted() {
    awk -v at="$1" '$5 == at' /proc/self/mountinfo
}

not_mounted() {
    [ -z "$(mounted "$1")" ]
}

answers() {
    [ -e "$1/control" ]
}

# The process that has the other one as its child, and that other one.
supervisor() {
    local pid
    for pid in $(ours); do
        ! grep -q . "/proc/$pid/task/$pid/children" || echo "$pid"
    done
}

worker() {
    local child
    # the other child is the zygote
    for child in $(<"/proc/$(supervisor)/task/$(supervisor)/children"); do
        [ "$(<"/proc/$child/comm")" = certfs-judge ] || echo "$child"
    done
}

kill_both() {
    local pids
    mapfile -t pids < <(ours)
    kill_each "${pids[@]}"
}

# in_namespace FUNCTION: in a mount namespace of its own, whose mounts go with its last process.
in_namespace() {
    needs_namespace
    WORK=$WORK MNT=$MNT CERTFS=$CERTFS OWNER=$OWNER unshare --mount --propagation private bash -c \
        'set -eu; source "$1"; eval "$2"; trap "kill -KILL \$(ours) 2>/dev/null || true" EXIT; "$3"' \
        - "$LIB/certfs.bash" "$(declare -f ours nobody_left start started refused mounted not_mounted answers supervisor \
        worker kill_both fuse_for_all as_nobody limited has_flags "$1")" "$1" 3>&- 4>&-
}

# Elsewhere /dev/fuse is open to everybody; where it is not, this namespace gets one that is.
fuse_for_all() {
    mknod "$WORK/fuse" c 10 229
    chmod 0666 "$WORK/fuse"
    mount --bind "$WORK/fuse" /dev/fuse
}

# as_nobody COMMAND...: the rest of this shell's CERTFS calls are made by an ordinary user.
as_nobody() {
    chown nobody "$MNT"
    printf '#!/bin/sh\nexec setpriv --reuid=nobody --regid=nogroup --clear-groups "%s" "$@"\n' "$WORK/certfs" >"$WORK/nobody"
    chmod 0755 "$WORK/nobody"
    CERTFS=$WORK/nobody
    OWNER=rw
}

# ---- starting

@test "the exit status is 0 when the mount answers, and nothing is printed" {
    for _ in 1 2 3 4 5; do
        started -o "$OWNER" none "$MNT"
        answers "$MNT"
        umount "$MNT"
        eventually nobody_left
    done
}

@test "-h explains every option, -V prints the versions" {
    for way in -h --help; do
        start $way
        equal "the exit status" "$STATUS" 0
        equal "standard error" "$(cat "$WORK/err")" ""
        for option in -f -d -s -h -V owner= control_owner= key_mode= cert_mode= control_mode= context=; do
            grep -qe "$option" "$WORK/out" || fail "no word about $option"
        done
        [ "$(awk 'length > 100 && !/ fuse\.certfs /' "$WORK/out")" = "" ] || fail "lines too long for a terminal"
    done
    for way in -V --version; do
        start $way
        equal "the exit status" "$STATUS" 0
        matches "the version" "$(cat "$WORK/out")" $'^certfs [0-9]+\.[0-9]+\.[0-9]+\nFUSE library 3\.'
    done
}

@test "wrong usage is refused with status 2 and one sentence" {
    refused 2 "STORE and MOUNTPOINT are needed: certfs [options] STORE MOUNTPOINT, see certfs -h"
    refused 2 "STORE and MOUNTPOINT are needed, and nothing else: three" -o "$OWNER" none "$MNT" three
    refused 2 "unknown option: colour" -o "$OWNER,colour=red" none "$MNT"
    refused 2 "unknown option: -x" -x none "$MNT"
    refused 2 "key_mode=0644 is not within 0440" -o "$OWNER,key_mode=0644" none "$MNT"
    refused 2 "control_mode= needs an octal mode within 0660, as in control_mode=0660" \
        -o "$OWNER,control_mode=rw" none "$MNT"
    refused 2 "STORE lies inside the mount point: $MNT/store" -o "$OWNER" "$MNT/store" "$MNT"
    refused 2 "a mounted certfs cannot be remounted: unmount it and mount it again" -o "$OWNER,remount" none "$MNT"
}

@test "an impossible start is refused with status 1 and one sentence" {
    touch file
    mkdir store
    refused 1 "MOUNTPOINT does not exist; make it, or mount its disk first: $WORK/nowhere" -o "$OWNER" none "$WORK/nowhere"
    refused 1 "MOUNTPOINT is not a directory: $WORK/file" -o "$OWNER" none "$WORK/file"
    refused 1 "STORE is not a directory: file" -o "$OWNER" file "$MNT"
    refused 1 "STORE does not exist; make it, or mount its disk first: nowhere" -o "$OWNER" nowhere "$MNT"
    mkdir -m 0700 keys
    refused 1 "the key-encryption key certfs is missing in $WORK/keys; make it: certfs -o kek_dir=$WORK/keys --new-key certfs" \
        -o "$OWNER,kek_dir=keys" store "$MNT"
    refused 1 "owner= names an unknown user: nobody-knows; create it (useradd --system), or give another" -o owner=nobody-knows none "$MNT"
    refused 1 "owner= names an unknown group: nobody-knows; create it (groupadd --system), or give another" -o owner=root:nobody-knows none "$MNT"
    mount -t tmpfs -o size=64k none "$MNT"
    refused 1 "something else (tmpfs) is mounted there already, umount it first: $MNT" -o "$OWNER" none "$MNT"
}

@test "an error of libfuse or the kernel is one sentence too" {
    refused 1 "cannot mount: mount failed: Invalid argument" -o "$OWNER,rootcontext=is:not:for:fuse" none "$MNT"
    refused 1 "cannot mount: invalid parameter in option \`max_read=many'" -o "$OWNER,max_read=many" none "$MNT"
}

@test "a living certfs is not replaced and goes on" {
    started -o "$OWNER" none "$MNT"
    before=$(mounted "$MNT")
    refused 1 "certfs is mounted there already, umount it first: $MNT" -o "$OWNER" none "$MNT"
    equal "the mount" "$(mounted "$MNT")" "$before"
    answers "$MNT"
}

@test "a certfs that does not answer is neither replaced nor waited for without end" {
    started -o "$OWNER" none "$MNT"
    held=("$(supervisor)" "$(worker)") # the first of them would wake the other
    kill -STOP "${held[@]}"
    timeout 15 "$CERTFS" -o "$OWNER" none "$MNT" >out 2>err 3>&- 4>&- && fail "it started"
    kill -CONT "${held[@]}"
    equal "what it said" "$(cat err)" "certfs: a certfs that does not answer is mounted there, end it first: $MNT"
    answers "$MNT"
}


@test "without /dev/fuse there is one sentence" {
    device_missing() {
        mkdir "$WORK/dev"
        touch "$WORK/dev/null"
        mount --bind /dev/null "$WORK/dev/null"
        mount --rbind "$WORK/dev" /dev
        refused 1 "/dev/fuse cannot be opened; modprobe fuse, or in a container --device /dev/fuse: No such file or directory" \
            -o "$OWNER" none "$MNT"
    }
    in_namespace device_missing
}

@test "it works without standard descriptors, and keeps none that the caller had" {
    "$CERTFS" -o "$OWNER" none "$MNT" <&- >&- 2>&- 3>&- 4>&-
    answers "$MNT"
    umount "$MNT"
    eventually nobody_left
    said=$(timeout 10 bash -c '"$0" "$@" 9>&1; echo done' "$CERTFS" -o "$OWNER" none "$MNT" 2>&1 3>&- 4>&-)
    equal "what came through the pipe" "$said" "done"
    answers "$MNT"
}

@test "names of mount points may hold anything, and may be written in any way" {
    for name in 'a b' 'a,b' 'a\040b' $'tab\there' $'line\nbreak' 'hash#' 'größe' '-o'; do
        mkdir -- "./$name"
        started -o "$OWNER" -- none "$name/."
        answers "./$name"
        start -o "$OWNER" none "$WORK/$name"
        equal "the exit status" "$STATUS" 1
        matches "the refusal" "$(cat "$WORK/err")" "certfs is mounted there already"
        umount "./$name"
        eventually nobody_left
    done
    ln -s mnt link
    started -o "$OWNER" none ./link/
    [ -n "$(mounted "$MNT")" ]
}

# ---- mount(8)

# The flags that every mount of root's must have, whatever was asked for.
has_flags() {
    local flags
    flags=$(mounted "$1" | awk '{ print $6 }')
    for flag in nosuid nodev noexec; do
        [[ ",$flags," == *",$flag,"* ]] || fail "$flag is missing in $flags" || return
    done
    matches "the options of the mount" "$(mounted "$1" | awk '{ print $NF }')" "default_permissions,allow_other"
}

@test "root's mounts are nosuid,nodev,noexec,allow_other,default_permissions whatever was asked for" {
    started none "$MNT" -o "$OWNER,rw,suid,dev,exec"
    has_flags "$MNT"
    matches "type and source" "$(mounted "$MNT")" " - fuse.certfs none "
}

mount_by_mount() {
    mount -t tmpfs none /usr/local/bin
    cp "$WORK/certfs" /usr/local/bin/certfs
    eval "ours() { pgrep -x certfs --ns $$ --nslist mnt; }"

    mount -t fuse.certfs none "$MNT" -o owner=root,key_mode=0440
    answers "$MNT"
    has_flags "$MNT"
    ! said=$(mount -o remount "$MNT" 2>&1) || fail "it was remounted"
    equal "what a remount says" "$said" "certfs: a mounted certfs cannot be remounted: unmount it and mount it again"
    answers "$MNT"
    umount "$MNT"
    eventually nobody_left

    echo "none $MNT fuse.certfs owner=root,nofail,noatime,x-systemd.automount,_netdev 0 0" >"$WORK/fstab"
    mount -T "$WORK/fstab" "$MNT"
    answers "$MNT"
    has_flags "$MNT"
    mount -a -T "$WORK/fstab"
    equal "how many mounts there are" "$(mounted "$MNT" | wc -l)" 1
    umount "$MNT"
    eventually nobody_left
}

@test "mount -t fuse.certfs and an fstab line work" {
    in_namespace mount_by_mount
}

# ---- dead mounts

@test "a dead mount is replaced, with a notice" {
    started -o "$OWNER" none "$MNT"
    ls "$MNT" >"$WORK/listing" # the kernel remembers the directory beyond the process
    kill_both
    start -o "$OWNER" none "$MNT"
    equal "the exit status" "$STATUS" 0
    equal "the notice" "$(cat "$WORK/err")" "certfs: a dead certfs was mounted at $MNT; it is detached and replaced"
    answers "$MNT"
    equal "how many mounts there are" "$(mounted "$MNT" | wc -l)" 1
}

@test "dead mounts on top of each other are replaced at once" {
    for _ in 1 2 3; do
        python3 - "$MNT" <<'END'
import ctypes, os, sys
fuse = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fuse
sys.exit(ctypes.CDLL(None).mount(b"none", sys.argv[1].encode(), b"fuse.certfs", 0, options) != 0)
END
    done
    equal "how many mounts there are" "$(mounted "$MNT" | wc -l)" 3
    start -o "$OWNER" none "$MNT"
    equal "the exit status" "$STATUS" 0
    equal "lines of notice" "$(wc -l <"$WORK/err")" 1
    equal "how many mounts there are" "$(mounted "$MNT" | wc -l)" 1
    answers "$MNT"
}

# Its one process takes the question and dies of it, as one does that was killed a moment ago and is still ending.
@test "a mount that dies while it is asked is dead" {
    cat >"$WORK/dying.py" <<'END'
import ctypes, os, struct, sys
fuse = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fuse
assert ctypes.CDLL(None).mount(b"none", sys.argv[1].encode(), b"fuse.certfs", 0, options) == 0
unique = struct.unpack_from("=8xQ", os.read(fuse, 1 << 18))[0]
init = struct.pack("=IIIIHHIIHHI28x", 7, 31, 1 << 17, 0, 16, 12, 1 << 17, 1, 32, 0, 0)
os.write(fuse, struct.pack("=IiQ", 16 + len(init), 0, unique) + init)
os.read(fuse, 1 << 18)
os._exit(0)
END
    background python3 "$WORK/dying.py" "$MNT"
    eventually grep -qsF " $MNT " /proc/self/mountinfo
    start -o "$OWNER" none "$MNT"
    equal "the notice" "$(cat "$WORK/err")" "certfs: a dead certfs was mounted at $MNT; it is detached and replaced"
    equal "the exit status" "$STATUS" 0
    answers "$MNT"
}

@test "somebody else's file system is not replaced, dead or not" {
    python3 - "$MNT" <<'END'
import ctypes, os, sys
fuse = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fuse
sys.exit(ctypes.CDLL(None).mount(b"none", sys.argv[1].encode(), b"fuse.other", 0, options) != 0)
END
    refused 1 "something else (fuse.other) is mounted there already, umount it first: $MNT" -o "$OWNER" none "$MNT"
}

# ---- ending

@test "SIGTERM and SIGINT end it and unmount, SIGHUP does not" {
    for signal in TERM INT; do
        started -o "$OWNER" none "$MNT"
        ours | xargs kill -HUP
        kill -$signal "$(worker)"
        answers "$MNT"
        kill -$signal "$(supervisor)"
        eventually nobody_left
        not_mounted "$MNT"
    done
}

# foreground: certfs -f as a job of this shell; its pid is in BACKGROUND, its output in err.
foreground() {
    background "$CERTFS" -f -o "$OWNER" none "$MNT" </dev/null >out 2>err
    eventually answers "$MNT"
}

# ends_with STATUS: how the job ends.
ends_with() {
    local status=0
    wait "$BACKGROUND" || status=$?
    equal "the exit status" "$status" "$1" || { cat err; return 1; }
    not_mounted "$MNT" || fail "still mounted" || return
    eventually nobody_left
}

@test "in the foreground SIGTERM and SIGINT end it with status 0" {
    for signal in TERM INT; do
        foreground
        kill -HUP "$BACKGROUND"
        kill -$signal "$BACKGROUND"
        ends_with 0
    done
}

# import_is_held NAME: certfs -f of the build with hooks, in PROGRAM, judges that set for a second; WRITER waits for it.
import_is_held() {
    with_hooks CERTFS_TEST_HOLD_MS=1000
    install -m 0755 "$CERTFS" "$WORK/certfs"
    CERTFS=$WORK/certfs
    pki_begin
    make_pki "$1" ec:P-256
    foreground
    PROGRAM=$BACKGROUND
    background dd if="$PKI/$1.json" of="$CONTROL" bs=1M status=none
    WRITER=$BACKGROUND
    eventually is_writing "$WRITER"
}

# good_end: the held import is answered with success, and certfs ends with status 0.
good_end() {
    wait "$WRITER" || fail "the import was not answered with success" || return
    BACKGROUND=$PROGRAM
    ends_with 0
}

@test "SIGTERM lets a running import finish and be answered, and a second one changes nothing" {
    import_is_held a
    kill -TERM "$PROGRAM"
    kill -TERM "$PROGRAM"
    run cat "$MNT/last"
    equal "reading meanwhile" "$status" 0
    kill -INT "$PROGRAM"
    good_end
}

@test "SIGTERM and umount wake a worker that is stopped: its import is answered, and its end is not waited for" {
    import_is_held stopped
    kill -STOP "$(worker)"
    kill -TERM "$PROGRAM"
    good_end
    equal "what it said of its end" "$(grep -E 'did not finish|killed|left running' err)" ""

    foreground
    kill -STOP "$(worker)"
    # umount(8) asks the mount first, and would wait for it.
    python3 -c 'import ctypes, os, sys; sys.exit(ctypes.CDLL(None).umount2(os.fsencode(sys.argv[1]), 2))' "$MNT"
    ends_with 0
    equal "what it said of its end" "$(grep -E 'did not finish|killed|left running' err)" ""
}

@test "umount from outside ends both processes with status 0" {
    foreground
    umount "$MNT"
    ends_with 0
}

@test "a worker that dies is reported and replaced" {
    foreground
    dead=$(worker)
    kill -KILL "$dead"
    answers "$MNT"
    ended "$dead"
    eventually grep -qE "^certfs: the worker was ended by signal 9 \(Killed\), and was replaced after [0-9]+ ms$" err
    kill -TERM "$BACKGROUND"
    ends_with 0
}

# The supervisor is stopped, so that it finds both when it goes on.
@test "SIGTERM and an unmount while a worker is being replaced end certfs with status 0" {
    foreground
    exec 8<"$MNT/status"
    kill -STOP "$BACKGROUND"
    kill_each "$(worker)"
    kill -TERM "$BACKGROUND"
    kill -CONT "$BACKGROUND"
    ends_with 0
    exec 8<&-

    foreground
    kill -STOP "$BACKGROUND"
    kill_each "$(worker)"
    python3 -c 'import ctypes, os, sys; sys.exit(ctypes.CDLL(None).umount2(os.fsencode(sys.argv[1]), 2))' "$MNT"
    kill -CONT "$BACKGROUND"
    ends_with 0
}

@test "a supervisor that dies takes the worker with it" {
    started -o "$OWNER" none "$MNT"
    kill -KILL "$(supervisor)"
    eventually nobody_left
    start -o "$OWNER" none "$MNT"
    equal "the exit status" "$STATUS" 0
    answers "$MNT"
}

@test "an open file does not keep certfs from ending" {
    foreground
    exec 8<"$MNT/status"
    kill -TERM "$BACKGROUND"
    ends_with 0
    ! cat <&8 2>/dev/null || fail "a dead mount was read"
    exec 8<&-
}

@test "a certfs that was unmounted lazily does not unmount the next one" {
    started -o "$OWNER" none "$MNT"
    first=$(supervisor)
    exec 8<"$MNT/status"
    umount --lazy "$MNT"
    started -o "$OWNER" none "$MNT"
    before=$(mounted "$MNT")
    kill -TERM "$first" 2>/dev/null || is_gone "$first"
    ended "$first"
    exec 8<&-
    equal "the second mount" "$(mounted "$MNT")" "$before"
    answers "$MNT"
}

# ---- ordinary users

user_mounts() {
    fuse_for_all
    as_nobody
    started none "$MNT"
    equal "whose control is" "$(setpriv --reuid=nobody --regid=nogroup --clear-groups stat -c %U:%a "$MNT/control")" \
        nobody:600
    ! ls "$MNT" 2>/dev/null || fail "root can look in without allow_other"
    equal "the rights of its worker" 65534,0000000000000000,1,2 \
        "$(awk '/^(Uid|CapEff|NoNewPrivs|Seccomp):/ { print $2 }' "/proc/$(worker)/status" | paste -sd,)"
    matches "the flags" "$(mounted "$MNT")" "nosuid,nodev.*user_id=65534,group_id=65534,default_permissions$"
    refused 1 "certfs is mounted there already, umount it first: $MNT" none "$MNT"
    # a judge reads it, under the same user
    ! setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'echo "{\"Action\":1}" >"$1/control"' sh "$MNT" 2>/dev/null ||
        fail "it was taken"
    equal "the reason" "$(setpriv --reuid=nobody --regid=nogroup --clear-groups jq -r .last_request.reason "$MNT/status")" \
        wrong_type
    kill -TERM "$(supervisor)"
    eventually nobody_left
    not_mounted "$MNT"
}

@test "an ordinary user mounts through fusermount3" {
    in_namespace user_mounts
}

user_replaces() {
    fuse_for_all
    as_nobody
    started none "$MNT"
    kill_both
    start none "$MNT"
    equal "the exit status" "$STATUS" 0
    equal "the notice" "$(cat "$WORK/err")" "certfs: a dead certfs was mounted at $MNT; it is detached and replaced"
    kill_both
    CERTFS=$WORK/certfs
    start -o owner=root none "$MNT"
    equal "the exit status of root's" "$STATUS" 0
    answers "$MNT"
    equal "how many mounts there are" "$(mounted "$MNT" | wc -l)" 1
}

# limited LIMIT COMMAND...: the rest of this shell's CERTFS calls are made through COMMAND, with a limit of ulimit -f.
limited() {
    printf '#!/bin/bash\nulimit %s\nexec %s "%s" "$@"\n' "$1" "${*:2}" "$WORK/certfs" >"$WORK/limited"
    chmod 0755 "$WORK/limited"
    CERTFS=$WORK/limited
}

small_files() {
    fuse_for_all
    limited "-S -f 100" # a hard limit can be raised with CAP_SYS_RESOURCE alone
    started -o "$OWNER" none "$MNT"
    answers "$MNT"
    umount "$MNT"
    eventually nobody_left
    chown nobody "$MNT"
    limited "-f 100" setpriv --reuid=nobody --regid=nogroup --clear-groups
    refused 1 "cannot create the memory that outlives the worker: File too large" none "$MNT"
    limited "-S -f 100" setpriv --reuid=nobody --regid=nogroup --clear-groups
    started none "$MNT"
}

@test "a limit of the size of files is raised, or refuses the start with one sentence" {
    in_namespace small_files
}

@test "a user's dead mount is replaced by the user, and by root" {
    in_namespace user_replaces
}

user_is_refused() {
    fuse_for_all
    as_nobody
    refused 2 "owner= another user is for root's mounts only: run certfs as root (sudo)" -o owner=root none "$MNT"
    refused 1 "cannot mount: fusermount3: option allow_other only allowed if 'user_allow_other' is set in /etc/fuse.conf" \
        -o allow_other none "$MNT"
    chown root "$MNT"
    refused 1 "no permission to mount there: own the directory and be able to write it, or be root: $MNT" none "$MNT"
    mkdir -m 0700 "$WORK/closed" "$WORK/closed/mnt"
    refused 1 "MOUNTPOINT cannot be reached: permission denied: $WORK/closed/mnt" none "$WORK/closed/mnt"
    mount --bind /dev/null "$(command -v fusermount3)"
    refused 1 "fusermount3 mounts for ordinary users (install fuse3, or be root), and cannot be run: Permission denied" none "$MNT"
    chmod 0600 /dev/fuse
    refused 1 "/dev/fuse cannot be opened; run certfs as root (sudo): Permission denied" none "$MNT"
}

@test "an action that an ordinary user may not do is refused with one sentence" {
    in_namespace user_is_refused
}

# ---- what somebody else could put in its place

@test "a STORE or a mount point that somebody else can replace is a problem that names where" {
    mkdir -p "$WORK/theirs/store"
    chmod 0700 "$WORK/theirs/store"
    chmod 0777 "$WORK/theirs"
    mkdir -m 0700 "$WORK/keys"
    "$CERTFS" -o "kek_dir=$WORK/keys" --new-key certfs
    start -o "$OWNER,kek_dir=$WORK/keys" "$WORK/theirs/store" "$MNT"
    equal "the exit status" "$STATUS" 0
    equal "the problem" "$(jq -r '.problems[] | select(test("replace"))' "$MNT/status")" \
        "others can write or replace $WORK/theirs, which leads to STORE: chmod it, and restart"
}
