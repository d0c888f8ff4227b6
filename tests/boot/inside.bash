# inside.bash: what tests/boot/run does and looks at in the machine, as root; $SERVER is mariadb or mysql. A function
# that
# `within` waits for, or that stands before || or &&, runs without errexit: it reports itself what fails.

BIND_UNIT='var-lib-mysql\x2dfiles-certfs.mount'

fail() {
    printf '%s\n' "$*" >&2
    return 1
}

# within SECONDS COMMAND...: looks until it succeeds.
within() {
    local limit=$1 until
    shift
    until=$(($(date +%s%3N) + limit * 1000))
    until "$@"; do
        (($(date +%s%3N) < until)) || fail "not within $limit s: $*" || return
        read -r -t 0.05 <> <(:) || true
    done
}

is_up() {
    systemctl is-system-running --wait
}

property() {
    systemctl show --property="$2" --value "$1"
}

# ---- the server

# MariaDB's client of 11.4 and newer verifies over the local socket too, where there is no name to verify.
client() {
    local options=()
    [ "$SERVER" = mysql ] || options=(--skip-ssl-verify-server-cert)
    "$SERVER" "${options[@]}" "$@"
}

sql() {
    client --batch --skip-column-names --execute="$1"
}

reload() {
    if [ "$SERVER" = mysql ]; then
        sql 'ALTER INSTANCE RELOAD TLS'
    else
        sql 'FLUSH SSL'
    fi
}

server_runs() {
    systemctl is-active "$SERVER" && sql 'DO 0'
}

server_pid() {
    property "$SERVER" MainPID
}

serial() {
    openssl x509 -noout -serial
}

# A new connection is shown what certfs serves.
has_tls() {
    local wanted shown
    wanted=$(serial </run/certfs/cert.pem)
    shown=$(openssl s_client -connect 127.0.0.1:3306 -starttls mysql </dev/null 2>/dev/null | serial) || fail "no TLS" || return
    [ "$wanted" = "$shown" ] || fail "the server shows $shown, certfs serves $wanted"
}

# unharmed PID: the server is still this process, and takes what certfs serves now.
unharmed() {
    [ "$(server_pid)" = "$1" ] || fail "the server was process $1 and is $(server_pid)" || return
    reload && has_tls
}

write_configuration() {
    cat >/etc/mysql/conf.d/certfs.cnf <<END
[mysqld]
ssl_ca   = /run/certfs/ca.pem
ssl_cert = /run/certfs/cert.pem
ssl_key  = /run/certfs/key.pem
secure_file_priv = /var/lib/mysql-files
END
}

# ---- setting up, as README has it

make_pki() {
    local name
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "/CN=Boot CA"
    for name in first second; do
        openssl req -newkey rsa:2048 -nodes -keyout "$name.key" -out "$name.csr" -subj /CN=localhost
        openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -out "$name.pem"
    done
}

set_up() {
    make_pki
    install -d -m 0700 /var/lib/certfs
    certfs --new-key certfs
    systemctl daemon-reload
    systemd-tmpfiles --create certfs.conf
    systemctl enable --now certfs
    certfs-import ca.pem first.pem first.key
    install -d -o mysql -g mysql -m 0750 /var/lib/mysql-files
    install -d -o root -g root -m 0755 /var/lib/mysql-files/certfs
    write_configuration
    systemctl restart "$SERVER"
    has_tls
}

use_fstab() {
    systemctl disable --now certfs
    sed -i /certfs/d /etc/fstab
    cat >>/etc/fstab <<END
/var/lib/certfs  /run/certfs  fuse.certfs  owner=mysql,nofail,x-systemd.requires-mounts-for=/etc/certfs/keys,x-systemd.after=systemd-tmpfiles-setup.service  0  0
END
}

# use_import service|fstab
use_import() {
    local unit=certfs.service
    if [ "$1" = service ]; then
        echo CERTFS_OPTIONS=owner=mysql,sql_import=binlog >/etc/default/certfs
    else
        unit=run-certfs.mount
        sed -i 's/owner=mysql,/owner=mysql,sql_import=binlog,/' /etc/fstab
    fi
    cat >>/etc/fstab <<END
/run/certfs/import  /var/lib/mysql-files/certfs  none  bind,nofail,x-systemd.requires=$unit,x-systemd.wanted-by=$unit  0  0
END
    client </usr/local/share/certfs/certfs.sql
}

# ---- the mount

unit_of() {
    if [ "$1" = service ]; then
        echo certfs.service
    else
        echo run-certfs.mount
    fi
}

# The supervisor is the parent of the worker.
supervisor() {
    local pid
    for pid in $(pgrep -x certfs); do
        ! pgrep -x -P "$pid" certfs >/dev/null || echo "$pid"
    done
}

process_of() {
    if [ "$1" = supervisor ]; then
        supervisor
    else
        pgrep -x -P "$(supervisor)" certfs
    fi
}

mount_point_is_closed() {
    ! : >/run/certfs/control || fail "a payload could be written to the bare mount point"
}

