"""resident.py FILE STEP...: how many pages of FILE are in the page cache after each step, a number a line.

  sendfile  splice  pread  readahead  map    on a descriptor of its own, which stays open
  close                                      the newest of these; then waits until there are none, ten seconds at most

The mapping that is asked, by mincore(2), is made first and never touched: another open would throw out what is there.
"""

import ctypes
import mmap
import os
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]

path = sys.argv[1]
watched = os.open(path, os.O_RDONLY)
size = os.fstat(watched).st_size
length = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
address = libc.mmap(None, length, mmap.PROT_READ, mmap.MAP_PRIVATE, watched, 0)
opened = []
mapped = []


def resident():
    pages = ctypes.create_string_buffer(length // mmap.PAGESIZE)
    if libc.mincore(address, length, pages) != 0:
        raise OSError(ctypes.get_errno(), "mincore")
    return sum(page & 1 for page in pages.raw)


def take(descriptor, how):
    if how == "sendfile":
        target = os.memfd_create("copy")
        assert os.sendfile(target, descriptor, 0, size) == size
        os.close(target)
    elif how == "splice":
        out, into = os.pipe()
        assert os.splice(descriptor, into, size) == size
        assert len(os.read(out, size)) == size
    elif how == "pread":
        assert len(os.pread(descriptor, size, 0)) == size
    elif how == "readahead":
        os.posix_fadvise(descriptor, 0, size, os.POSIX_FADV_WILLNEED)
    else:
        mapped.append(mmap.mmap(descriptor, size, mmap.MAP_PRIVATE, mmap.PROT_READ))
        assert mapped[-1][:size]


for step in sys.argv[2:]:
    if step == "close":
        while mapped:
            mapped.pop().close()
        os.close(opened.pop())
        until = time.monotonic() + 10
        while resident() and time.monotonic() < until:
            time.sleep(0.001)
    else:
        opened.append(os.open(path, os.O_RDONLY))
        take(opened[-1], step)
    print(step, resident(), flush=True)
