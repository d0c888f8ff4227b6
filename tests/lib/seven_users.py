"""seven_users.py MOUNT SECONDS FOLDER: seven users who mean no good, for so long, while root imports a and b in turn.

FOLDER holds a.json and b.json, two good documents. The users: nobody stats everything; mysql's stand-in (games, the
owner) opens the keys; a member of the group of import/ (mail) floods it with good, bad and unfinished documents; root
sends what is hostile to control; one polls status on many descriptors; one opens texts, reads a piece and closes; one
stops, continues and kills the others, who are started again. At the end root imports once more, and that must be
served. Prints how often each did its work. The seed is printed, and taken from SEED.
"""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time

MOUNT, SECONDS, FOLDER = sys.argv[1], float(sys.argv[2]), sys.argv[3]
SEED = int(os.environ.get("SEED", time.time_ns() % 1000000))
TEXTS = ["status", "metrics", "last"]
FILES = TEXTS + ["control", "ca.pem", "cert.pem", "key.pem", "current", "generations", "certificates", "import",
                 "certificates/one", "certificates/one/certificate.json", "certificates/ONE", "nothing"]


def path(name):
    return os.path.join(MOUNT, name)


def document(name):
    with open(os.path.join(FOLDER, name + ".json"), "rb") as file:
        return file.read()


def send(name, data, flags=os.O_WRONLY):
    descriptor = os.open(path(name), flags, 0o640)
    try:
        return os.write(descriptor, data)
    finally:
        os.close(descriptor)


# Each is a user: called again and again with a random.Random; OSError is the refusal that the user gets.

def stats(chance):
    name = path(chance.choice(FILES))
    os.stat(name, follow_symlinks=False)
    os.statvfs(name)
    os.listxattr(name)
    os.close(os.open(name, os.O_PATH))


def keys(chance):
    for name in ("cert.pem", "key.pem") if chance.random() < 0.9 else ("key.pem",):
        descriptor = os.open(path(name), os.O_RDONLY)
        if chance.random() < 0.1:
            target = os.memfd_create("copy")
            os.sendfile(target, descriptor, 0, 65536)
            os.close(target)
        else:
            assert b"-----END" in os.read(descriptor, 65536)
        os.close(descriptor)


KEPT = []


def imports(chance):
    name = f"import/{chance.randrange(40)}"
    kind = chance.randrange(6)
    if kind == 0:
        os.unlink(path(name))
    elif kind == 1:
        with open(path(name + ".answer"), "rb") as file:
            file.read()
    elif kind == 2:
        if len(KEPT) > chance.randrange(80):
            os.close(KEPT.pop(0))
        KEPT.append(os.open(path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640))
        os.write(KEPT[-1], chance.choice([b"{", b" ", b"{}", b"x", b'{"ssl_ca":"']))
    else:
        send(name, chance.choice([document("a"), document("b"), b"{}", document("a")[:-5]]),
             os.O_WRONLY | os.O_CREAT | os.O_EXCL)


def mutated(chance):
    data = bytearray(document(chance.choice("ab")))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data))
        kind = chance.randrange(4)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at:at + chance.randrange(1, 50)]
        elif kind == 2:
            data[at:at] = data[at:at + chance.randrange(1, 200)]
        else:
            data[at:at] = chance.choice([b"[" * 5000, b"\\u0000", b"0," * 5000, b"\xff\xfe", b"-----BEGIN X-----"])
    return bytes(data)


def hostile(chance):
    data = mutated(chance) if chance.random() < 0.7 else json.dumps(
        {"CertificateIdentifier": chance.choice(["one", "two", "x" * 300]), "Replace": True,
         "Action": chance.choice(["DeleteCertificate", "DescribeCertificates", "RestorePrevious", "nothing"])}).encode()
    descriptor = os.open(path("control"), os.O_RDWR)
    try:
        for begin in range(0, len(data), chance.choice([7, 4096, 1 << 20])):
            os.write(descriptor, data[begin:begin + (1 << 20)])
        os.read(descriptor, 4096)
    finally:
        os.close(descriptor)


POLLED = []


def polls(chance):
    if len(POLLED) < 100:
        POLLED.append(os.open(path("status"), os.O_RDONLY))
    poll = select.poll()
    for descriptor in POLLED:
        poll.register(descriptor, select.POLLIN)
    for descriptor, _ in poll.poll(chance.randrange(20)):
        os.pread(descriptor, 1 << 20, 0)
    if chance.random() < 0.05:
        while POLLED:
            os.close(POLLED.pop())


def opens(chance):
    held = []
    try:
        for _ in range(chance.randrange(1, 300)):
            held.append(os.open(path(chance.choice(TEXTS)), os.O_RDONLY))
            os.read(held[-1], chance.randrange(1, 5000))
    finally:
        for descriptor in held:
            os.close(descriptor)


# name: what it does, its user, its group, how many processes
USERS = {"stats": (stats, 65534, 65534, 3), "keys": (keys, 5, 60, 1), "imports": (imports, 8, 1, 2),
         "hostile": (hostile, 0, 0, 1), "polls": (polls, 65534, 65534, 1), "opens": (opens, 13, 13, 1)}


def work(name, seed, line):
    act, uid, gid, _ = USERS[name]
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    chance = random.Random(seed)
    while True:
        try:
            act(chance)
        except OSError:
            pass
        try:
            os.write(line, name[:1].encode())
        except BlockingIOError:
            pass


def start(name, seed, line):
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        try:
            work(name, seed, line)
        finally:
            os._exit(1)
    return child


def disturb(chance, children, line):
    """One of the users is stopped, continued or killed; who has ended is started again."""
    child = chance.choice(list(children))
    os.kill(child, chance.choice([signal.SIGSTOP, signal.SIGCONT, signal.SIGCONT, signal.SIGCONT, signal.SIGKILL]))
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == 0:
            return
        assert os.WIFSIGNALED(status), f"{children[ended]} ended by itself"
        name = children.pop(ended)
        children[start(name, chance.random(), line)] = name


def import_one(name):
    """Retries on "busy", as an operator does."""
    until = time.monotonic() + 60
    while True:
        try:
            return send("control", document(name))
        except OSError as error:
            assert error.strerror == "Device or resource busy" and time.monotonic() < until, error


def served():
    return subprocess.run(["openssl", "pkey", "-in", path("key.pem"), "-pubout"], check=True, capture_output=True).stdout


def main():
    print("seed", SEED, flush=True)
    chance = random.Random(SEED)
    import_one("a")
    expected = {"a": served()}
    import_one("b")
    expected["b"] = served()
    send("control", document("a").replace(b"{", b'{"CertificateIdentifier":"one",', 1))
    out, line = os.pipe()
    os.set_blocking(line, False)
    children = {start(name, chance.random(), line): name for name in USERS for _ in range(USERS[name][3])}
    done, end, imported = {}, time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        import_one("ab"[imported % 2])
        imported += 1
        disturb(chance, children, line)
        if select.select([out], [], [], 0.05)[0]:
            for letter in os.read(out, 65536).decode():
                done[letter] = done.get(letter, 0) + 1
    for child in children:
        os.kill(child, signal.SIGKILL)
    for child in children:
        os.waitpid(child, 0)
    import_one("a")
    import_one("b")
    assert served() == expected["b"], "the last import is not served"
    print("imports", imported, *(f"{name} {done.get(name[0], 0)}" for name in USERS))
    assert len(done) == len(USERS), "somebody never did anything"


main()
