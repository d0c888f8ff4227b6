"""watchers.py WHAT MOUNT SERVED OTHER: who waits for a change hears of it; silent when all is well.

SERVED is the payload of the set that is served, OTHER that of another one. Imports are another process's where it
matters. Exits with a sentence at the first thing that is wrong.
"""

import ctypes
import errno
import json
import os
import resource
import select
import struct
import subprocess
import sys
import threading
import time

PATIENCE = 20  # seconds
IN_CLOSE_WRITE = 8


def check(truth, sentence):
    if not truth:
        sys.exit(sentence)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def write(mount, document):
    """The close by this process. True if it was accepted; else write and close both return the error."""
    descriptor = os.open(f"{mount}/control", os.O_WRONLY)
    try:
        accepted = os.write(descriptor, document) == len(document)
    except OSError:
        accepted = False
    try:
        os.close(descriptor)
    except OSError:
        check(not accepted, "write said yes and close no")
    return accepted


def start_import(mount, payload):
    """The close by another process."""
    return subprocess.Popen(["sh", "-c", 'cat "$1" >"$2/control"', "sh", payload, mount])


# ---- inotify on control

def watch(path, mask):
    libc = ctypes.CDLL(None, use_errno=True)
    queue = libc.inotify_init1(os.O_CLOEXEC)
    check(libc.inotify_add_watch(queue, path.encode(), mask) >= 0, f"inotify: {os.strerror(ctypes.get_errno())}")
    return queue


def next_mask(queue):
    check(select.select([queue], [], [], PATIENCE)[0], "inotify says nothing")
    return struct.unpack_from("iI", os.read(queue, 4096))[1]


def inotify(mount, served, other):
    """The writer's own close is the event, after the commit; so it is for a refused document."""
    queue = watch(f"{mount}/control", IN_CLOSE_WRITE)
    before = contents(f"{mount}/cert.pem")
    writer = start_import(mount, other)
    check(next_mask(queue) == IN_CLOSE_WRITE, "not the close of a writer")
    check(contents(f"{mount}/cert.pem") != before, "the event came before the new set")
    check(writer.wait() == 0, "the import was refused")
    check(not write(mount, b'{"Action":1}'), "a wrong document was taken")
    check(next_mask(queue) == IN_CLOSE_WRITE, "not the close of the refused writer")


# ---- poll, epoll and select on status

class Status:
    """An open status that was read to its end."""

    def __init__(self, mount):
        self.descriptor = os.open(f"{mount}/status", os.O_RDONLY)
        self.read()

    def read(self):
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        text = b""
        while piece := os.read(self.descriptor, 65536):
            text += piece
        return text

    def ready(self, seconds=0.0):
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))


def generation(text):
    import json
    return json.loads(text)["generation"]


def poll(mount, served, other):
    """Blocked until a commit of another process; ready until it is read from its start; then quiet again."""
    status = Status(mount)
    for turn, payload in enumerate((other, served, other)):
        check(not status.ready(), "ready before the commit")
        heard = []
        waiting = threading.Thread(target=lambda: heard.append(status.ready(PATIENCE)))
        waiting.start()
        writer = start_import(mount, payload)
        waiting.join()
        check(heard == [True], "not woken by the commit")
        check(status.ready(), "not ready any more before it was read")
        check(generation(status.read()) == turn + 2, "woken before the new status was there")
        check(not status.ready(), "still ready after it was read")
        check(writer.wait() == 0, "the import was refused")


def own_commit(mount, served, other):
    status = Status(mount)
    check(write(mount, contents(other)), "the import was refused")
    check(status.ready(), "not ready after a commit of one's own")
    status.read()
    check(not status.ready(), "still ready after it was read")


def every_commit(mount, served, other):
    """Also a restoring and a removal; not what changed nothing, nor what was refused."""
    status = Status(mount)
    for document, wakes in ((contents(served), False), (b'{"Action":1}', False), (contents(other), True),
                            (b'{"Action":"RestorePrevious"}', True),
                            (b'{"Action":"rds_remove_binlog_ssl_material"}', True),
                            (b'{"Action":"rds_remove_binlog_ssl_material"}', False), (contents(served), True)):
        write(mount, document)
        check(status.ready() == wakes, f"{document[:40]} {'does not wake' if wakes else 'wakes'}")
        status.read()


def named(payload, identifier="named", **more):
    return json.dumps({"CertificateIdentifier": identifier, **more, **json.loads(contents(payload))}).encode()


def every_named_commit(mount, served, other):
    """The same for named sets; a tag is no commit, nor is a request that was refused or changed nothing."""
    status = Status(mount)

    def expect(document, wakes):
        write(mount, document)
        check(status.ready() == wakes, f"{document[:80]} {'does not wake' if wakes else 'wakes'}")
        status.read()

    expect(named(served), True)
    expect(named(other), False)
    expect(named(served, Replace=True), False)
    expect(named(other, Replace=True), True)
    expect(b'{"Action":"RestorePrevious","CertificateIdentifier":"named"}', True)
    expect(named(other, "another"), True)
    arn = json.loads(contents(f"{mount}/certificates/named/certificate.json"))["CertificateArn"]
    tags = {"Action": "AddTagsToResource", "ResourceArn": arn, "Tags": [{"Key": "team", "Value": "db"}]}
    expect(json.dumps(tags).encode(), False)
    expect(b'{"Action":"DescribeCertificates"}', False)
    deletion = json.dumps({"Action": "DeleteCertificate", "CertificateArn": arn}).encode()
    expect(deletion, True)
    expect(deletion, False)
    expect(b'{"Action":"rds_remove_binlog_ssl_material","CertificateIdentifier":"another"}', True)