tmpfiles_again() {
    local before output
    before=$(stat --format='%a %u %g' /run/certfs)
    output=$(systemd-tmpfiles --create certfs.conf 2>&1; systemd-tmpfiles --create --remove --clean --boot certfs.conf 2>&1)
    [ -z "$output" ] || fail "it says $output" || return
    [ "$(stat --format='%a %u %g' /run/certfs)" = "$before" ] || fail "the mount's root has changed" || return
    reload && has_tls
}

started_in_order() {
    local certfs server
    certfs=$(property "$(unit_of "$1")" ActiveEnterTimestampMonotonic)
    server=$(property "$SERVER" ExecMainStartTimestampMonotonic)
    [ "$certfs" -gt 0 ] && [ "$certfs" -lt "$server" ] || fail "certfs at $certfs us, the server at $server us" || return
    has_tls
}

files_are_seen() {
    local pid
    [ "$(readlink /proc/1/ns/mnt)" = "$(readlink "/proc/$(supervisor)/ns/mnt")" ] || fail "certfs has a mount namespace" || return
    cmp /proc/1/root/run/certfs/cert.pem first.pem || cmp /proc/1/root/run/certfs/cert.pem second.pem || return
    pid=$(server_pid)
    cmp /proc/1/root/run/certfs/cert.pem "/proc/$pid/root/run/certfs/cert.pem"
}

restart() {
    local pid
    pid=$(server_pid)
    systemctl restart "$(unit_of "$1")"
    unharmed "$pid"
}

rotate() {
    local next=second
    ! cmp -s /run/certfs/cert.pem second.pem || next=first
    certfs-import ca.pem "$next.pem" "$next.key"
    reload
    has_tls
    [ "$(serial <"$next.pem")" = "$(serial </run/certfs/cert.pem)" ]
}

# Processes that are stopped answer nothing, as one that hangs.
hang() {
    local pids status=0
    mapfile -t pids < <(pgrep -x certfs)
    kill -STOP "${pids[@]}"
    timeout 60 systemctl restart "$SERVER" || status=$?
    kill -CONT "${pids[@]}"
    [ "$status" = 1 ] || fail "the start returned $status" || return
    systemctl start "$SERVER"
    has_tls
}

remount() {
    local pid
    pid=$(server_pid)
    umount /run/certfs
    mount_point_is_closed
    mount /run/certfs
    unharmed "$pid"
}

# The worker is replaced; without the supervisor the mount is dead, since nobody keeps its descriptors.
mount_again() {
    local pid
    pid=$(server_pid)
    kill -KILL "$(process_of worker)"
    unharmed "$pid"
    kill -KILL "$(process_of supervisor)"
    within 5 not_served
    mount /run/certfs
    unharmed "$pid"
}

not_served() {
    ! cat /run/certfs/cert.pem >/dev/null 2>&1
}

# ---- certfs dies

# back PID: it is gone and certfs serves again.
back() {
    [ ! -e "/proc/$1" ] && systemctl --quiet is-active certfs && cat /run/certfs/key.pem >/dev/null && reload
} 2>/dev/null

# read_on: opens and reads the set all the time, until the file `stop` is there; each failure is a line in `failures`.
read_on() {
    rm -f stop failures
    until [ -e stop ]; do
        cat /run/certfs/ca.pem /run/certfs/key.pem >/dev/null 2>>failures || echo failed >>failures
    done
}

# beside_readers COMMAND...: no open fails meanwhile.
beside_readers() {
    local reader status=0
    read_on &
    reader=$!
    "$@" || status=$?
    : >stop
    wait "$reader"
    [ ! -s failures ] || fail "$(sort failures | uniq -c)" || return
    return "$status"
}

# killed supervisor|worker
killed() {
    local victim server
    server=$(server_pid)
    victim=$(process_of "$1")
    kill -KILL "$victim"
    within 5 back "$victim"
    unharmed "$server"
}

killed_often() {
    local _
    for _ in {1..10}; do
        killed supervisor
    done
}

# With set -e in a condition nothing would stop at a failure: so each of these is a process of its own.
in_turn() {
    beside_readers bash -c 'set -euo pipefail; . ./inside.bash; "$@"' in_turn "$@"
}

new_program_runs() {
    local pid
    pid=$(property certfs MainPID)
    [ "$(supervisor)" = "$pid" ] || fail "the main process is $pid, the supervisor $(supervisor)" || return
    [ "/proc/$pid/exe" -ef /usr/local/bin/certfs ] || fail "the program that runs is not the installed one"
}

# The same process goes on as the installed program, and so does the server.
upgrade() {
    local server main
    server=$(server_pid)
    main=$(property certfs MainPID)
    make -s -C /src install
    systemctl daemon-reload
    systemctl reload certfs
    [ "$(property certfs MainPID)" = "$main" ] || fail "the supervisor is another process" || return
    new_program_runs
    ! grep '(deleted)$' "/proc/$main/maps" | grep -v -e /memfd: -e /secretmem || return
    unharmed "$server"
}

