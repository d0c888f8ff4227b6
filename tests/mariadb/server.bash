# server.bash: throw-away MariaDB servers, on top of tests/lib/certfs.bash; sourced by the bats files.
#
# A server NAME has all that is its own in $WORK/NAME: data, socket, log, port, pid. Servers listed in $WORK/.servers
# are ended by its pid, also after a failed test.
# The mounts are $WORK/NAME as well: `at NAME` makes one the mount that the functions of certfs.bash work on.

load ../lib/certfs.bash

# A server that starts, or a replica that connects again, may take its time on a busy host.
# shellcheck disable=SC2034 # certfs.bash uses it
SECONDS_TO_WAIT=60

# ---- mounts and imports

# at NAME: from here on MNT and CONTROL are those of this mount.
at() {
    MNT=$WORK/$1
    CONTROL=$MNT/control
}

# import_set NAME [KEY]: NAME.pem with its key (or that of another set) and the CA, as an operator does it;
# the exit status is the verdict.
import_set() {
    payload_raw "$PKI/ca.pem" "$PKI/$1.pem" "$PKI/${2-$1}-key.pem" >"$WORK/payload.json"
    cat "$WORK/payload.json" >"$CONTROL"
}

# serial_of FILE: the serial of the first certificate in it, as `serial` prints a server's.
serial_of() {
    openssl x509 -noout -serial -in "$1"
}

# ---- servers

# One data directory per run, copied for each server. The lock is for runs with --jobs, --force for bare systems, which
# cannot look up their own name.
_server_template() {
    local template=$BATS_RUN_TMPDIR/mariadb-data
    (
        flock 9
        [ ! -e "$template.ready" ] || exit 0
        mariadb-install-db --no-defaults --user=root --datadir="$template" --auth-root-authentication-method=normal \
            --skip-test-db --force --innodb-log-file-size=4M --innodb-buffer-pool-size=8M >"$template.log" 2>&1 || {
            cat "$template.log" >&2
            exit 1
        }
        touch "$template.ready"
    ) 9>"$template.lock" || return
    echo "$template"
}

# Descriptors 3 and 4 are bats' own; who keeps them makes bats wait.
_server_launch() {
    local name=$1 dir=$WORK/$1 port=$2
    shift 2
    mariadbd --no-defaults --user=mysql --datadir="$dir/data" --socket="$dir/socket" --pid-file="$dir/data/pid" \
        --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --innodb-buffer-pool-size=8M \
        --innodb-log-file-size=4M --innodb-fast-shutdown=2 --innodb-flush-log-at-trx-commit=0 --performance-schema=off \
        "$@" </dev/null >"$dir/log" 2>&1 3>&- 4>&- &
    echo $! >"$dir/pid"
    echo "$port" >"$dir/port"
}

# True when the server answers, or when it has ended: the caller distinguishes these.
_server_settled() {
    sql "$1" -e "DO 0" 2>/dev/null || ! server_lives "$1"
}

server_lives() {
    kill -0 "$(cat "$WORK/$1/pid")" 2>/dev/null
}

# server_start NAME [OPTION...]: a server on a free port of 127.0.0.1 and on a socket.
# Nobody can reserve a port: the server's own bind decides, and a taken one is tried again with another.
server_start() {
    local name=$1 dir=$WORK/$1 template port try
    shift
    if [ ! -d "$dir" ]; then
        template=$(_server_template) || return
        mkdir "$dir"
        cp -r "$template" "$dir/data"
        chown -R mysql:mysql "$dir"
        echo "$name" >>"$WORK/.servers"
    fi
    for try in {1..10}; do
        port=$((20000 + RANDOM % 10000))
        _server_launch "$name" "$port" "$@"
        eventually _server_settled "$name" || return
        ! server_lives "$name" || return 0
        grep -q "Can't start server: Bind on TCP/IP port" "$dir/log" || break
    done
    fail "server $name did not start (try $try): $(tail -n 5 "$dir/log")"
}

# with_mount NAME: the three options that make a server read its files from the mount NAME.
with_mount() {
    printf '%s\n' "--ssl-ca=$WORK/$1/ca.pem" "--ssl-cert=$WORK/$1/cert.pem" "--ssl-key=$WORK/$1/key.pem"
}

# Ends by pid, waits, and uses force only when a minute was not enough.
server_stop() {
    local pid
    [ -e "$WORK/$1/pid" ] || return 0
    pid=$(cat "$WORK/$1/pid")
    kill "$pid" 2>/dev/null || return 0
    ended "$pid" || { kill -KILL "$pid"; return 1; }
}

# A failed test also shows what its servers logged last.
servers_end() {
    local name status=0
    [ -e "${WORK-}/.servers" ] || return 0
    while read -r name; do
        if [ -z "${BATS_TEST_COMPLETED-}" ]; then
            printf 'the log of server %s ends with\n' "$name"
            tail -n 15 "$WORK/$name/log"
        fi
        server_stop "$name" || status=1
    done <"$WORK/.servers"
    return "$status"
}
ENDS=(servers_end "${ENDS[@]}")

# ---- clients

# sql NAME [ARGUMENT...]: the administrator, over the socket. From 11.4 on the client would verify the server there too.
sql() {
    local name=$1
    shift
    mariadb --no-defaults --skip-ssl-verify-server-cert --socket="$WORK/$name/socket" --user=root --batch \
        --skip-column-names "$@"
}

# client NAME [ARGUMENT...]: the account app, over TCP.
client() {
    local name=$1
    shift
    mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="$(cat "$WORK/$name/port")" --user=app \
        --batch --skip-column-names "$@"
}

# log_in NAME [ARGUMENT...]: with the client certificate, trusting nothing but the CA.
log_in() {
    local name=$1
    shift
    client "$name" --ssl-ca="$PKI/ca.pem" --ssl-verify-server-cert --ssl-cert="$PKI/client.pem" \
        --ssl-key="$PKI/client-key.pem" "$@"
}

# peer NAME [ARGUMENT...]: what a new TLS connection is shown, before anybody logs in.
peer() {
    local name=$1
    shift
    openssl s_client -connect "127.0.0.1:$(cat "$WORK/$name/port")" -starttls mysql "$@" </dev/null 2>/dev/null
}

# serial NAME: the serial of the certificate that a new connection is shown.
serial() {
    peer "$1" | openssl x509 -noout -serial
}
