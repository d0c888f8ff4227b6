#!/usr/bin/env bats
# Hostile documents, and some that take judges over to loop and to crash, beside a reader of cert.pem and key.pem: the
# reader hardly notices, and nothing is left behind.

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

# own_documents: hostile ones that need nothing from elsewhere, one a line.
own_documents() {
    local wide
    wide=$(printf '[%.0s' {1..60})
    printf '%s\n' '{' '{"Action":1}' "{\"ssl_ca\":$wide" '{"ssl_ca":"","ssl_cert":"","ssl_key":""}'
    sed 's/MII/MIJ/g' "$PKI/b.json"
    echo
    sed 's/[a-z]\\n/\\n/g' "$PKI/b.json"
    echo
    payload "$PKI/b/cert.pem" "$PKI/b/ca.pem" "$PKI/b/key.pem"
    echo
    payload "$PKI/b/key.pem" "$PKI/b/key.pem" "$PKI/b/cert.pem"
    echo
    payload <(for _ in {1..100}; do cat "$PKI/b/ca.pem"; done) "$PKI/b/cert.pem" "$PKI/a/key.pem"
    echo
}

# Prints what may not grow: descriptors of both processes, their threads, children, and the files of STORE.
belongings() {
    local pid
    for pid in "$SUPERVISOR" "$WORKER"; do
        find "/proc/$pid/fd" -type l | wc -l
        find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l
    done
    pgrep -c -P "$SUPERVISOR"
    find "$STORE" -printf '%P %s %i %T@\n' | sort
    of_status '[.generation, .problems, .remarks, .in_flight]'
}

belongs_as_before() {
    belongings >"$WORK/after"
    cmp -s "$WORK/before" "$WORK/after"
}

resident() {
    awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"
}

@test "hostile documents, and judges that loop, crash and flood on purpose, do not slow a reader down, and leave nothing behind" {
    corpora=$ROOT/../shared/corpora
    own_documents >own
    kinds=(own=own)
    if [ -e "$corpora/hostile.jsonl.xz" ]; then
        python3 "$ROOT/tests/judge/corpora.py" "$corpora" documents >corpus
        kinds+=(corpus=corpus)
    else
        echo "# the corpora are absent: ../shared/corpora beside the repository" >&3
    fi
    for name in loop crash flood; do
        { attack_document judge b $name; echo; } >$name
        kinds+=("$name=$name")
    done
    serve
    import a
    SUPERVISOR=$(supervisor_pid) WORKER=$(worker_pid)
    # Once beforehand: what is made at first use stays.
    for kind in own crash; do
        while read -r line; do
            ! printf '%s' "$line" 2>/dev/null >"$CONTROL"
        done <$kind
    done
    belongings >"$WORK/before"
    resident=$(resident "$WORKER")
    python3 "$LIB/beside.py" "$MNT" 5 "${kinds[@]}" >figures 2>&1 || { cat figures; fail "see above"; }
    grep '^#' figures >&3
    eventually belongs_as_before || diff "$WORK/before" "$WORK/after"
    grown=$(($(resident "$WORKER") - resident))
    echo "# the worker's resident memory grew by $grown KiB" >&3
    [ "$grown" -le 1024 ] || fail "the worker's memory grew by $grown KiB"
    serves a
}
