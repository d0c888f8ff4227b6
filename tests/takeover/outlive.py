"""outlive.py MNT FIFO: maps key.pem and waits for another status by poll(2); a line for each outcome.

"ready" before it waits, "changed" when a set was imported. At the end of FIFO it looks at the mapping: "mapping same".
"""

import mmap
import os
import select
import sys

mount, fifo = sys.argv[1:]
with open(mount + "/key.pem", "rb") as file:
    mapping = mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ)
before = mapping[:]
status = os.open(mount + "/status", os.O_RDONLY)
os.read(status, 1 << 20)
poll = select.poll()
poll.register(status, select.POLLIN)
print("ready", flush=True)
changed = poll.poll(60000)
print("changed" if changed else "late", flush=True)
with open(fifo) as go:
    go.read()
print("mapping " + ("same" if mapping[:] == before else "differs"), flush=True)
