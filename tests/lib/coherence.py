"""coherence.py WHAT MOUNT FIRST SECOND: readers across rotations; silent when all is well.

FIRST and SECOND are folders with ca.pem, cert.pem, key.pem as they are served, and payload.json. The mount serves
FIRST at the start. Exits with a sentence at the first thing that is wrong.
"""

import errno
import mmap
import multiprocessing
import os
import sys
import threading
import time

FILES = ("ca.pem", "cert.pem", "key.pem")
ROTATIONS = 200


def contents(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def check(truth, sentence):
    if not truth:
        sys.exit(sentence)


def write_control(mount, document):
    descriptor = os.open(os.path.join(mount, "control"), os.O_WRONLY)
    try:
        check(os.write(descriptor, document) == len(document), "control: a short count")
    finally:
        os.close(descriptor)


def rotate(mount, folder):
    write_control(mount, contents(folder, "payload.json"))


def remove(mount):
    write_control(mount, b'{"Action":"rds_remove_binlog_ssl_material"}')


def open_all(mount):
    return {name: os.open(os.path.join(mount, name), os.O_RDONLY) for name in FILES}


def read_whole(descriptor, size=65536):
    """Reads with pread, from the start, so that a descriptor can be read more than once."""
    text = b""
    while True:
        piece = os.pread(descriptor, size, len(text))
        if not piece:
            return text
        text += piece


def old_descriptor(mount, first, second):
    """Opened before the rotation: the whole old content, in one read or in many, and the old size."""
    untouched, touched = open_all(mount), open_all(mount)
    for name in FILES:
        os.pread(touched[name], 100, 0)
    rotate(mount, second)
    for name in FILES:
        old = contents(first, name)
        for descriptors in (untouched, touched):
            descriptor = descriptors[name]
            check(read_whole(descriptor) == old, f"{name}: an old descriptor does not read the old content")
            check(read_whole(descriptor, 100) == old, f"{name}: not the old content when read in pieces")
            check(os.pread(descriptor, 100, 50) == old[50:150], f"{name}: not the old content in the middle")
            check(os.fstat(descriptor).st_size == len(old), f"{name}: fstat's size is not the old content's")
        check(contents(mount, name) == contents(second, name), f"{name}: a new open does not read the new content")


def old_descriptor_many_generations(mount, first, second):
    """More rotations than replaced generations are kept: who has a file open reads it all the same."""
    descriptors = open_all(mount)
    for turn in range(20):
        rotate(mount, first if turn % 2 else second)
    for name in FILES:
        check(read_whole(descriptors[name]) == contents(first, name), f"{name}: the old content is gone")


def old_mapping(mount, first, second):
    """Private and shared, one with its pages read before the rotation, one without."""
    old = contents(first, "cert.pem")
    descriptor = os.open(os.path.join(mount, "cert.pem"), os.O_RDONLY)
    maps = [mmap.mmap(descriptor, 0, flags, mmap.PROT_READ)
            for flags in (mmap.MAP_PRIVATE, mmap.MAP_PRIVATE, mmap.MAP_SHARED, mmap.MAP_SHARED)]
    for seen in maps[::2]:
        check(seen[:] == old, "a mapping does not show the content")
    os.close(descriptor)
    rotate(mount, second)
    for seen in maps:
        check(len(seen) == len(old) and seen[:] == old, "an old mapping does not show the old content")


def at_once(mount, first, second):
    """As soon as the write has returned, every path gives the new set: content, size, stat and fstat."""
    for turn in range(20):
        folder = first if turn % 2 else second
        for name in FILES:
            os.stat(os.path.join(mount, name))
        rotate(mount, folder)
        for name in FILES:
            path = os.path.join(mount, name)
            new = contents(folder, name)
            seen = os.stat(path)
            descriptor = os.open(path, os.O_RDONLY)
            held = os.fstat(descriptor)
            check(seen.st_size == len(new), f"{name}: stat after the rotation shows the old size")
            check(read_whole(descriptor) == new, f"{name}: an open after the rotation reads the old content")
            check((seen.st_ino, seen.st_size, seen.st_mtime_ns) == (held.st_ino, held.st_size, held.st_mtime_ns),
                  f"{name}: stat and fstat differ")
            os.close(descriptor)
        for entry in os.scandir(mount):
            check(entry.inode() == entry.stat(follow_symlinks=False).st_ino, f"{entry.name}: the listing's inode is not stat's")


def appear_and_vanish(mount, first, second):
    """No name is remembered as missing, and none as there."""
    for turn in range(10):
        remove(mount)
        for name in FILES:
            check(not os.path.exists(os.path.join(mount, name)), f"{name} is still there after the removal")
        check(not set(FILES) & set(os.listdir(mount)), "the listing still shows the files")
        rotate(mount, first if turn % 2 else second)
        for name in FILES:
            check(os.path.exists(os.path.join(mount, name)), f"{name} is not there after the import")


def held_key(mount, first, second):
    """After the removal the bytes are gone, even from a key that is still open, and of however old a generation."""
    def open_key():
        return os.open(os.path.join(mount, "key.pem"), os.O_RDONLY)

    oldest = open_key()
    check(read_whole(oldest) == contents(first, "key.pem"), "the key is not what was imported")
    for turn in range(20):
        rotate(mount, first if turn % 2 else second)
    previous = open_key()
    rotate(mount, second)
    newest = open_key()
    remove(mount)
    for descriptor in (oldest, previous, newest):
        try:
            read_whole(descriptor)
        except OSError as error:
            check(error.errno == errno.EIO, f"a held key gives {os.strerror(error.errno)}")
        else:
            sys.exit("a held key is still read after the removal")


def resident_pages(path):
    """How many pages of the file the page cache holds. Mapping it reads nothing."""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
    libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
    descriptor = os.open(path, os.O_RDONLY)
    size = os.fstat(descriptor).st_size
    pages = -(-size // mmap.PAGESIZE)
    address = libc.mmap(None, size, 0, mmap.MAP_PRIVATE, descriptor, 0)
    check(address not in (None, ctypes.c_void_p(-1).value), f"cannot map {path}: {os.strerror(ctypes.get_errno())}")
    vector = ctypes.create_string_buffer(pages)
    check(libc.mincore(address, size, vector) == 0, f"mincore: {os.strerror(ctypes.get_errno())}")
    os.close(descriptor)
    return sum(byte & 1 for byte in vector.raw[:pages])


def page_cache(mount, first, second):
    """The certificates are cached, which also shows that the question bites; the key never is."""
    holders = open_all(mount)
    for descriptor in holders.values():
        read_whole(descriptor)
    for name in ("ca.pem", "cert.pem"):
        check(resident_pages(os.path.join(mount, name)) > 0, f"{name} is not in the page cache")
    contents(mount, "key.pem")
    check(resident_pages(os.path.join(mount, "key.pem")) == 0, "key.pem is in the page cache")


# ---- several at once

def reader(mount, sets, stop, told):
    """Every file is wholly of one set, and as long as its size."""
    reads = 0
    try:
        while not stop.is_set():
            for name in FILES:
                descriptor = os.open(os.path.join(mount, name), os.O_RDONLY)
                size = os.fstat(descriptor).st_size
                text = os.read(descriptor, 65536)
                check(os.read(descriptor, 65536) == b"", f"{name}: a short read")
                os.close(descriptor)
                check(text in sets[name], f"{name}: {len(text)} bytes that are of no set")
                check(size == len(text), f"{name}: fstat says {size}, read gives {len(text)}")
                os.stat(os.path.join(mount, name))
                reads += 1
            names = set(os.listdir(mount))
            check(names.issuperset(FILES), f"the listing lacks a file: {names}")
        told.put((reads, ""))
    except (OSError, SystemExit) as error:
        told.put((reads, f"a reader: {error}"))


def writer(mount, documents, rotations, told):
    try:
        for turn in range(rotations):
            write_control(mount, documents[turn % 2])
        told.put((rotations, ""))
    except (OSError, SystemExit) as error:
        told.put((0, f"a writer: {error}"))


def many(mount, first, second):
    """4 readers, 2 writers, 200 rotations."""
    sets = {name: (contents(first, name), contents(second, name)) for name in FILES}
    documents = [contents(folder, "payload.json") for folder in (second, first)]
    fork = multiprocessing.get_context("fork")
    stop, read, written = fork.Event(), fork.Queue(), fork.Queue()
    readers = [fork.Process(target=reader, args=(mount, sets, stop, read)) for _ in range(4)]
    writers = [fork.Process(target=writer, args=(mount, documents, ROTATIONS // 2, written)) for _ in range(2)]
    for process in readers + writers:
        process.start()
    results = [written.get(timeout=120) for _ in writers]
    stop.set()
    results += [read.get(timeout=30) for _ in readers]
    for process in readers + writers:
        process.join()
    for count, wrong in results:
        check(not wrong, wrong)
        check(count > 0, "a reader never read")


# ---- an import that takes long

def turn_of_reading(mount):
    """One of everything that a reader does; returns the seconds that the slowest step took."""
    slowest = 0
    steps = [lambda name=name: contents(mount, name) for name in FILES + ("last", "status")]
    steps += [lambda name=name: os.stat(os.path.join(mount, name)) for name in FILES]
    steps += [lambda: os.listdir(mount), lambda: os.path.exists(os.path.join(mount, "missing"))]
    for step in steps:
        begin = time.monotonic()
        step()
        slowest = max(slowest, time.monotonic() - begin)
    return slowest


def held_import(mount, first, second):
    """While an import is held, no read takes a quarter of the hold."""
    hold = int(os.environ["CERTFS_TEST_HOLD_MS"]) / 1000
    took = []

    def timed_rotation():
        begin = time.monotonic()
        rotate(mount, second)
        took.append(time.monotonic() - begin)

    importing = threading.Thread(target=timed_rotation)
    importing.start()
    turns, slowest = 0, 0
    while importing.is_alive():
        slowest = max(slowest, turn_of_reading(mount))
        turns += 1
    importing.join()
    check(took and took[0] >= hold, f"the import was not held: {took} of {hold} s")
    check(turns >= 5, f"only {turns} turns of reading during the import")
    check(slowest < hold / 4, f"a read took {slowest:.3f} s while an import was held for {hold} s")
    check(contents(mount, "cert.pem") == contents(second, "cert.pem"), "the held import did not arrive")


def held_imports_in_a_row(mount, first, second):
    """Two writers at once: both are served, one after the other, and reading goes on."""
    threads = [threading.Thread(target=rotate, args=(mount, folder)) for folder in (second, first)]
    for thread in threads:
        thread.start()
    turns = 0
    while any(thread.is_alive() for thread in threads):
        turn_of_reading(mount)
        turns += 1
    check(turns >= 5, f"only {turns} turns of reading during the imports")
    check(contents(mount, "cert.pem") in (contents(first, "cert.pem"), contents(second, "cert.pem")), "no set is served")


# ---- watchers

def notices(mount, first, second):
    """inotify reports to a watcher of control that it was closed after writing, when the new set is already there."""
    import ctypes
    import struct
    close_write = 8
    libc = ctypes.CDLL(None, use_errno=True)
    queue = libc.inotify_init1(0)
    path = os.path.join(mount, "control").encode()
    check(libc.inotify_add_watch(queue, path, close_write) >= 0, f"inotify: {os.strerror(ctypes.get_errno())}")
    rotate(mount, second)
    mask = struct.unpack_from("iI", os.read(queue, 4096))[1]
    check(mask & close_write, f"the event is {mask:#x}")
    check(contents(mount, "cert.pem") == contents(second, "cert.pem"), "the event came before the new set")


what = {function.__name__: function for function in (
    old_descriptor, old_descriptor_many_generations, old_mapping, at_once, appear_and_vanish, held_key, page_cache, many,
    held_import, held_imports_in_a_row, notices)}
what[sys.argv[1]](*sys.argv[2:5])
