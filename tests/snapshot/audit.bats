#!/usr/bin/env bats
# The readers of the key and the importers: lines in the log, readers in status, figures in metrics.

bats_require_minimum_version 1.5.0
load ../lib/certfs.bash

setup_file() {
    pki_begin
    make_pki a rsa:2048
    make_pki b ec:P-256
    payload "$PKI/a"/{ca,cert}.pem "$PKI/b/key.pem" >"$PKI/mixed.json"
    make_ca root
    make_dated old root 200101000000Z 210101000000Z
    payload "$PKI/root.pem" "$PKI/old.pem" "$PKI/old-key.pem" >"$PKI/old.json"
    sed 's/^{/{"Accept":["expired"],/' "$PKI/old.json" >"$PKI/waived.json"
}

test_setup() {
    LOGIN=$(cat /proc/self/loginuid)
    [ "$LOGIN" != 4294967295 ] || LOGIN=-
    LOG=$WORK/log
}

# mount_in_foreground [OPTION...]: its standard error goes to LOG.
mount_in_foreground() {
    mkdir "$MNT"
    background "$CERTFS" -f "$@" none "$MNT" 2>"$LOG"
    eventually test -e "$CONTROL"
    processes >>"$WORK/.processes"
}

# logged PATTERN: a line of the log matches, sooner or later.
logged() {
    eventually grep -Eq -- "$1" "$LOG" || fail "no line matches '$1' in: $(cat "$LOG")"
}

# how_many PATTERN
how_many() {
    grep -Ec -- "$1" "$LOG" || true
}

opened_times() {
    [ "$(how_many 'event=key_open ')" = "$1" ]
}

# leaf NAME: the SHA-256 of the certificate, as the log has it.
leaf() {
    openssl x509 -in "$PKI/$1/cert.pem" -outform DER | sha256sum | cut -d' ' -f1
}

# hold USER: a process of that user that reads the key and stays, its pid in HOLDER. Nobody ever writes into `never`.
hold() {
    mkfifo -m 0666 "$WORK/holding" "$WORK/never"
    # shellcheck disable=SC2016 # the inner shell expands
    background setpriv --reuid="$1" --regid="$(id -g "$1")" --clear-groups bash -c \
        'cat() { while read -r _; do :; done; }; cat <"$1/key.pem"; echo >"$2/holding"; read -r <"$2/never"' \
        holder "$MNT" "$WORK"
    HOLDER=$BACKGROUND
    read -r -t "$SECONDS_TO_WAIT" _ <>"$WORK/holding"
}

@test "every open of key.pem is a line: uid, gid, pid, program, set and generation" {
    mount_in_foreground
    import a
    hold mysql
    logged "event=key_open time=[0-9TZ:-]+ uid=$(id -u mysql) gid=$(id -g mysql) login=$LOGIN pid=$HOLDER program=bash set=/ generation=1\$"
    cat "$MNT/key.pem" "$MNT/key.pem" >/dev/null
    logged 'event=key_open .*uid=0 gid=0 .*program=cat '
    eventually opened_times 3
    equal "lines about opens that are not of a key" "$(how_many 'event=[^k].*open|c(ert|a)\.pem')" 0
}

@test "a key of a named set that is opened is a line that names the set" {
    mount_in_foreground
    import a
    import_named Replica-1 b
    cat "$MNT/certificates/Replica-1/key.pem" >/dev/null
    logged 'event=key_open .* uid=0 gid=0 .* program=cat set=Replica-1 generation=2$'
    equal "lines about the root set" "$(how_many 'event=key_open .* set=/ ')" 0
}

@test "a key that is opened below generations is a line too, with that generation" {
    mount_in_foreground
    import a
    import b
    cat "$MNT/generations/1/key.pem" >/dev/null
    logged 'event=key_open .* uid=0 gid=0 .* program=cat set=/ generation=1$'
}

@test "an open that is refused by its mode is no line" {
    mount_in_foreground
    import a
    run setpriv --reuid=nobody --regid=nogroup --clear-groups cat "$MNT/key.pem"
    [ "$status" != 0 ] || fail "nobody can read the key"
    cat "$MNT/key.pem" >/dev/null
    logged 'event=key_open .* uid=0 '
    equal "all lines" "$(how_many 'event=key_open')" 1
}