# needrestart calls what is installed for it.
mended_library() {
    local file
    file=$(readlink -f "$(ldconfig -p | awk '/libssl.so.3 / { print $NF; exit }')")
    cp -a "$file" "$file.new"
    mv "$file.new" "$file"
    grep -q 'libssl.*(deleted)$' "/proc/$(process_of worker)/maps" || fail "nothing was to be reloaded" || return
    /etc/needrestart/restart.d/certfs.service
    new_program_runs
    ! grep '(deleted)$' "/proc/$(process_of worker)/maps" | grep -v -e /memfd: -e /secretmem
}

# A program that others can replace: systemctl shows that it was not executed, and the one that runs serves on.
failed_upgrade() {
    local server main
    server=$(server_pid)
    main=$(property certfs MainPID)
    chmod o+w /usr/local/bin
    ! systemctl reload certfs || fail "the reload did not fail"
    chmod o-w /usr/local/bin
    systemctl --quiet is-active certfs
    [ "$(property certfs MainPID)" = "$main" ]
    unharmed "$server"
}

# The administrator's own file of that name counts, and ours does not.
override() {
    local folder=/etc/systemd/system/$SERVER.service.d
    mkdir -p "$folder"
    : >"$folder/10-certfs.conf"
    systemctl daemon-reload
    ! systemctl cat "$SERVER" | grep -F 'timeout --signal=KILL' || fail "the drop-in is still there" || return
    rm -r "$folder"
    systemctl daemon-reload
    systemctl cat "$SERVER" | grep -F 'timeout --signal=KILL'
}

# The ready-made script connects as the owner of the files, who is a user of the server's own in MariaDB.
on_change() {
    local pid
    [ "$SERVER" = mariadb ] || return 0
    echo CERTFS_OPTIONS=owner=mysql,on_change=/usr/local/share/certfs/on-change-mariadb >/etc/default/certfs
    systemctl restart certfs
    pid=$(server_pid)
    certfs-import ca.pem ca.pem ca.key
    within 20 has_tls || { cat /run/certfs/status; return 1; }
    [ "$(server_pid)" = "$pid" ]
    certfs-import ca.pem first.pem first.key
}

uninstall() {
    make -s -C /src uninstall
    systemctl daemon-reload
    ! systemctl cat certfs || fail "certfs.service is still there" || return
    ! systemctl cat "$SERVER" | grep certfs || fail "the server's drop-in is still there" || return
    [ ! -e /usr/local/lib/tmpfiles.d/certfs.conf ] && [ ! -e /etc/needrestart/restart.d/certfs.service ]
}

log_is_found() {
    journalctl --boot --identifier=certfs --no-pager | grep -F 'event=key_open '
}

# ---- something is missing at boot

hide() {
    mv "$1" "$1.away"
}

host_is_up() {
    local banner
    ! systemctl is-system-running | grep -x maintenance || fail "emergency mode" || return
    systemctl is-active ssh
    exec 3<>/dev/tcp/127.0.0.1/22
    read -r -t 5 banner <&3
    [[ $banner == SSH-2.0-* ]] || fail "port 22 says $banner"
}

# A server greets first. An open port 3306 proves nothing: Debian's mariadb.socket keeps it open.
greets() {
    (exec 3<>/dev/tcp/127.0.0.1/3306 && read -r -N 1 -t 3 <&3)
}

nobody_is_let_in() {
    ! systemctl is-active "$SERVER" || fail "the server runs" || return
    ! greets || fail "somebody answers on port 3306" || return
    ! client --connect-timeout=3 --execute='DO 0' || fail "the socket takes connections" || return
    journalctl --boot --unit="$SERVER" --no-pager | grep -F 'not started: there is no /run/certfs/key.pem'
}

# repair PATH service|fstab
repair() {
    mv "$1.away" "$1"
    systemctl start "$(unit_of "$2")"
    # Each connection to mariadb.socket started the server in vain, and systemd allows five starts in ten seconds.
    within 12 systemctl start "$SERVER"
    has_tls
}

sit_in_the_mount() {
    systemd-run --quiet --working-directory=/run/certfs/generations tail -f /dev/null
}

# ---- import/

call() {
    {
        printf "CALL mysql.rds_import_binlog_ssl_material('"
        printf '{"ssl_ca":"%s\\n","ssl_cert":"%s\\n","ssl_key":"%s\\n"}' "$(<ca.pem)" "$(<first.pem)" "$(<first.key)"
        printf "');\n"
    } | client
} 2>/dev/null

call_works() {
    call | grep -x 'SSL material import complete.' && [ "$(property "$BIND_UNIT" ActiveState)" = active ]
}

call_after_kill() {
    local name server victim
    server=$(server_pid)
    for name in worker supervisor; do
        victim=$(process_of "$name")
        kill -KILL "$victim"
        within 5 back "$victim"
        within 5 call_works
    done
    unharmed "$server"
}
