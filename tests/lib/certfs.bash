# certfs.bash: a certfs mount of its own, certificates and payloads for each test; sourced by the bats files.
#
# A file's setup_file makes certificates in $PKI (pki_begin, make_set, ...). Each test has a folder WORK with the mount
# at MNT and its control file at CONTROL, from setup and teardown below; what else a file's tests begin and end with is
# test_setup and test_teardown:
#   $WORK/mnt       the mount, made by mount_certfs
#   $WORK/mount.log what certfs printed
# WORK stands under TMPDIR and not in bats' own folders, which are closed to other users. Nothing is shared between
# tests, files or runs, so several may run side by side.

ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
LIB=$ROOT/tests/lib
CERTFS=${CERTFS:-$ROOT/build/certfs}
CERTFS_HOOKS=${CERTFS_HOOKS:-$ROOT/build/certfs-hooks}
SECONDS_TO_WAIT=20

# The output that the tests compare is in English.
export LC_ALL=C.UTF-8

# ---- reporting failures

fail() {
    printf '%s\n' "$*" >&2
    return 1
}

# equal WHAT ACTUAL EXPECTED
equal() {
    [ "$2" = "$3" ] || fail "$1 is '$2', expected '$3'"
}

# matches WHAT TEXT REGEXP
matches() {
    [[ $2 =~ $3 ]] || fail "$1 is '$2', expected a match of '$3'"
}

# same FILE FILE: byte for byte.
same() {
    cmp -- "$1" "$2" || fail "$1 differs from $2"
}

# ---- waiting

# eventually COMMAND...: looks until it succeeds, at most SECONDS_TO_WAIT. For requests that the kernel sends to certfs
# after the caller has gone on, as RELEASE; there is nothing to wait on for that.
eventually() {
    local until=$((SECONDS + SECONDS_TO_WAIT))
    until "$@"; do
        ((SECONDS < until)) || { fail "never true: $*"; return 1; }
        read -r -t 0.02 <> <(:) || true
    done
}

# ended PID...: waits for the ends of processes that need not be children. A zombie has ended; whose it is may be slow.
# But a process whose first thread has ended alone is shown as a zombie too, and keeps its files open.
ended() {
    local pid
    for pid; do
        eventually is_gone "$pid" || fail "process $pid does not end" || return
    done
}

# kill_each PID...: kill -9, and their ends. One may be gone before its turn comes, since another was.
kill_each() {
    local pid
    for pid; do
        kill -KILL "$pid" 2>/dev/null || true
    done
    ended "$@"
}

is_gone() {
    local facts
    facts=$(awk '$1 == "State:" || $1 == "Threads:" { print $2 }' "/proc/$1/status" 2>/dev/null) || return 0
    [[ $facts =~ ^Z[[:space:]][01]$ ]]
}

# For tests that need a mount namespace of their own. In a plain chroot the root is no mount point, and the kernel
# cannot make its mounts private.
needs_namespace() {
    unshare --mount --propagation private true 2>/dev/null ||
        skip "no private mount namespace here: / is no mount point"
}

# background COMMAND...: starts it and puts its pid into BACKGROUND; test_end kills what still runs.
# Descriptors 3 and 4 are bats' own; who keeps them makes bats wait.
background() {
    "$@" 3>&- 4>&- &
    BACKGROUND=$!
    echo "$BACKGROUND" >>"$WORK/.background"
}

background_end() {
    local pid
    while read -r pid; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done <"$WORK/.background"
    : >"$WORK/.background"
}

# ---- a test's folder and mount

# Everything that the loaded libraries take down, before test_end.
ENDS=()

# A library whose files share a mount has its own in place of test_begin and test_end.
setup() {
    local step
    for step in "${TEST_BEGIN:-test_begin}" $(declare -F test_setup); do
        "$step"
    done
}

# Each step runs, whatever became of the others.
teardown() {
    local step status=0
    for step in $(declare -F test_teardown) "${ENDS[@]}" "${TEST_END:-test_end}"; do
        "$step" || status=1
    done
    return "$status"
}