@test "every import is a line: uid, pid, program, set, generation, old and new leaf" {
    mount_in_foreground
    import a
    logged "event=request .* via=control action=rds_import_binlog_ssl_material result=ok reason=- uid=0 gid=0 login=$LOGIN pid=[0-9]+ program=cat set=/ generation=1 old=- new=$(leaf a) waived=- field=- message=.imported"
    import b
    logged "action=rds_import_binlog_ssl_material result=ok .* program=cat set=/ generation=2 old=$(leaf a) new=$(leaf b) "
    remove_material
    logged "action=rds_remove_binlog_ssl_material result=ok .* program=bash set=/ generation=3 old=$(leaf b) new=- "
}

@test "requests about a named set are lines that name it as it was written first" {
    local arn
    mount_in_foreground
    import a
    import_named Replica-1 a
    logged "action=rds_import_binlog_ssl_material .* set=Replica-1 generation=2 old=- new=$(leaf a) .*message=.imported Replica-1"
    import_named replica-1 b
    logged "action=rds_import_binlog_ssl_material .* set=Replica-1 generation=3 old=$(leaf a) new=$(leaf b) .*message=.imported"
    run import_named replica-1 mixed
    logged "result=refused reason=key_mismatch .* set=Replica-1 generation=3 old=$(leaf b) new=$(leaf b) "
    jq -c '{CertificateIdentifier: "bundle", CertificatePem: .ssl_ca}' "$PKI/a.json" >"$WORK/document"
    cat "$WORK/document" >"$CONTROL"
    logged 'action=ImportCertificate .* set=bundle generation=4 old=- new=[0-9a-f]{64} .*message=.imported bundle'
    arn=$(jq -r .CertificateArn "$MNT/certificates/Replica-1/certificate.json")
    echo '{"Action":"AddTagsToResource","ResourceArn":"'"$arn"'","Tags":[{"Key":"team","Value":"db"}]}' >"$CONTROL"
    logged "action=AddTagsToResource .* set=Replica-1 generation=4 old=$(leaf b) new=$(leaf b) .*message=.Replica-1 has 1 tags"
    echo '{"Action":"DeleteCertificate","CertificateArn":"'"$arn"'"}' >"$CONTROL"
    logged "action=DeleteCertificate .* set=Replica-1 generation=5 old=$(leaf b) new=- .*message=.deleted Replica-1"
}

@test "the longest name of a set leaves room for the rest of the line" {
    local name
    name=$(printf '%*s' 255 '' | tr ' ' x)
    mount_in_foreground
    import_named "$name" waived
    logged "set=$name generation=1 old=- new=[0-9a-f]{64} waived=expired field=- message=.imported that set generation 1: .*"
    cat "$MNT/certificates/$name/key.pem" >/dev/null
    logged "event=key_open .* set=$name generation=1\$"
}

@test "a refused import is a line with its reason, and the leaf stays what it was" {
    mount_in_foreground
    import a
    run import mixed
    logged "result=refused reason=key_mismatch uid=0 .* set=/ generation=1 old=$(leaf a) new=$(leaf a) waived=- field=[a-z_]+ message="
    run import old
    logged "reason=expired .* generation=1 old=$(leaf a) new=$(leaf a) "
}

@test "the lines of an import that waives a reason name it" {
    mount_in_foreground
    import waived
    logged 'generation=1 old=- new=[0-9a-f]{64} waived=expired '
}

# audit_lines PYTHON...: runs it for each audit line with F, a dict of its fields, read by README's rule.
audit_lines() {
    python3 - "$LOG" "$1" <<'PYTHON'
import re, sys
VALUE = re.compile(r'([a-z0-9_]+)=("((?:[ !#-\[\]-~]|\\["\\]|\\x[0-9A-F]{2})*)"|[A-Za-z0-9._:/+-]+)( |$)')
ESCAPE = re.compile(r'\\(x..|.)')
def parse(line):
    fields, at = {}, 0
    while at < len(line):
        match = VALUE.match(line, at)
        assert match, f"not as documented at {at}: {line}"
        text = match[3] if match[3] is not None else match[2]
        if match[3] is not None:
            text = ESCAPE.sub(lambda m: chr(int(m[1][1:], 16)) if m[1][0] == "x" and len(m[1]) == 3 else m[1], text)
        assert match[1] not in fields, f"{match[1]} twice: {line}"
        fields[match[1]] = None if match[2] == "-" else text
        at = match.end()
    return fields
for line in open(sys.argv[1], encoding="ascii"):
    line = line.rstrip("\n")
    assert line.startswith("certfs: "), line
    if line.startswith("certfs: event="):
        F = parse(line[8:])
        exec(sys.argv[2])
PYTHON
}

