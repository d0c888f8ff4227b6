#!/usr/bin/env bats
# nginx, stunnel and PostgreSQL read cert, key, ca, ca at each reload: an import soon after one, and a reload as soon as
# its write has returned, serve the new set. READERS_LONG=1: fifty imports for each, 0.05 to 1.9 s after the reload.
# The mount is README's for other programs: owner=root:ssl-cert, key_mode=0440.

load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a ec:P-256
    make_pki b ec:P-256
}

test_setup() {
    getent group ssl-cert >/dev/null || skip "no group ssl-cert: apt-get install ssl-cert"
    mount_certfs -o owner=root:ssl-cert,key_mode=0440
    import a
    PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
}

# begin NAME COMMAND...: a server in the background, in $SERVER; its TLS port is $PORT.
begin() {
    background "$@" >"$WORK/server.log" 2>&1
    SERVER=$BACKGROUND
    eventually presents a || { cat "$WORK/server.log"; return 1; }
}

# STARTTLS: the protocol for openssl -starttls.
presents() {
    local leaf
    leaf=$(openssl x509 -in "$PKI/$1/cert.pem" -noout -fingerprint -sha256)
    # shellcheck disable=SC2086
    [ "$(openssl s_client -connect "127.0.0.1:$PORT" $STARTTLS </dev/null 2>/dev/null |
        openssl x509 -noout -fingerprint -sha256 2>/dev/null)" = "$leaf" ]
}

# Imports soon after the last reload; each must be served after the next one.
rotate() {
    local i set pauses=(0.05 0.3) rounds=4
    [ -z "${READERS_LONG-}" ] || pauses=(0.05 0.15 0.3 0.6 1.0 1.5 1.9) rounds=50
    for ((i = 0; i < rounds; i++)); do
        set=b
        [ $((i % 2)) = 0 ] || set=a
        read -r -t "${pauses[i % ${#pauses[@]}]}" <> <(:) || true
        import "$set"
        kill -HUP "$SERVER"
        eventually presents "$set" || fail "import $i is not served"
    done
    printf '# %s of %s imports served\n' "$i" "$rounds" >&3
}

@test "nginx serves each import after a reload that follows at once" {
    command -v nginx >/dev/null || skip "no nginx: apt-get install nginx-light"
    STARTTLS=
    cat >"$WORK/nginx.conf" <<END
daemon off;
pid $WORK/nginx.pid;
error_log $WORK/error.log;
events {}
http {
    access_log off;
    server {
        listen 127.0.0.1:$PORT ssl;
        ssl_certificate $MNT/cert.pem;
        ssl_certificate_key $MNT/key.pem;
        ssl_client_certificate $MNT/ca.pem;
        ssl_verify_client optional;
    }
}
END
    begin nginx -c "$WORK/nginx.conf"
    rotate
    kill -QUIT "$SERVER"
    wait "$SERVER"
}

@test "stunnel serves each import after a reload that follows at once" {
    command -v stunnel4 >/dev/null || skip "no stunnel: apt-get install stunnel4"
    STARTTLS=
    cat >"$WORK/stunnel.conf" <<END
foreground = yes
pid =
[tls]
accept = 127.0.0.1:$PORT
connect = 127.0.0.1:9
cert = $MNT/cert.pem
key = $MNT/key.pem
CAfile = $MNT/ca.pem
verifyChain = no
END
    begin stunnel4 "$WORK/stunnel.conf"
    rotate
}

@test "PostgreSQL serves each import after a reload that follows at once" {
    local programs
    programs=$(find /usr/lib/postgresql -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
    [ -n "$programs" ] || skip "no PostgreSQL: apt-get install postgresql"
    STARTTLS="-starttls postgres"
    install -d -o postgres -g postgres -m 0700 "$WORK/data"
    (as_postgres "$programs/initdb" -D "$WORK/data" >/dev/null)
    begin as_postgres "$programs/postgres" -D "$WORK/data" -p "$PORT" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories= -c ssl=on -c ssl_ca_file="$MNT/ca.pem" -c ssl_cert_file="$MNT/cert.pem" \
        -c ssl_key_file="$MNT/key.pem"
    rotate
    kill -INT "$SERVER"
    wait "$SERVER" || true
}

# A member of ssl-cert here, whether or not it is one on the host.
as_postgres() {
    exec setpriv --reuid=postgres --regid=postgres --groups="$(getent group ssl-cert | cut -d: -f3)" "$@"
}
