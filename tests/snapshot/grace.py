#!/usr/bin/env python3
"""Events while the answer of an import waits for readers.

grace.py stopped MOUNT PAYLOAD PAYLOAD: a process opens cert.pem and is stopped; prints the seconds of the next import,
    and of ten more together. The bytes that the process reads when it goes on must be those that are served then.
grace.py crowd MOUNT PROCESSES THREADS: that many threads in each process open cert.pem and ca.pem in turn, with pauses
    that keep an import waiting for as long as it can be kept; prints a line once all have opened something.
grace.py time MOUNT COUNT PAYLOAD PAYLOAD: imports in turn, and prints the seconds of all writes together.
grace.py beside MOUNT PAYLOAD PAYLOAD: an import of another set through import/, status, metrics and reads go on while
    the answer of an import of the root set waits; tried a few times, as the machine may be slow.
"""
import json
import os
import signal
import sys
import threading
import time

PAUSE = 0.15  # under the gap


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(mount, payload):
    control = os.open(f"{mount}/control", os.O_WRONLY)
    try:
        os.write(control, payload)
    finally:
        os.close(control)


def stopped(mount, *paths):
    payloads = [read(path) for path in paths]
    ready, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        read(f"{mount}/cert.pem")
        os.write(said, b".")
        os.kill(os.getpid(), signal.SIGSTOP)
        whole = [read(f"{mount}/{name}") for name in ("key.pem", "cert.pem", "ca.pem")]
        os._exit(whole != [read(f"{mount}/{name}") for name in ("key.pem", "cert.pem", "ca.pem")])
    os.read(ready, 1)
    took = []
    for i in range(11):
        began = time.monotonic()
        write(mount, payloads[i % 2])
        took.append(time.monotonic() - began)
    os.kill(pid, signal.SIGCONT)
    whole = os.waitpid(pid, 0)[1] == 0
    print(f"{took[0]:.3f} {sum(took[1:]):.3f}")
    sys.exit(not whole)


def hold(mount, barrier):
    first = True
    while True:
        for name in ("cert.pem", "ca.pem"):
            os.close(os.open(f"{mount}/{name}", os.O_RDONLY))
            if first:
                barrier.wait()
            first = False
            time.sleep(PAUSE)


def crowd(mount, processes, threads):
    ready, said = os.pipe()
    parent = os.getpid()
    for _ in range(int(processes)):
        if os.fork() == 0:
            barrier = threading.Barrier(int(threads) + 1)
            for _ in range(int(threads)):
                threading.Thread(target=hold, args=(mount, barrier), daemon=True).start()
            barrier.wait()
            os.write(said, b".")
            while os.getppid() == parent:
                time.sleep(PAUSE)
            os._exit(0)
    for _ in range(int(processes)):
        os.read(ready, 1)
    print("all read", flush=True)
    signal.pause()


def time_imports(mount, count, *payloads):
    payloads = [read(path) for path in payloads]
    began = time.monotonic()
    for i in range(int(count)):
        write(mount, payloads[i % 2])
    print(f"{time.monotonic() - began:.3f}")


def generation(mount):
    return json.loads(read(f"{mount}/status"))["generation"]


def drop(mount, payload):
    file = os.open(f"{mount}/import/beside", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, payload)
    finally:
        os.close(file)


def try_beside(mount, root):
    before = generation(mount)
    writer = threading.Thread(target=write, args=(mount, root))
    writer.start()
    while generation(mount) == before:
        pass
    read(f"{mount}/metrics")
    drop(mount, root)
    read(f"{mount}/key.pem")
    waits = writer.is_alive()
    writer.join()
    return waits


def beside(mount, *paths):
    payloads = [read(path) for path in paths]
    barrier = threading.Barrier(5)
    for _ in range(4):
        threading.Thread(target=hold, args=(mount, barrier), daemon=True).start()
    barrier.wait()
    for i in range(20):
        if try_beside(mount, payloads[i % 2]):
            return
        time.sleep(1)  # the pace of import/
    sys.exit("the answer never waited for as long as an import of another set took")


def main(what, *arguments):
    {"stopped": stopped, "crowd": crowd, "time": time_imports, "beside": beside}[what](*arguments)


main(*sys.argv[1:])
