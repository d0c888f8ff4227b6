"""mapping.py FILE...: maps the files, reads them, prints "ready" and waits for a line; then reads the mappings again.

Each by a child of its own; a line for each file: the signal that ended it, or what a mapping that can still be read
begins with.
"""

import mmap
import os
import signal
import sys


def mapped(path):
    with open(path, "rb") as file:
        mapping = mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ)
    mapping[:]
    return mapping


def outcome(mapping):
    child = os.fork()
    if child == 0:
        os.write(1, mapping[:27] + b"\n")
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else None


mappings = [mapped(path) for path in sys.argv[1:]]
print("ready", flush=True)
sys.stdin.readline()
for mapping in mappings:
    told = outcome(mapping)
    if told is not None:
        print(told, flush=True)
