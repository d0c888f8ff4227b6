"""again.py MNT DEATHS PKI: each request that opens, writes, reads, removes or closes something kills its worker, just
before it is answered and just after; prints what was not as without that, or "ok".

DEATHS is a struct test_deaths (fs/host/test_deaths.h) that the worker has mapped; PKI has a.json, b.json and bad.json.
"""

import errno
import json
import mmap
import os
import struct
import sys
import time

BEFORE_REPLY, AFTER_REPLY = 2, 3
LIMIT = 20  # seconds
REPLIES = 6  # at most, for one call that names a file of import/: nothing is cached there
mount, plan, pki = sys.argv[1:]
with open(plan, "r+b") as file:
    deaths = mmap.mmap(file.fileno(), 4096)
wrong = []


def died():
    return struct.unpack_from("I", deaths, 8)[0]


def dying(point, passing, call, *arguments):
    """The result, or the errno's name; the worker dies at the passing-th reply from here on."""
    os.stat(f"{mount}/control")  # a RELEASE before it is answered
    before = died()
    struct.pack_into("i", deaths, 4, passing)
    struct.pack_into("I", deaths, 0, point)
    try:
        result = call(*arguments)
    except OSError as error:
        result = errno.errorcode[error.errno]
    until = time.monotonic() + LIMIT
    while died() == before and time.monotonic() < until:
        os.stat(f"{mount}/control")  # behind a RELEASE, or the reply itself where the call needs fewer than that
    if died() == before:
        wrong.append(f"the worker did not die at {point}, {call.__name__} {arguments}")
    return result


def expect(what, found, expected):
    if found != expected:
        wrong.append(f"{what}: {found!r}, not {expected!r}")


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def named(path):
    return os.open(path, os.O_RDONLY)


def opens_of_a_set(point):
    key = named(f"{mount}/key.pem")
    for _ in range(2):
        other = dying(point, 1, named, f"{mount}/key.pem")
        expect("a key by a new descriptor", os.read(other, 1 << 20), contents(f"{mount}/key.pem"))
        dying(point, 1, os.close, other)
    expect("the key", os.read(key, 1 << 20), contents(f"{mount}/key.pem"))
    os.close(key)


def texts(point):
    text = dying(point, 1, named, f"{mount}/last")
    expect("the length of last", len(dying(point, 1, os.read, text, 1 << 20)), os.stat(f"{mount}/last").st_size)
    dying(point, 1, os.close, text)


def control(point, name, expected):
    document = contents(f"{pki}/{name}.json")
    descriptor = dying(point, 1, os.open, f"{mount}/control", os.O_RDWR)
    expect(f"the write of {name}", dying(point, 1, os.write, descriptor, document),
           len(document) if expected == "ok" else "EKEYREJECTED")
    answer = dying(point, 1, os.read, descriptor, 16)
    answer += dying(point, 1, os.read, descriptor, 1 << 20)
    expect(f"the answer to {name}", json.loads(answer)["result"], expected)
    expect("the end of the answer", dying(point, 1, os.read, descriptor, 1 << 20), b"")
    expect("the close of control", dying(point, 1, os.close, descriptor), None)


def import_file(point, passing, expected):
    path = f"{mount}/import/new"
    document = contents(f"{pki}/a.json")
    descriptor = dying(point, passing, os.open, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    expect("the write of a file", dying(point, 1, os.write, descriptor, document), len(document))
    expect("the close of a file", dying(point, passing, os.close, descriptor), None)
    answer = dying(point, passing, named, path + ".answer")
    expect("the answer to a file", dying(point, 1, os.read, answer, 1 << 20).split()[0], expected)
    os.close(answer)
    expect("the removal of an answer", dying(point, passing, os.unlink, path + ".answer"), None)
    expect("an answer that was removed", os.path.exists(path + ".answer"), False)


def unfinished(point, passing):
    path = f"{mount}/import/cut"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    expect("the removal of a file", dying(point, passing, os.unlink, path), None)
    expect("a file that was removed", os.path.exists(path), False)
    os.close(descriptor)


for at in BEFORE_REPLY, AFTER_REPLY:
    opens_of_a_set(at)
    texts(at)
    control(at, "b", "ok")
    control(at, "bad", "refused")
    for nth in range(1, REPLIES + 1):
        import_file(at, nth, b"imported" if nth == 1 else b"unchanged,")
        unfinished(at, nth)
print("\n".join(wrong) or "ok")