@test "each audit line is fields as documented, and they describe the event" {
    mount_in_foreground
    import a
    run import mixed
    cat "$MNT/key.pem" >/dev/null
    logged 'event=key_open'
    # shellcheck disable=SC2016
    audit_lines '
who = ["uid", "gid", "login", "pid", "program"]
if F["event"] == "key_open":
    assert list(F) == ["event", "time"] + who + ["set", "generation"], list(F)
else:
    assert list(F) == (["event", "time", "via", "action", "result", "reason"] + who +
                       ["set", "generation", "old", "new", "waived", "field", "message"]), list(F)
    assert (F["result"] == "refused") == (F["reason"] is not None)
assert F["program"] == "cat" and F["uid"] == F["gid"] == "0" and F["set"] == "/" and F["generation"] == "1"
login = open("/proc/self/loginuid").read()
assert F["login"] == (None if login == "4294967295" else login), F
print(F["event"], F.get("result"), F.get("reason"))' >"$WORK/seen"
    equal "the lines" "$(cat "$WORK/seen")" \
        $'request ok None\nrequest refused key_mismatch\nkey_open None None'
}

@test "no name of a program forges a line or a field, and no line holds a byte of a key" {
    local line evil=$WORK/$'x\n" uid=7 \\='
    mount_in_foreground
    import a
    cp "$(type -P cat)" "$evil"
    "$evil" "$MNT/key.pem" >/dev/null
    "$evil" "$PKI/b.json" >"$CONTROL"
    logged 'generation=2'
    audit_lines 'assert F["uid"] == "0"; print(repr(F["program"]))' | sort | uniq -c >"$WORK/seen"
    equal "programs" "$(tr -s ' ' <"$WORK/seen")" $' 1 \'cat\'\n 2 \'x\\n" uid=7 \\\\=\''
    while read -r line; do
        ! grep -qF -- "${line:0:32}" "$LOG" || fail "the log holds a line of the key"
    done < <(grep -v -e '-----' "$MNT/key.pem")
}

# ---- a log that nobody takes off

