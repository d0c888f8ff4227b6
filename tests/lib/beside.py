"""beside.py MOUNT LIMIT NAME=FILE...: what a reader of cert.pem and key.pem notices of hostile imports.

Each FILE has hostile documents, one a line; its NAME is for the figures. While they are imported, again from the first
one when the last is done, a reader opens, reads and closes both files again and again; hostile times and quiet ones
take turns. Prints for each FILE the medians of the p99 of its quiet and of its hostile times, in microseconds for both
files, and their ratio; a quiet one counts as FLOOR at least, since what the kernel takes to wake a process on a busy
processor is no matter of the mount. One that is past LIMIT has another two tries, since others may use the processors
as well. The exit status is 1 if all three are past it, or if a document was taken.
"""

import itertools
import os
import signal
import statistics
import struct
import sys
import time

ROUNDS, ROUND, ENOUGH, PAUSE = 5, 0.5, 5, 0.0003  # times in seconds; ENOUGH: for one kind of documents
FLOOR, TRIES = 200, 3  # FLOOR in microseconds
FILES = ("cert.pem", "key.pem")
SAMPLE = struct.Struct("=dd")  # when, how long


def contents(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        text = b""
        while piece := os.read(descriptor, 65536):
            text += piece
        return text
    finally:
        os.close(descriptor)


def read_until_ended(mount, samples):
    with open(samples, "wb") as file:
        going = True

        def end(*_):
            nonlocal going
            going = False

        signal.signal(signal.SIGTERM, end)
        while going:
            begin = time.monotonic()
            for name in FILES:
                contents(os.path.join(mount, name))
            file.write(SAMPLE.pack(begin, time.monotonic() - begin))
            file.flush()
            time.sleep(PAUSE)


def p99(samples, times):
    """Counts the readings that began in the time; where none did, one was held for all of it."""
    some = sorted(took for when, took in SAMPLE.iter_unpack(samples) if times[0] <= when <= times[1])
    return (some[len(some) * 99 // 100] if some else times[1] - times[0]) * 1e6


def refused(mount, document):
    try:
        descriptor = os.open(os.path.join(mount, "control"), os.O_WRONLY)
        try:
            while document:
                document = document[os.write(descriptor, document):]
        finally:
            os.close(descriptor)
    except OSError:
        return True
    return False


def import_all(mount, documents):
    """One after another until the round is over, at least one; the times of begin and end."""
    begin = time.monotonic()
    while True:
        document = next(documents)
        if not refused(mount, document):
            wrong.append(f"taken: {document[:80]!r}")
        end = time.monotonic()
        if end - begin >= ROUND:
            return begin, end


def stay_quiet():
    begin = time.monotonic()
    time.sleep(ROUND)
    return begin, time.monotonic()


def measure(mount, documents, samples):
    """The medians of quiet and of hostile times."""
    enough, pairs = time.monotonic() + ENOUGH, []
    while len(pairs) < ROUNDS and time.monotonic() < enough:
        pairs.append((stay_quiet(), import_all(mount, documents)))
    text = contents(samples)
    text = text[:len(text) - len(text) % SAMPLE.size]
    return [statistics.median(p99(text, times) for times in each) for each in zip(*pairs)]


def judge(mount, name, path, samples, limit):
    documents = itertools.cycle(contents(path).splitlines())
    for _ in range(TRIES):
        quiet, hostile = measure(mount, documents, samples)
        ratio = hostile / max(quiet, FLOOR)
        print(f"# {name}: p99 {quiet:.0f} us, beside imports {hostile:.0f} us, {ratio:.2f} times")
        if ratio <= limit:
            return
    wrong.append(f"{name}: {ratio:.1f} times, and at most {limit} are allowed")


def main(mount, limit, *named):
    samples = f"/dev/shm/beside.{os.getpid()}"
    open(samples, "wb").close()
    reader = os.fork()
    if reader == 0:
        read_until_ended(mount, samples)
        os._exit(0)
    try:
        os.nice(10)  # what the writer itself takes from the reader is no matter of the mount
        for each in named:
            judge(mount, *each.split("=", 1), samples, float(limit))
        if os.waitpid(reader, os.WNOHANG)[0] != 0:
            wrong.append("the reader has failed")
            return
        os.kill(reader, signal.SIGTERM)
        os.waitpid(reader, 0)
    finally:
        os.unlink(samples)


wrong = []
main(*sys.argv[1:])
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
