"""requests.py CERTFS WORK PKI SCENE...: the worker dies while it has one request; the next worker answers that one."""

import contextlib
import errno
import os
import sys
import threading
import time

from board import Deaths
from host import Failed, Host, eventually, mount_fusectl, words_of

THREADS = 40


def equal(what, actual, expected):
    if actual != expected:
        raise Failed(f"{what} is {str(actual)[:60]!r}, expected {str(expected)[:60]!r}")


class Scene:
    """A mount with a set, and a worker whose death is planned."""

    def __init__(self, host, deaths, pki):
        self.host, self.deaths = host, deaths
        self.material = {name: words_of(f"{pki}/{name}.json").strip().encode() for name in ("a", "b")}
        self.keys = {}

    def path(self, name):
        return f"{self.host.mount}/{name}"

    @contextlib.contextmanager
    def death(self, what, point, passings=1):
        """The worker dies at this point of what is done within, and the next one is there afterwards."""
        eventually("the requests of before are answered", lambda: self.host.in_flight() == 0)
        before, worker = self.deaths.count(), self.host.worker()
        self.deaths.arm(point, passings)
        yield
        eventually(f"{what}: the worker dies", lambda: self.deaths.count() > before)
        self.deaths.disarm()
        eventually("another worker", lambda: self.host.worker(but=worker))

    def write(self, document):
        fd = os.open(self.path("control"), os.O_RDWR)
        try:
            return os.write(fd, document)
        finally:
            os.close(fd)

    def import_(self, name):
        """And notes what its key looks like."""
        equal(f"what is written of {name}", self.write(self.material[name]), len(self.material[name]))
        self.keys[name] = words_of(self.path("key.pem"))

    def error_of(self, name):
        try:
            os.stat(self.path(name))
        except OSError as error:
            return errno.errorcode[error.errno]
        return None


def lookup(scene):
    for point in ("after-read", "before-reply", "after-reply"):
        with scene.death(f"LOOKUP {point}", point):
            equal(f"LOOKUP {point}", scene.error_of("absent"), "ENOENT")


def open_and_read(scene):
    for point in ("after-read", "before-reply"):
        with scene.death(f"OPEN {point}", point):
            fd = os.open(scene.path("key.pem"), os.O_RDONLY)
        with scene.death(f"READ {point}", point):
            equal(f"READ {point}", os.read(fd, 100000).decode(), scene.keys["a"])
        os.close(fd)


def write(scene):
    """In the FUSE thread, while the document is judged and stored, and before the answer."""
    for point, name in (("after-read", "b"), ("judging", "a"), ("before-rename", "b"), ("before-answer", "a")):
        fd = os.open(scene.path("control"), os.O_RDWR)
        with scene.death(f"WRITE {point}", point):
            equal(f"WRITE {point}", os.write(fd, scene.material[name]), len(scene.material[name]))
        os.close(fd)
        equal(f"the key after {point}", words_of(scene.path("key.pem")), scene.keys[name])


def texts(scene):
    """Many wait for one text, and each is answered."""
    wrong = []

    def stat():
        try:
            os.stat(scene.path("status"))
        except OSError as error:
            wrong.append(error)

    threads = [threading.Thread(target=stat) for _ in range(THREADS)]
    with scene.death("texts", "after-read", THREADS // 2):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    equal("what went wrong with a text", wrong, [])


def poison(scene):
    """The third worker answers, and lives."""
    with scene.death("poison", "after-read", -1):
        before = scene.deaths.count()
        equal("a request that ends each worker", scene.error_of("absent"), "EIO")
        equal("how many workers it ended", scene.deaths.count() - before, 2)
    equal("the same request afterwards", scene.error_of("absent"), "ENOENT")
    eventually("the line", lambda: "a request ended two workers and is answered with an error: FUSE operation 1\n" in words_of(f"{scene.host.work}/log"))


def run(certfs, work, pki, *names):
    mount_fusectl()
    deaths = Deaths(f"{work}/deaths")
    host = Host(certfs, work, deaths, f"{work}/store")
    wrong = []
    try:
        host.start()
        scene = Scene(host, deaths, pki)
        for name in ("b", "a"):
            scene.import_(name)
        for name in names:
            began = time.monotonic()
            globals()[name](scene)
            print(f"{name}: {time.monotonic() - began:.2f} s")
    except (Failed, OSError) as error:
        wrong.append(str(error))
    finally:
        deaths.disarm()
        wrong += host.stop()
    if wrong:
        sys.exit("\n".join(wrong))


run(*sys.argv[1:])
