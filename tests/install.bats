#!/usr/bin/env bats
# make install brings the files that systemd needs, and make uninstall removes all of them. The work of these units on
# a host that boots is shown by make boot.

bats_require_minimum_version 1.5.0

setup() {
    ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
    DIR=$BATS_TEST_TMPDIR/host
    UNITS=$DIR/usr/local/lib/systemd/system
    mkdir "$DIR"
}

# installed TARGET [VARIABLE=VALUE...]: what build/certfs is was built by who runs the tests, so nothing is built here.
installed() {
    make -s -C "$ROOT" "$@" >"$BATS_TEST_TMPDIR/log" 2>&1 || { cat "$BATS_TEST_TMPDIR/log"; return 1; }
}

@test "uninstall leaves no file of install, and no directory that only certfs has" {
    installed install DESTDIR="$DIR"
    [ -x "$DIR/usr/local/bin/certfs" ]
    [ -f "$UNITS/certfs.service" ]
    [ -f "$DIR/usr/local/lib/tmpfiles.d/certfs.conf" ]
    [ -x "$DIR/etc/needrestart/restart.d/certfs.service" ]
    cmp "$ROOT/scripts/systemd/certfs.sysusers" "$DIR/usr/local/lib/sysusers.d/certfs.conf"
    mkdir -p "$UNITS/mysql.service.d"
    touch "$UNITS/mysql.service.d/20-other.conf"
    installed uninstall DESTDIR="$DIR"
    run -0 find "$DIR" -not -type d -o -name '*.d' -o -name '*certfs*'
    [ "$output" = "$(printf '%s\n' "$UNITS/mysql.service.d" "$UNITS/mysql.service.d/20-other.conf")" ]
    installed uninstall DESTDIR="$DIR"
}

@test "every server that may take its files from certfs gets the drop-in, and so do its instances" {
    local name
    installed install DESTDIR="$DIR"
    for name in mariadb mysql mysqld mariadb@ mysql@ mysqld@; do
        cmp "$ROOT/scripts/systemd/database.conf" "$UNITS/$name.service.d/10-certfs.conf"
    done
    # Any of these would restart the server with certfs.
    run ! grep -E '^ *(Requires|BindsTo|PartOf|RequiresMountsFor|RequiredBy)=' "$UNITS/mysql.service.d/10-certfs.conf"
}

@test "the service names the program where it was installed, and asks for nothing that hides the mount" {
    installed install DESTDIR="$DIR" PREFIX=/opt/x BINDIR=/opt/x/sbin
    run -0 grep -c '^ExecStart=/opt/x/sbin/certfs /var/lib/certfs /run/certfs -o ' "$DIR/opt/x/lib/systemd/system/certfs.service"
    grep -qx 'ExecReload=/opt/x/sbin/certfs --reload $MAINPID' "$DIR/opt/x/lib/systemd/system/certfs.service"
    grep -q 'on_change=/opt/x/share/certfs/' "$DIR/opt/x/lib/systemd/system/certfs.service"
    run ! grep -E '^(Private|Protect[SHPK]|ReadOnly|ReadWrite|Inaccessible|BindPaths|BindReadOnly|RootDir|RootImage|Temporary|DynamicUser|RuntimeDirectory|RequiredBy|Mount)' \
        "$DIR/opt/x/lib/systemd/system/certfs.service"
}

@test "systemd understands the units" {
    command -v systemd-analyze >/dev/null || skip "there is no systemd here"
    local name
    installed install PREFIX="$DIR" RESTARTDIR="$DIR/restart.d" MAKE_USERS=:
    for name in mariadb mysql@; do
        printf '[Service]\nExecStart=/bin/true\n' >"$DIR/lib/systemd/system/$name.service"
    done
    SYSTEMD_UNIT_PATH=$DIR/lib/systemd/system: run -0 systemd-analyze verify certfs.service mariadb.service mysql@1.service
    echo "$output"
    [ -z "$output" ]
}

# the_check KEY UNIT: what the drop-in runs before a server, where the key is or is not, and this unit alone is enabled.
# systemctl fails as a whole when one of several units is not known.
the_check() {
    local line
    rm -f "$DIR/key.pem"
    [ "$1" = absent ] || : >"$DIR/key.pem"
    mkdir -p "$DIR/bin"
    cat >"$DIR/bin/systemctl" <<END
#!/bin/sh
[ "\$*" = "is-enabled $2" ] || exit 1
END
    chmod +x "$DIR/bin/systemctl"
    line=$(sed -n 's/^ExecStartPre=+//p' "$ROOT/scripts/systemd/database.conf")
    PATH=$DIR/bin:$PATH bash -c "${line//\/run\/certfs\//$DIR/}"
}

@test "a server is held back only where certfs belongs to the host and its key is not there, with the reason" {
    local unit
    run -0 the_check absent none
    for unit in certfs.service run-certfs.mount; do
        run -0 the_check there "$unit"
        run -1 the_check absent "$unit"
        [[ "$output" == "not started: there is no $DIR/key.pem; "* ]]
    done
}

@test "the users are created where the program is installed for this host, by systemd-sysusers, else by useradd" {
    local tool
    for tool in getent id systemd-sysusers groupadd useradd; do
        printf '#!/bin/sh\necho %s "$@" >>%s/calls\n' "$tool" "$DIR" >"$BATS_TEST_TMPDIR/$tool"
        chmod +x "$BATS_TEST_TMPDIR/$tool"
    done
    printf '#!/bin/sh\necho 0\n' >"$BATS_TEST_TMPDIR/id"
    PATH=$BATS_TEST_TMPDIR:$PATH installed install PREFIX="$DIR/opt"
    [ "$(grep -c useradd "$DIR/calls" || true)" = 0 ]
    : >"$DIR/calls"
    printf '#!/bin/sh\nexit 2\n' >"$BATS_TEST_TMPDIR/getent"
    PATH=$BATS_TEST_TMPDIR:$PATH installed install PREFIX="$DIR/opt"
    [ "$(grep -v -- '^groupadd --system certfs' "$DIR/calls" | cut -d' ' -f1 | xargs)" = "systemd-sysusers useradd useradd" ]
    grep -q '^useradd --system .* certfs-judge$' "$DIR/calls"
    : >"$DIR/calls"
    PATH=$BATS_TEST_TMPDIR:$PATH installed install DESTDIR="$DIR"
    [ ! -s "$DIR/calls" ]
}