test_begin() {
    [ "$(id -u)" = 0 ] || skip "these mounts need root"
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/certfs-test.XXXXXX")
    chmod 0711 "$WORK"
    MNT=$WORK/mnt
    CONTROL=$MNT/control
    : >"$WORK/.background"
    : >"$WORK/.processes"
    cd "$WORK" || return
}

# Unmounts also after a failed test; a mount or a process that stays is a failure of its own.
test_end() {
    local status=0 pid at
    [ -n "${WORK-}" ] || return 0
    if [ -z "${BATS_TEST_COMPLETED-}" ] && [ -s "$WORK/mount.log" ]; then
        printf 'certfs printed\n'
        cat "$WORK/mount.log"
    fi
    background_end
    cd /
    while read -r at; do
        umount "$at" || { status=1; umount --lazy "$at"; }
    done < <(mounts | tac)
    [ -z "$(mounts)" ] || { status=1; fail "still mounted: $(mounts)" || true; }
    while read -r pid; do
        ended "$pid" || status=1
    done <"$WORK/.processes"
    rm -rf --one-file-system "$WORK"
    return "$status"
}

# The mount points of this test. Blanks in them are octal.
mounts() {
    awk -v below="$WORK/" 'index($2, below) == 1 { print $2 }' /proc/self/mounts | while read -r at; do
        printf '%b\n' "${at//\\0/\\00}" # blanks stand there as \040, and a digit may follow
    done
}

# mount_certfs [OPTION...]: certfs on MNT; returns when it answers.
mount_certfs() {
    [ -x "$CERTFS" ] || { fail "$CERTFS is missing: run make"; return 1; }
    mkdir -p "$MNT"
    "$CERTFS" "$@" none "$MNT" </dev/null >"$WORK/mount.log" 2>&1 3>&- 4>&- || {
        fail "certfs did not start"
        return 1
    }
    { processes && zygote_pid; } >>"$WORK/.processes"
}

# unmount_certfs: for tests that look at what comes after.
unmount_certfs() {
    umount "$MNT"
}

# The pids that serve MNT: the supervisor and its worker.
processes() {
    local program pid
    program=$(readlink -f "$CERTFS")
    for pid in $(pgrep -f -- "$MNT"); do
        # A build since then makes it "PROGRAM (deleted)".
        [[ $(readlink "/proc/$pid/exe") != "$program"* ]] || echo "$pid"
    done
}

# The one of these that has no other one as its parent.
supervisor_pid() {
    local all pid
    all=$(processes)
    for pid in $all; do
        grep -qx "$(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status")" <<<"$all" || echo "$pid"
    done
}

worker_pid() {
    processes | grep -vx "$(supervisor_pid)"
}

# The process from which judges are forked, and the judge that runs.
zygote_pid() {
    pgrep -P "$(supervisor_pid)" -x certfs-judge
}

judge_pid() {
    pgrep -P "$(zygote_pid)"
}

# with_hooks [NAME=VALUE...]: the build that tests can slow down and speed up.
with_hooks() {
    [ -x "$CERTFS_HOOKS" ] || skip "build/certfs-hooks is missing: make HOOKS=1"
    # shellcheck disable=SC2034 # for mount_certfs
    CERTFS=$CERTFS_HOOKS
    local setting
    for setting; do
        export "${setting?}"
    done
}

# is_writing PID: it is in write(2), whose number is 1 on x86-64 and 64 where numbers are newer.
is_writing() {
    local number
    read -r number _ 2>/dev/null <"/proc/$1/syscall" || return
    [ "$number" = 1 ] || [ "$number" = 64 ]
}

# ---- certificates; all of these write into $PKI

# pki_begin: in setup_file. Keys take time, so a file makes its certificates once.
pki_begin() {
    export PKI=$BATS_FILE_TMPDIR/pki
    mkdir -p "$PKI"
}

# _openssl ARGUMENT... prints nothing unless it fails.
_openssl() {
    local said
    said=$(openssl "$@" 2>&1 </dev/null) || { fail "openssl $1 failed: $said"; return 1; }
}

