#!/usr/bin/env bats
# No mixed set: threads that read ca, cert and key while sets rotate, next to rename on a tmpfs and the ..data link of
# Kubernetes in the same run (torn.c). TORN_ROTATIONS is the number of rotations that all tests of the root set
# together make; those of named sets make a third more.

load ../lib/certfs.bash

# The measurements are printed as comments, which is where bats wants them: on descriptor 3.
ALL_ROTATIONS=${TORN_ROTATIONS:-2000}
SETS=8

setup_file() {
    pki_begin
    make_ca root "" ec:P-256
    make_many_cas "$PKI/many-cas.pem" $((SETS - 1))
    local i kinds=(ec:P-256 ed25519 ec:P-256 ed25519 ec:P-256 ed25519 ec:P-256 rsa:2048)
    for ((i = 0; i < SETS; i++)); do
        make_sized_set "$i" "${kinds[i]}"
    done
    make_torn
}

# make_sized_set NUMBER KIND: its ca.pem has so many certificates more, its leaf a longer name, than others' have.
make_sized_set() {
    local name
    name=$(printf "set-$1-%0*d" $((1 + 7 * ($1 % 3))) 0)
    make_leaf "$name" root "$2"
    mkdir "$PKI/$1"
    { cat "$PKI/root.pem"; certificates_at "$1" "$PKI/many-cas.pem"; } >"$PKI/$1/ca.pem"
    cp "$PKI/$name.pem" "$PKI/$1/cert.pem"
    cp "$PKI/$name-key.pem" "$PKI/$1/key.pem"
    payload_of "$1" >"$PKI/$1.json"
}

# certificates_at COUNT FILE: so many of its first certificates, as PEM.
certificates_at() {
    awk -v count="$1" 'count > 0 { print } /-----END CERT/ { count-- }' "$2"
}

make_torn() {
    export TORN=$BATS_FILE_TMPDIR/torn
    gcc -std=gnu11 -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -I"$ROOT" -pthread -o "$TORN" \
        "$ROOT/tests/snapshot/torn.c" "$ROOT/tests/snapshot/sets.c"
}

test_setup() {
    mount_certfs
    mkdir "$WORK/tmpfs"
    mount -t tmpfs tmpfs "$WORK/tmpfs"
    mkdir "$WORK/tmpfs/rename" "$WORK/tmpfs/kubernetes"
}

# Every set once, and how it is served: $WORK/sets/N.
take_sets() {
    local i file
    for ((i = 0; i < SETS; i++)); do
        import "$i"
        serves "$i"
        mkdir -p "$WORK/sets/$i"
        cp "$PKI/$i.json" "$WORK/sets/$i/payload.json"
        for file in ca cert key; do
            cp "$MNT/$file.pem" "$WORK/sets/$i/$file.pem"
        done
    done
}

# The same as the named set `watched`, and two sets of the named set `other` and of the root set to go back and forth.
take_named_sets() {
    local i
    for ((i = 0; i < SETS; i++)); do
        mkdir -p "$WORK/sets/$i"
        jq -c '{CertificateIdentifier: "watched", Replace: true} + .' "$PKI/$i.json" >"$WORK/sets/$i/payload.json"
        cat "$WORK/sets/$i/payload.json" >"$CONTROL"
        MNT=$MNT/certificates/watched serves "$i"
        cp "$MNT"/certificates/watched/* "$WORK/sets/$i"
    done
    for i in 0 1; do
        import "$i"
        jq -c '{CertificateIdentifier: "other", Replace: true} + .' "$PKI/$i.json" >"$CONTROL"
    done
}

# torn PERCENT [OPTION...]: with this part of all rotations; prints the figures and leaves them in $output.
torn() {
    local rotations=$((ALL_ROTATIONS * $1 / 100)) status=0
    shift
    output=$("$TORN" -n "$rotations" "$@" "$MNT" "$WORK/tmpfs/rename" "$WORK/tmpfs/kubernetes" "$WORK"/sets/* 2>&1 3>&-) ||
        status=$?
    sed 's/^/# /' <<<"$output" >&3
    [ "$status" = 0 ] || fail "$output"
    equal "the last import" "$(of_status .last_request.result)" ok
}

@test "2 threads that read ca, cert and key: every set is whole and current, and every size true" {
    take_sets
    torn 40 -r 2 -i 51
}

@test "8 threads that read ca, cert and key: every set is whole and current, and every size true" {
    take_sets
    torn 40 -r 8 -i 51
}

@test "readers that wait 1 ms between two files get whole sets too, where rename and the link mix them" {
    local other
    take_sets
    torn 10 -r 2 -i 11 -g 1000
    for other in rename kubernetes; do
        ! grep -q "^$other .* 0 mixed" <<<"$output" || fail "$other did not mix either, so this test shows nothing"
    done
}

@test "readers that map the files privately, the key too, get whole sets" {
    take_sets
    torn 5 -r 4 -i 11 -m
}

@test "in the order of MySQL 9, which opens some files more than once, what one snapshot holds is whole" {
    take_sets
    torn 5 -r 4 -i 11 -o Caacka
}

# ---- a worker that dies

# kill_workers TORN: one after the other, each when its sets have been replaced a few times, until torn has ended. How
# many is in $WORK/killed.
kill_workers() {
    local worker killed=0 seen now
    while [ -e "/proc/$1" ]; do
        worker=$(worker_pid) && kill -KILL "$worker" || break
        echo $((++killed)) >"$WORK/killed"
        seen=$(readlink "$MNT/current")
        now=$seen
        while [ -e "/proc/$1" ] && ((${now##*/} < ${seen##*/} + 5)); do
            now=$(readlink "$MNT/current") || break 2
        done
    done
}

# As torn, beside kill_workers.
torn_beside_kills() {
    local status=0 torn rotations=$((ALL_ROTATIONS * $1 / 100))
    shift
    "$TORN" -n "$rotations" "$@" "$MNT" "$WORK/tmpfs/rename" "$WORK/tmpfs/kubernetes" "$WORK"/sets/* >"$WORK/figures" 2>&1 \
        3>&- &
    torn=$!
    kill_workers "$torn"
    wait "$torn" || status=$?
    sed 's/^/# /' "$WORK/figures" >&3
    printf '# %s workers were killed\n' "$(<"$WORK/killed")" >&3
    [ "$status" = 0 ] || fail "$(<"$WORK/figures")"
    (($(<"$WORK/killed") >= 5)) || fail "too few workers were killed"
    equal "the last import" "$(of_status .last_request.result)" ok
}

@test "whenever the worker is killed, sets that are being read stay whole, and none is older than what was answered" {
    take_sets
    torn_beside_kills 10 -r 4 -i 5
}

# ---- named sets

@test "readers of a named set that rotates beside others get whole sets, with the certificate.json that belongs to them" {
    take_named_sets
    torn 25 -r 4 -i 51 -o ackj -c watched -b other
}

@test "a reader that begins with certificate.json and waits 1 ms between two files gets a whole named set" {
    take_named_sets
    torn 6 -r 2 -i 11 -o jcka -g 1000 -c watched -b other
}

@test "readers that map the files of a named set privately get whole sets" {
    take_named_sets
    torn 3 -r 4 -i 11 -o jackj -m -c watched -b other
}
