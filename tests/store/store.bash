# store.bash: a mount with a sealed store; sourced by the bats files here, after ../lib/certfs.bash.
#
# store_begin belongs into test_setup:
#   $STORE     the store, 0700, empty
#   $KEYS      the directory of keys, with the key "certfs"
#   $ROOT_SET  the file of the root set's record

# SHA-256 of the empty identifier.
ROOT_NAME=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

store_begin() {
    STORE=$WORK/store
    KEYS=$WORK/keys
    export ROOT_SET=$STORE/$ROOT_NAME
    mkdir -m 0700 "$STORE" "$KEYS"
    mkdir "$MNT"
    new_key certfs
}

# Processes that still hold the store are ended first, so that a disk made for a test can be unmounted.
store_end() {
    [ -z "${MNT-}" ] || [ -z "$(processes)" ] || stop || true
}
ENDS=(store_end "${ENDS[@]}")

new_key() {
    "$CERTFS" -o "kek_dir=$KEYS" --new-key "$1"
}

# try_serve [OPTION...]: certfs on MNT with the store; what it prints is in mount.log.
try_serve() {
    "$CERTFS" -o "kek_dir=$KEYS,owner=root" "$@" "$STORE" "$MNT" </dev/null >"$WORK/mount.log" 2>&1 3>&- 4>&- || return
    processes >>"$WORK/.processes"
}

serve() {
    try_serve "$@" || fail "certfs did not start: $(cat "$WORK/mount.log")"
}

# serve_loudly [OPTION...]: in the foreground, so that the log comes to mount.log too. Returns when it answers.
serve_loudly() {
    background "$CERTFS" -f -o "kek_dir=$KEYS,owner=root" "$@" "$STORE" "$MNT" </dev/null >"$WORK/mount.log" 2>&1
    eventually test -e "$CONTROL" || return
    processes >>"$WORK/.processes"
}

# stop: unmounts and waits for the end of both processes, which hold the store's lock until then.
stop() {
    local pids
    mapfile -t pids < <(processes)
    umount "$MNT" || return
    ended "${pids[@]}"
}

restart() {
    stop && serve "$@"
}

# kill_all: kill -9 of supervisor and worker; the dead mount stays.
kill_all() {
    local pids
    mapfile -t pids < <(processes)
    kill_each "${pids[@]}"
}

# does_not_start SENTENCE [OPTION...]: exactly this sentence, not the status 0, and nothing is mounted.
does_not_start() {
    local sentence=$1
    shift
    ! try_serve "$@" || fail "it started" || return
    equal "what it said" "$(cat "$WORK/mount.log")" "certfs: $sentence" || return
    equal "what is mounted" "$(awk -v at="$MNT" '$2 == at' /proc/self/mounts)" ""
}

# refused_import NAME REASON: the write fails, and this is why.
refused_import() {
    ! import "$1" 2>"$WORK/refused" || fail "the import of $1 was not refused" || return
    equal "the reason" "$(of_status .last_request.reason)" "$2"
}

# serves_nothing: no .pem file is there.
serves_nothing() {
    local file
    for file in ca cert key; do
        [ ! -e "$MNT/$file.pem" ] || fail "$file.pem is there" || return
    done
}

generation() {
    of_status .generation
}

# name_of IDENTIFIER: of its record's file.
name_of() {
    printf %s "${1,,}" | sha256sum | cut -d' ' -f1
}

# record IDENTIFIER: the path of that file.
record() {
    printf '%s/%s' "$STORE" "$(name_of "$1")"
}

no_problems() {
    [ "$(of_status .problems)" = "[]" ]
}

# has_problem TEXT: one of the sentences in status.problems holds it.
has_problem() {
    has_sentence problems "$1"
}

has_remark() {
    has_sentence remarks "$1"
}

has_sentence() {
    [ "$(of_status --arg list "$1" --arg text "$2" '[.[$list][] | select(contains($text))] | length')" -gt 0 ] ||
        fail "nothing with \"$2\" among the $1 $(of_status ".$1")"
}

# only_files NAME...: exactly these are in the store, beside the mark, generation.N.
only_files() {
    equal "what is in the store" "$(in_store)" "$(printf '%s\n' "$@" | LC_ALL=C sort)"
}

in_store() {
    find "$STORE" -mindepth 1 -printf '%P\n' | grep -vxE 'generation\.[0-9]+' | LC_ALL=C sort
}

# mark: the newest number that was given, as it stands in the store; nothing where there is none.
mark() {
    find "$STORE" -name 'generation.*' -printf '%f\n' | sed 's/^generation\.//'
}

restore_previous() {
    echo '{"Action":"RestorePrevious"}' >"$CONTROL"
}

# ---- records, by openssl alone

# hex_key [ID]: the key as -secretkey wants it.
hex_key() {
    od -An -v -tx1 "$KEYS/${1:-certfs}" | tr -d ' \n'
}

hex_of() {
    printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}

# open_record FILE [ID]: the document in a record, on standard output.
open_record() {
    openssl cms -decrypt -inform DER -in "$1" -secretkey "$(hex_key "${2-}")" \
        -secretkeyid "$(hex_of "${2:-certfs}")"
}

# seal_record FILE [ID] [ARGUMENT...]: seals the document on standard input as certfs does.
seal_record() {
    local file=$1 id=${2:-certfs}
    shift $(($# < 2 ? $# : 2))
    openssl cms -encrypt -binary -outform DER -aes-256-gcm -secretkey "$(hex_key "$id")" \
        -secretkeyid "$(hex_of "$id")" "$@" -out "$file"
}

# record_of NAME GENERATION [ACCEPT] [IDENTIFIER]: the document of a record of the set NAME.
record_of() {
    jq -c --argjson generation "$2" --argjson accept "${3:-[]}" --arg identifier "${4-}" '. + {Accept: $accept,
        CertificateIdentifier: $identifier, KmsKeyId: "certfs",
        Record: {Format: 1, Generation: $generation, Committed: 1700000000}}' \
        "$PKI/$1.json"
}