# make_key NAME [rsa:BITS|ec:CURVE|ed25519]: NAME-key.pem as PKCS#8.
make_key() {
    local file=$PKI/$1-key.pem kind=${2-rsa:2048}
    case $kind in
        rsa:*) _openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${kind#rsa:}" -out "$file" ;;
        ec:*) _openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:${kind#ec:}" -out "$file" ;;
        ed25519) _openssl genpkey -algorithm ED25519 -out "$file" ;;
        *) fail "what kind of key is $kind?" ;;
    esac
}

# _certify NAME SUBJECT ISSUER [ARGUMENT...]: a certificate for NAME's key; an empty ISSUER means self-signed.
_certify() {
    local name=$1 subject=$2 issuer=$3 signed=()
    shift 3
    [ -z "$issuer" ] || signed=(-CA "$PKI/$issuer.pem" -CAkey "$PKI/$issuer-key.pem")
    _openssl req -new -x509 "${signed[@]}" -key "$PKI/$name-key.pem" -out "$PKI/$name.pem" -days 90 -subj "$subject" "$@"
}

# make_ca NAME [ISSUER] [KIND OF KEY]: a root, or an intermediate CA signed by ISSUER.
make_ca() {
    make_key "$1" "${3-rsa:2048}"
    _certify "$1" "/O=certfs tests/CN=$1 CA" "${2-}" -addext keyUsage=critical,keyCertSign,cRLSign
}

LEAF_EXTENSIONS=(-addext "basicConstraints=critical,CA:FALSE")
LEAF_PURPOSES=(-addext "extendedKeyUsage=serverAuth,clientAuth")