@test "a log reader that is stopped delays no reader and no import, and what was not listed is counted afterwards" {
    mkfifo "$WORK/pipe"
    background cat "$WORK/pipe" >"$WORK/lines"
    local reader=$BACKGROUND
    LOG=$WORK/pipe
    mount_in_foreground
    import a
    kill -STOP "$reader"
    python3 - "$MNT" "$PKI/b.json" "$PKI/a.json" <<'PYTHON'
import os, sys, time
mount, payloads = sys.argv[1], [open(path, "rb").read() for path in sys.argv[2:]]
slowest = 0
for turn in range(20000):
    begin = time.monotonic()
    descriptor = os.open(f"{mount}/key.pem", os.O_RDONLY)
    assert os.read(descriptor, 65536)
    os.close(descriptor)
    slowest = max(slowest, time.monotonic() - begin)
    if turn % 5000 == 0:
        control = os.open(f"{mount}/control", os.O_WRONLY)
        assert os.write(control, payloads[turn // 5000 % 2]) == len(payloads[turn // 5000 % 2])
        os.close(control)
assert slowest < 2, f"a read took {slowest:.1f} s"
PYTHON
    kill -CONT "$reader"
    eventually grep -Eq 'event=key_open .* count=' "$WORK/lines"
    equal "the count in metrics" "$(awk '$1 == "certfs_key_opens_total" { print $2 }' "$MNT/metrics")" 20000
    LOG=$WORK/lines
    eventually all_accounted 20000
}

# all_accounted COUNT: the lines of opens stand for so many.
all_accounted() {
    [ "$(accounted event=key_open)" = "$1" ]
}

# accounted PATTERN: how many events the lines that match stand for.
accounted() {
    awk -v pattern="$1" '$0 ~ pattern { sum += match($0, / count=[0-9]+/) ? substr($0, RSTART + 7, RLENGTH - 7) : 1 }
        END { print sum + 0 }' "$LOG"
}

@test "a log reader that is stopped delays neither the program of on_change= nor SIGTERM" {
    printf '%s\n' '#!/bin/sh' 'echo it ran' >"$WORK/program"
    chmod 0755 "$WORK/program"
    mkfifo "$WORK/pipe"
    background cat "$WORK/pipe" >"$WORK/lines"
    local reader=$BACKGROUND supervisor name
    name=$(printf '%*s' 255 '' | tr ' ' x)
    LOG=$WORK/pipe mount_in_foreground -o "on_change=$WORK/program"
    supervisor=$BACKGROUND
    import_named "$name" a
    kill -STOP "$reader"
    python3 -c 'import os, sys; [os.close(os.open(sys.argv[1], os.O_RDONLY)) for _ in range(20000)]' \
        "$MNT/certificates/$name/key.pem"
    import b
    eventually ran_for 2
    kill -TERM "$supervisor"
    ended "$supervisor"
    [ -z "$(mounts)" ] || fail "it is still mounted"
}

ran_for() {
    [ "$(of_status .on_change)" = "$1 exit 0: it ran" ]
}

@test "a member of import_group that floods the log hides neither root's imports and opens nor its own opens" {
    chmod 0755 "$WORK"
    mount_in_foreground -o sql_import=binlog,import_group="$(id -gn mysql)"
    import a
    background setpriv --reuid=mysql --regid="$(id -g mysql)" --clear-groups /usr/bin/python3 -c '
import os, sys
turn = 0
while True:
    for turn in range(turn, turn + 200):
        try:
            file = os.open(f"{sys.argv[1]}/import/x{turn}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
            try:
                os.write(file, b"[")
            finally:
                os.close(file)
        except OSError:
            pass
    for _ in range(400):
        os.close(os.open(f"{sys.argv[1]}/key.pem", os.O_RDONLY))
' "$MNT"
    local flood=$BACKGROUND
    logged 'result=refused .* count=[0-9]+ '
    for _ in {1..10}; do
        import b
        cat "$MNT/key.pem" >/dev/null
        import a
    done
    kill "$flood"
    ended "$flood"
    logged ' via=control .* generation=21 '
    audit_lines 'print(F["event"], F.get("via"), F.get("result"), F["uid"], F["set"], "counted" if "count" in F else "")' |
        sort | uniq -c | tr -s ' ' >"$WORK/seen"
    grep -qFx ' 21 request control ok 0 / ' "$WORK/seen" || fail "imports of root: $(cat "$WORK/seen")"
    grep -qFx ' 10 key_open None None 0 / ' "$WORK/seen" || fail "opens of root: $(cat "$WORK/seen")"
    grep -Eqx " [0-9]+ key_open None None $(id -u mysql) / " "$WORK/seen" || fail "his opens: $(cat "$WORK/seen")"
    grep -Eqx " [0-9]+ request import refused $(id -u mysql) binlog counted" "$WORK/seen" || fail "$(cat "$WORK/seen")"
    ! grep -q ' lines were lost' "$LOG" || fail "lines were lost"
}

@test "a supervisor that is stopped for a while loses no import" {
    mount_in_foreground
    local supervisor=$BACKGROUND
    import a
    kill -STOP "$supervisor"
    python3 - "$CONTROL" "$PKI/b.json" "$PKI/a.json" <<'PYTHON'
import os, sys
payloads = [open(path, "rb").read() for path in sys.argv[2:]]
for turn in range(1000):
    file = os.open(sys.argv[1], os.O_WRONLY)
    assert os.write(file, payloads[turn % 2]) == len(payloads[turn % 2])
    os.close(file)
PYTHON
    kill -CONT "$supervisor"
    logged 'event=request .* generation=1001 '
    equal "listed imports" "$(how_many 'event=request .* result=ok reason=- uid=0 ')" 1001
}

@test "lines that were not written at the end of certfs are written before it ends" {
    mount_in_foreground
    local supervisor=$BACKGROUND
    import a
    run import mixed
    run import mixed
    run import mixed
    kill -TERM "$supervisor"
    ended "$supervisor"
    equal "the refusals" "$(accounted result=refused)" 3
}

@test "a refused request of import/ is about its set, one of control that was not understood about none" {
    mount_in_foreground -o sql_import=binlog
    run bash -c "echo '{\"x\":1}' >'$MNT/import/a'"
    logged 'via=import action=- result=refused reason=unknown_field .* set=binlog '
    run bash -c "echo '{\"CertificateIdentifier\":\"other\\\"set=/\",\"Action\":\"rds_remove_binlog_ssl_material\"}' >'$MNT/import/b'"
    logged 'via=import action=rds_remove_binlog_ssl_material result=refused reason=unsupported .* set=binlog '
    run bash -c "echo '[' >'$MNT/import/c'"
    logged 'via=import action=- result=refused reason=malformed_json .* set=binlog '
    run bash -c "echo '{\"x\":1}' >'$CONTROL'"
    logged 'via=control action=- result=refused reason=unknown_field .* set=- '
}

@test "each of a burst of opens is listed or counted" {
    mount_in_foreground
    import a
    python3 -c 'import os, sys; [os.close(os.open(sys.argv[1], os.O_RDONLY)) for _ in range(3000)]' "$MNT/key.pem"
    eventually all_accounted 3000 || fail "listed: $(how_many 'event=key_open'), counted: $(grep -o 'count=[0-9]*' "$LOG")"
}

# ---- status.readers and metrics

# reader FILTER: of the one reader in status.
reader() {
    of_status ".readers[0]$1"
}

readers_are() {
    [ "$(of_status '.readers | length')" = "$1" ]
}

@test "status lists each process that holds on after reading the key, whether its set is current, and drops it when it ends" {
    mount_certfs
    import a
    hold mysql
    eventually readers_are 1
    equal "the reader" "$(of_status '.readers[0] | [.pid, .uid, .program, .generation, .current]')" \
        "[$HOLDER,$(id -u mysql),\"bash\",1,true]"
    import b
    equal "current after a rotation" "$(reader .current)" false
    equal "its generation" "$(reader .generation)" 1
    kill "$HOLDER"
    eventually is_gone "$HOLDER"
    eventually readers_are 0
}

@test "a process that reads the new key is current again, and stays one reader" {
    mount_certfs
    import a
    mapfile -t first <"$MNT/key.pem"
    eventually readers_are 1
    import b
    equal "current after a rotation" "$(reader .current)" false
    mapfile -t second <"$MNT/key.pem"
    [ "${first[*]}" != "${second[*]}" ] || fail "the key is the old one"
    eventually reader_is_current
    equal "the readers" "$(of_status '[.readers[] | [.pid, .generation]]')" "[[$BASHPID,2]]"
}

reader_is_current() {
    [ "$(reader .current)" = true ]
}

# reader_of SET FILTER
reader_of() {
    of_status --arg set "$1" ".readers[] | select(.set == \$set) | $2"
}

@test "a process that reads the keys of two sets is a reader of each, and each goes by its own set" {
    mount_certfs
    import a
    import_named one a
    import_named two a
    mapfile <"$MNT/certificates/one/key.pem"
    mapfile <"$MNT/certificates/two/key.pem"
    eventually readers_are 2
    equal "the readers" "$(of_status -S '[.readers[] | [.pid, .set, .generation, .current]]')" \
        "[[$BASHPID,\"one\",2,true],[$BASHPID,\"two\",3,true]]"
    import_named two b
    import b
    equal "of the set that was not rotated" "$(reader_of one .current)" true
    equal "of the one that was" "$(reader_of two '[.generation, .current] | tojson')" '[3,false]'
    mapfile <"$MNT/key.pem"
    eventually readers_are 3
    equal "of the root set" "$(reader_of / '[.generation, .current] | tojson')" '[5,true]'
    equal "readers behind" "$(awk '$1 == "certfs_readers_behind" { print $2 }' "$MNT/metrics")" 1
    echo '{"Action":"rds_remove_binlog_ssl_material","CertificateIdentifier":"one"}' >"$CONTROL"
    equal "of a set that is gone" "$(reader_of one .current)" false
    import_named one a
    equal "of a set that has only the name of the one that is gone" "$(reader_of one .current)" false
}

# metric FILTER: of what prometheus_client makes of metrics: {"name{label=value}": value}.
metric() {
    /usr/bin/python3 - "$MNT/metrics" <<'PYTHON' | jq -r "$1"
import json, sys
from prometheus_client.parser import text_string_to_metric_families
samples = {}
for family in text_string_to_metric_families(open(sys.argv[1]).read()):
    assert family.type in ("gauge", "counter") and family.documentation, family
    for sample in family.samples:
        labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
        key = f"{sample.name}{{{labels}}}" if labels else sample.name
        assert key not in samples, f"{key} stands there twice"
        samples[key] = int(sample.value) # all of ours are whole numbers
        assert samples[key] == sample.value, sample
json.dump(samples, sys.stdout)
PYTHON
}

@test "metrics is read by Prometheus' own parser, and agrees with status" {
    /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || skip "python3-prometheus-client is not installed"
    mount_certfs
    equal "generation" "$(metric .certfs_generation)" 0
    import a
    run import mixed
    run import mixed
    hold mysql
    import b
    eventually readers_are 1
    local material
    material=$(of_status '.material.sha256')
    equal generation "$(metric .certfs_generation)" "$(of_status .generation)"
    equal "not_after" "$(metric '.["certfs_certificate_not_after_timestamp_seconds{set=/}"]')" "$(of_status .material.not_after)"
    equal "sha256" "$(metric 'keys[] | select(startswith("certfs_certificate_info"))')" \
        "certfs_certificate_info{set=/,sha256=$material}"
    equal "the time of the change" "$(metric '.["certfs_last_change_timestamp_seconds{set=/}"]')" "$(stat -c %Y "$MNT/cert.pem")"
    equal "imports" "$(metric '.["certfs_requests_total{reason=,result=ok}"]')" 2
    equal "refused ones" "$(metric '.["certfs_requests_total{reason=key_mismatch,result=refused}"]')" 2
    equal "key opens" "$(metric .certfs_key_opens_total)" 1
    equal "readers" "$(metric .certfs_readers)" "$(of_status '.readers | length')"
    equal "readers behind" "$(metric .certfs_readers_behind)" "$(of_status '[.readers[] | select(.current | not)] | length')"
    equal "problems" "$(metric .certfs_problems)" "$(of_status '.problems | length')"
}

@test "metrics never carries a name from a certificate, and its size never lies" {
    mount_certfs
    import a
    equal "names" "$(grep -c -e 'certfs tests' -e 'CN=' "$MNT/metrics" || true)" 0
    equal "size" "$(stat -c %s "$MNT/metrics")" "$(wc -c <"$MNT/metrics")"
}

# ---- what a read costs

# requests: the kinds of requests since the mark, with their numbers, in one line.
requests() {
    sed "1,/BEGIN/d; /END/,\$d" "$LOG" | sed -nE 's/.*opcode: ([A-Z_]+) .*/\1/p' | sort | uniq -c | awk '{ print $2 "=" $1 }' | xargs
}

# count_requests FILE: of 100 turns of opening, reading to the end and closing, after one that warms up.
count_requests() {
    python3 - "$MNT/$1" "$LOG" <<'PYTHON'
import os, sys
path, log = sys.argv[1:]
def turn():
    descriptor = os.open(path, os.O_RDONLY)
    while os.read(descriptor, 65536):
        pass
    os.close(descriptor)
def mark(text):
    with open(log, "a") as file:
        file.write(text + "\n")
for _ in range(3):
    turn()
mark("BEGIN")
for _ in range(100):
    turn()
mark("END")
PYTHON
    requests
}

@test "a steady open of cert.pem costs one synchronous request, of key.pem one and its reads" {
    mkdir "$MNT"
    : >"$LOG"
    background "$CERTFS" -d none "$MNT" >>"$LOG" 2>&1
    eventually test -e "$CONTROL"
    processes >>"$WORK/.processes"
    import a
    matches cert.pem "$(count_requests cert.pem)" '^OPEN=100( RELEASE=[0-9]+)?$'
    : >"$LOG"
    matches key.pem "$(count_requests key.pem)" '^OPEN=100 READ=200( RELEASE=[0-9]+)?$'
}

# in_thread STATEMENT MOUNT: a thread of python runs it and ends; prints the pid and stays until its input ends.
in_thread() {
    python3 -c '
import os, sys, threading
mount = sys.argv[2]
thread = threading.Thread(target=lambda: exec(sys.argv[1]))
thread.start()
thread.join()
print(os.getpid(), flush=True)
sys.stdin.read()' "$@"
}

@test "a process whose thread opened the key and ended is a reader" {
    mount_certfs
    import a
    coproc READER { in_thread 'open(mount + "/key.pem").close()' "$MNT"; }
    read -r -t "$SECONDS_TO_WAIT" -u "${READER[0]}" pid
    eventually is_listed "$pid"
    eval "exec ${READER[1]}>&-"
}

is_listed() {
    [ "$(of_status '[.readers[].pid]')" = "[$1]" ]
}

@test "a request that a thread wrote is its process's, in status and in the log" {
    mount_in_foreground
    local pid
    pid=$(in_thread 'open(mount + "/control", "wb", 0).write(open(sys.argv[3], "rb").read())' "$MNT" "$PKI/a.json" </dev/null)
    equal "pid in status" "$(of_status .last_request.pid)" "$pid"
    logged "action=rds_import_binlog_ssl_material .* pid=$pid program=python3? "
}
