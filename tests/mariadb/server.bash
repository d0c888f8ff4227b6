# server.bash: certfs mounts and throw-away MariaDB servers in a folder of their own; sourced by the bats files.
#
# Each test has a WORLD, a folder under TMPDIR that mysql may enter (bats' own folders are closed to it):
#   WORLD/NAME/     data, socket, log, pid, port of the server NAME
#   WORLD/NAME      or the mount NAME
# Servers and mounts are noted in WORLD/.servers and WORLD/.mounts, so that world_end finds them after a failed test too.

ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
CERTFS=${CERTFS:-$ROOT/build/certfs}
SECONDS_TO_WAIT=60

# What the tests compare is printed in English.
export LC_ALL=C.UTF-8

fail() {
    printf '%s\n' "$*" >&2
    return 1
}

# eventually COMMAND...: looks until it succeeds, every 50 ms, for at most SECONDS_TO_WAIT.
eventually() {
    local until=$((SECONDS + SECONDS_TO_WAIT))
    until "$@"; do
        ((SECONDS < until)) || { fail "never true: $*"; return 1; }
        read -r -t 0.05 <> <(:) || true
    done
}

world_begin() {
    [ "$(id -u)" = 0 ] || skip "mounting for user mysql needs root"
    WORLD=$(mktemp -d "${TMPDIR:-/tmp}/certfs-mariadb.XXXXXX")
    chmod 0755 "$WORLD"
    : >"$WORLD/.servers"
    : >"$WORLD/.mounts"
    cd "$WORLD" || return
}

# Ends what the test started, by pid. A failed test also shows what its servers logged.
world_end() {
    local name status=0
    [ -n "${WORLD-}" ] || return 0
    while read -r name; do
        if [ -z "${BATS_TEST_COMPLETED-}" ]; then
            printf 'the log of server %s ends with\n' "$name"
            tail -n 15 "$WORLD/$name/log"
        fi
        server_stop "$name"
    done <"$WORLD/.servers"
    cd /
    while read -r name; do
        umount "$WORLD/$name" || { status=1; umount --lazy "$WORLD/$name"; }
    done <"$WORLD/.mounts"
    rm -rf --one-file-system "$WORLD"
    return "$status"
}

# ---- mounts

# mount_begin NAME [OPTION...]: certfs at WORLD/NAME.
# Descriptors 3 and 4 are bats' own; a daemon that keeps them would make bats wait for it.
mount_begin() {
    local name=$1
    shift
    mkdir "$WORLD/$name"
    "$CERTFS" "$@" none "$WORLD/$name" 3>&- 4>&-
    echo "$name" >>"$WORLD/.mounts"
}

# import NAME CA CERT KEY: as an operator does it; the exit status is the verdict.
import() {
    payload "$2" "$3" "$4" >"$WORLD/payload.json"
    cat "$WORLD/payload.json" >"$WORLD/$1/control"
}

# ---- servers

# One data directory per run, copied for each server. The lock is for runs with --jobs.
_server_template() {
    local template=$BATS_RUN_TMPDIR/mariadb-data
    (
        flock 9
        [ ! -e "$template.ready" ] || exit 0
        mariadb-install-db --no-defaults --user=root --datadir="$template" --auth-root-authentication-method=normal \
            --skip-test-db --innodb-log-file-size=4M --innodb-buffer-pool-size=8M >"$template.log" 2>&1 || {
            cat "$template.log" >&2
            exit 1
        }
        touch "$template.ready"
    ) 9>"$template.lock" || return
    echo "$template"
}

_server_launch() {
    local name=$1 dir=$WORLD/$1 port=$2
    shift 2
    mariadbd --no-defaults --user=mysql --datadir="$dir/data" --socket="$dir/socket" --pid-file="$dir/data/pid" \
        --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --innodb-buffer-pool-size=8M --innodb-log-file-size=4M \
        --innodb-fast-shutdown=2 --innodb-flush-log-at-trx-commit=0 --performance-schema=off "$@" \
        </dev/null >"$dir/log" 2>&1 3>&- 4>&- &
    echo $! >"$dir/pid"
    echo "$port" >"$dir/port"
}

# True when the server answers, or when it has ended: the caller tells these apart.
_server_settled() {
    sql "$1" -e "DO 0" 2>/dev/null || ! server_lives "$1"
}

server_lives() {
    kill -0 "$(cat "$WORLD/$1/pid")" 2>/dev/null
}

# server_start NAME [OPTION...]: a server on a free port of 127.0.0.1 and on a socket.
# Nobody can reserve a port: the server's own bind decides, and a taken one is tried again with another.
server_start() {
    local name=$1 dir=$WORLD/$1 template port try
    shift
    if [ ! -d "$dir" ]; then
        template=$(_server_template) || return
        mkdir "$dir"
        cp -r "$template" "$dir/data"
        chown -R mysql:mysql "$dir"
        echo "$name" >>"$WORLD/.servers"
    fi
    for try in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 10000))
        _server_launch "$name" "$port" "$@"
        eventually _server_settled "$name" || return
        ! server_lives "$name" || return 0
        grep -q "Can't start server: Bind on TCP/IP port" "$dir/log" || break
    done
    fail "server $name did not start (try $try): $(tail -n 5 "$dir/log")"
}

# Ends by pid, waits, and uses force only when a minute was not enough.
server_stop() {
    local pid
    [ -e "$WORLD/$1/pid" ] || return 0
    pid=$(cat "$WORLD/$1/pid")
    kill "$pid" 2>/dev/null || return 0
    timeout "$SECONDS_TO_WAIT" tail --pid="$pid" -s 0.05 -f /dev/null || kill -KILL "$pid"
}

# sql NAME [ARGUMENT...]: the administrator, over the socket.
sql() {
    local name=$1
    shift
    mariadb --no-defaults --socket="$WORLD/$name/socket" --user=root --batch --skip-column-names "$@"
}

# client NAME [ARGUMENT...]: the account app, over TCP.
client() {
    local name=$1
    shift
    mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="$(cat "$WORLD/$name/port")" --user=app \
        --batch --skip-column-names "$@"
}

# peer NAME [ARGUMENT...]: what a new TLS connection is shown, before anybody logs in.
peer() {
    local name=$1
    shift
    openssl s_client -connect "127.0.0.1:$(cat "$WORLD/$name/port")" -starttls mysql "$@" </dev/null 2>/dev/null
}

# serial NAME: the serial of the certificate that a new connection is shown.
serial() {
    peer "$1" | openssl x509 -noout -serial
}