# make_leaf NAME ISSUER [KIND OF KEY] [ARGUMENT...]: good as server and as client.
make_leaf() {
    local name=$1 issuer=$2 kind=${3-rsa:2048}
    shift $(($# < 3 ? $# : 3))
    make_key "$name" "$kind"
    _certify "$name" "/O=certfs tests/CN=$name" "$issuer" "${LEAF_EXTENSIONS[@]}" "${LEAF_PURPOSES[@]}" \
        -addext "subjectAltName=DNS:$name.example,IP:127.0.0.1" "$@"
}

# make_dated NAME ISSUER START END: the same, with dates (YYMMDDHHMMSSZ) that `openssl req` does not take.
make_dated() {
    local name=$1 issuer=$2 ca=$PKI/$1.ca
    make_key "$name"
    mkdir "$ca"
    : >"$ca/index"
    printf '%s\n' '[ca]' 'default_ca=own' '[own]' "database=$ca/index" "new_certs_dir=$ca" 'rand_serial=yes' \
        'default_md=sha256' 'policy=any' 'x509_extensions=leaf' '[any]' 'organizationName=optional' \
        'commonName=supplied' '[leaf]' 'basicConstraints=critical,CA:FALSE' 'extendedKeyUsage=serverAuth,clientAuth' \
        'subjectAltName=IP:127.0.0.1' >"$ca/config"
    _openssl req -new -key "$PKI/$name-key.pem" -subj "/O=certfs tests/CN=$name" -out "$ca/request"
    _openssl ca -batch -notext -config "$ca/config" -cert "$PKI/$issuer.pem" -keyfile "$PKI/$issuer-key.pem" \
        -startdate "$3" -enddate "$4" -in "$ca/request" -out "$PKI/$name.pem"
}

# make_pki NAME [KIND OF KEY] [intermediate]: root CA, if asked an intermediate one, and leaf, as a folder
# $PKI/NAME with ca.pem, cert.pem (the chain) and key.pem, and the payload in $PKI/NAME.json.
make_pki() {
    local name=$1 kind=${2-rsa:2048} issuer=$1-root
    make_ca "$issuer"
    if [ -n "${3-}" ]; then
        make_ca "$name-intermediate" "$issuer"
        issuer=$name-intermediate
    fi
    make_leaf "$name" "$issuer" "$kind"
    mkdir "$PKI/$name"
    cp "$PKI/$name-root.pem" "$PKI/$name/ca.pem"
    cat "$PKI/$name.pem" ${3:+"$PKI/$issuer.pem"} >"$PKI/$name/cert.pem"
    cp "$PKI/$name-key.pem" "$PKI/$name/key.pem"
    payload_of "$name" >"$PKI/$name.json"
}

# make_many_cas FILE [COUNT]: appends 100 CA certificates of 2 KB each. One key and a long comment make them cheap.
make_many_cas() {
    local i comment
    comment=$(printf '%.0swide ' {1..200})
    make_key many ec:P-256
    for ((i = 1; i <= ${2-100}; i++)); do
        _certify many "/O=certfs tests/CN=CA $i" "" -addext keyUsage=critical,keyCertSign -addext "nsComment=$comment"
        cat "$PKI/many.pem" >>"$1"
    done
}

# ---- payloads

# payload CA CERT KEY: the JSON document with line breaks as \n, in one line.
payload() {
    python3 "$LIB/payload.py" "$@"
}

payload_of() {
    payload "$PKI/$1/ca.pem" "$PKI/$1/cert.pem" "$PKI/$1/key.pem"
}

# payload_raw CA CERT KEY: with raw line breaks, the line of issue 2 that needs no tool.
payload_raw() {
    printf '{"ssl_ca":"%s","ssl_cert":"%s","ssl_key":"%s"}' "$(cat "$1")" "$(cat "$2")" "$(cat "$3")"
}

# payload_aws CA CERT KEY: as AWS's page prints it, raw line breaks and \n mixed, in single quotes.
payload_aws() {
    printf "'"'{"ssl_ca":"%s\\n","ssl_cert":"%s\\n","ssl_key":"%s\\n"}'"'" "$(cat "$1")" "$(cat "$2")" "$(cat "$3")"
}

# ---- talking to the mount

# import NAME: writes $PKI/NAME.json; the exit status is the verdict.
import() {
    cat "$PKI/$1.json" >"$CONTROL"
}

# import_named ID NAME: the same as the named set ID, whatever that was before.
import_named() {
    sed '1s/^{/{"CertificateIdentifier":"'"$1"'","Replace":true,/' "$PKI/$2.json" >"$WORK/named.json"
    cat "$WORK/named.json" >"$CONTROL"
}

# remove_material: rds_remove_binlog_ssl_material.
remove_material() {
    echo '{"Action":"rds_remove_binlog_ssl_material"}' >"$CONTROL"
}

# talk STEP...: steps on one read-write descriptor of control, one line of outcome each; see control.py.
talk() {
    python3 "$LIB/control.py" "$CONTROL" "$@"
}

# of_status FILTER: a member of status, by jq.
of_status() {
    jq -cr "$@" "$MNT/status"
}

reason_is() {
    [ "$(of_status .last_request.reason)" = "$1" ]
}

# leave_mark: makes the last request a refusal for a wrong type, so that the next record shows.
leave_mark() {
    ! printf '{"Action":1}' 2>/dev/null >"$CONTROL" || fail "the mark was not refused" || return
    reason_is wrong_type || fail "the mark was not recorded"
}

# serves NAME: the three files hold the certificates and the key of the set NAME.
serves() {
    local file
    for file in ca cert; do
        certificates_of "$MNT/$file.pem" >"$WORK/served"
        certificates_of "$PKI/$1/$file.pem" >"$WORK/wanted"
        same "$WORK/served" "$WORK/wanted" || return
    done
    equal "the served key" "$(key_of "$MNT/key.pem")" "$(key_of "$PKI/$1/key.pem")"
}

# The certificates of a file, each as one line of base64.
certificates_of() {
    awk '/-----END CERT/ { print body; inside = 0 } inside { body = body $0 } /-----BEGIN CERT/ { inside = 1; body = "" }' "$1"
}

# The public half, which stands for the key without showing it.
key_of() {
    openssl pkey -in "$1" -pubout -outform DER | sha256sum | cut -d' ' -f1
}

# The whole tree, for comparisons: names, kinds, inodes, modes, owners, sizes, times, and what the .pem files hold.
# Sizes and times that depend on the moment are left out.
tree() {
    (
        cd "$MNT" || return
        find . \( -name last -o -name status -o -name metrics \) -printf '%p %y %i %m %U:%G %n\n' \
            -o -printf '%p %y %i %m %U:%G %n %s %T@\n' | LC_ALL=C sort
        sha256sum ./*.pem
    )
}
