"""removal.py CERTFS WORK PKI SET A B MAPPING: every way to remove SET ("" is the root set), in every state of it.

Each cell imports A and B of PKI, brings the set into its state, puts two records aside beside its record, and removes
it. Nothing of the set may then be in the store, in the mount, or in the hands of who held it; nor after a restart.
"""

import json
import os
import re
import subprocess
import sys
import threading

from host import FILES, SECONDS_TO_WAIT, Certfs, Wrong, record_name

certfs, work, pki, identifier, first, second, mapping = sys.argv[1:]
host = Certfs(certfs, work)
name = record_name(identifier)
folder = f"{host.mount}/certificates/{identifier}" if identifier else host.mount
named = {"CertificateIdentifier": identifier, "Replace": True} if identifier else {}


def start():
    said = host.start(f"sql_import={identifier or '/'}")
    if said:
        raise Wrong(f"certfs did not start: {said}")


def restart():
    host.stop()
    start()


def document(what):
    with open(f"{pki}/{what}.json", "rb") as file:
        return json.dumps(json.load(file) | named).encode()


# ---- states: each returns what is looked at after the removal

def unreadable(read):
    try:
        data = read()
    except OSError:
        return
    raise Wrong(f"{len(data)} bytes are still there")


def opened():
    files = [open(f"{folder}/{file}", "rb", buffering=0) for file in FILES]
    data = [file.read() for file in files]

    def look():
        for file in files:
            file.seek(0)
            unreadable(file.read)
            file.close()
    if not all(data):
        raise Wrong("nothing was read before")
    return look


def mapped():
    child = subprocess.Popen([sys.executable, mapping] + [f"{folder}/{file}" for file in FILES], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if child.stdout.readline() != "ready\n":
        raise Wrong("the files cannot be mapped")

    def look():
        told = child.communicate("\n", timeout=SECONDS_TO_WAIT)[0].split()
        if told != ["SIGBUS"] * len(FILES):
            raise Wrong(f"what was mapped: {told}")
    return look


def pinned():
    """A thread in the midst of a pass."""
    begun, go_on, found = threading.Event(), threading.Event(), []

    def read_on():
        with open(f"{folder}/ca.pem", "rb") as file:
            file.read()
        begun.set()
        go_on.wait(SECONDS_TO_WAIT)
        for file in FILES[1:]:
            try:
                with open(f"{folder}/{file}", "rb") as again:
                    found.append(again.read())
            except OSError:
                pass
    reader = threading.Thread(target=read_on)
    reader.start()
    begun.wait(SECONDS_TO_WAIT)

    def look():
        go_on.set()
        reader.join(SECONDS_TO_WAIT)
        if found:
            raise Wrong("a pass went on with what was removed")
    return look


def restarted():
    restart()
    return lambda: None


def restored():
    host.write(json.dumps({"Action": "RestorePrevious"} | {key: named[key] for key in named if key != "Replace"}).encode())
    return lambda: None


STATES = [opened, mapped, pinned, restarted, restored]


# ---- ways

def removal():
    return json.dumps({"Action": "rds_remove_binlog_ssl_material"} |
                      ({"CertificateIdentifier": identifier.swapcase()} if identifier else {})).encode()


def by_request():
    answer = json.loads(host.ask(removal()))
    if answer["result"] != "ok" or not answer["changed"] or [w for w in answer["warnings"] if w["name"] != "files_gone"]:
        raise Wrong(f"the answer is {answer}")


def by_delete():
    listed = json.loads(host.ask(b'{"Action":"DescribeCertificates"}'))["Certificates"]
    arn = [found["CertificateArn"] for found in listed if found["CertificateIdentifier"] == identifier]
    answer = json.loads(host.ask(json.dumps({"Action": "DeleteCertificate", "CertificateArn": arn[0]}).encode()))
    if "Certificate" not in answer or "warnings" in answer:
        raise Wrong(f"the answer is {answer}")


def by_drop():
    host.write(b'{"Action":"rds_remove_binlog_ssl_material"}', "import/request")


WAYS = [by_request, by_delete, by_drop] if identifier else [by_request, by_drop]


# ---- cells

def check():
    left = [file for file in os.listdir(host.store) if not re.fullmatch(r"generation\.\d+", file)]
    if left:
        raise Wrong(f"in the store is {left}")
    if os.path.exists(f"{folder}/key.pem") or os.listdir(f"{host.mount}/certificates"):
        raise Wrong("the set is still served")
    problems = host.status()["problems"]
    if problems:
        raise Wrong(f"the problems are {problems}")


def cell(state, way):
    for what in (first, second):
        host.write(document(what))
    look = state()
    for ending in (".unopened", ".unopened.2"):
        with open(f"{host.store}/{name}", "rb") as record, open(f"{host.store}/{name}{ending}", "wb") as aside:
            aside.write(record.read())
    way()
    check()
    look()


start()
for one_way in WAYS:
    for one_state in STATES:
        try:
            cell(one_state, one_way)
        except (Wrong, OSError) as wrong:
            sys.exit(f"{identifier or '/'}, {one_state.__name__}, {one_way.__name__}: {wrong!r}")
    restart()
    check()
host.stop()
print(f"{len(WAYS) * len(STATES)} cells")