def named_poll(mount, served, other):
    """Blocks until another process commits a named set, which is there then."""
    with open(os.path.join(os.path.dirname(mount), "named.json"), "wb") as document:
        document.write(named(other))
    status = Status(mount)
    check(not status.ready(), "ready before the commit")
    writer = start_import(mount, document.name)
    check(status.ready(PATIENCE), "not woken by the commit")
    check(contents(f"{mount}/certificates/named/key.pem"), "woken before the new set was there")
    check(json.loads(status.read())["certificates"]["count"] == 1, "woken before the new status was there")
    check(not status.ready(), "still ready after it was read")
    check(writer.wait() == 0, "the import was refused")


def epoll(mount, served, other, edge=False):
    status = Status(mount)
    queue = select.epoll()
    queue.register(status.descriptor, select.EPOLLIN | (select.EPOLLET if edge else 0))
    check(not queue.poll(0), "epoll: ready before the commit")
    for payload in (other, served, other):
        writer = start_import(mount, payload)
        check(queue.poll(PATIENCE), "epoll: not woken by the commit")
        check(writer.wait() == 0, "the import was refused")
        status.read()
        check(not queue.poll(0), "epoll: still ready after it was read")


def epoll_edge(mount, served, other):
    epoll(mount, served, other, edge=True)


def all_who_wait(mount, served, other):
    """Each of many descriptors is woken, of this process and of others; a closed one disturbs nobody."""
    many = [Status(mount) for _ in range(20)]
    gone = Status(mount)
    check(not gone.ready(), "ready before the commit")
    queue = select.epoll()
    queue.register(gone.descriptor)
    os.close(gone.descriptor)
    children = [subprocess.Popen([sys.executable, __file__, "wait", mount, served, other], stdout=subprocess.PIPE)
                for _ in range(3)]
    for child in children:
        check(child.stdout.readline() == b"waiting\n", "a child does not wait")
    poll_all = select.poll()
    for status in many:
        poll_all.register(status.descriptor, select.POLLIN)
    check(not poll_all.poll(0), "ready before the commit")
    check(write(mount, contents(other)), "the import was refused")
    check(len(poll_all.poll(0)) == len(many), "not all are ready")
    for child in children:
        check(child.wait(PATIENCE) == 0, "a child was not woken")


def duration(mount, payload):
    """The duration of one import's write, in seconds."""
    document = contents(payload)
    begun = time.monotonic()
    check(write(mount, document), "the import was refused")
    return time.monotonic() - begun


def thousands(mount, served, other):
    """The write of an import takes as long as without them, also when all of them are registered; all are woken."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    many = 12000 if hard == resource.RLIM_INFINITY else min(12000, hard - 100)
    resource.setrlimit(resource.RLIMIT_NOFILE, (many + 100, hard))
    alone = max(duration(mount, payload) for payload in (other, served) * 3)
    queue = select.epoll()
    descriptors = [os.open(f"{mount}/status", os.O_RDONLY) for _ in range(many)]
    for descriptor in descriptors:
        queue.register(descriptor, select.EPOLLIN | select.EPOLLET)
    check(not queue.poll(0), "ready before the commit")
    crowded = duration(mount, other)
    check(crowded < 5 * alone + 0.2, f"an import takes {crowded:.3f} s, without those who wait {alone:.3f} s")
    woken = set()
    while len(woken) < many:
        ready = queue.poll(PATIENCE, many)
        check(ready, f"{len(woken)} of {many} are woken")
        woken.update(descriptor for descriptor, _ in ready)


class Opener:
    """A process of that user that opens a file until it is refused, and stays; the interpreter may be root's alone."""

    def __init__(self, path, user):
        told, self.hold = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.hold[1])
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            os.write(told[1], json.dumps(self.open_all(path)).encode())
            os.read(self.hold[0], 1)
            os._exit(0)
        self.told = json.loads(os.read(told[0], 100))

    @staticmethod
    def open_all(path):
        for opened in range(900):
            try:
                os.open(path, os.O_RDONLY)
            except OSError as error:
                return [opened, error.errno]
        return [900, 0]

    def end(self):
        os.close(self.hold[1])
        os.waitpid(self.pid, 0)


def bounded(mount, served, other):
    """A user has 256 texts open; others and root have theirs, and there is room again when they are closed."""
    first = Opener(f"{mount}/status", 65533)
    check(first.told == [256, errno.EMFILE], f"one user: {first.told}")
    first.end()
    second = Opener(f"{mount}/metrics", 65534)
    check(second.told == [256, errno.EMFILE], f"another user: {second.told}")
    check(len([Status(mount) for _ in range(300)]) == 300, "root has fewer")
    deadline = time.monotonic() + PATIENCE
    while True:  # RELEASE comes behind the close
        again = Opener(f"{mount}/last", 65533)
        again.end()
        if again.told == [256, errno.EMFILE]:
            break
        check(time.monotonic() < deadline, f"after closing: {again.told}")
    second.end()


def wait(mount, served, other):
    status = Status(mount)
    print("waiting", flush=True)
    check(status.ready(PATIENCE), "not woken")


what = {function.__name__: function
        for function in (inotify, poll, own_commit, every_commit, every_named_commit, named_poll, epoll, epoll_edge,
                         all_who_wait, thousands, bounded, wait)}
what[sys.argv[1]](*sys.argv[2:5])
