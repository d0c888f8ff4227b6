"""holding.py CONTROL COUNT FIFO: begins so many documents on CONTROL and finishes none; prints "ready", then waits.

When a line comes through FIFO it writes once more to each, and prints each outcome, a word each.
"""

import errno
import os
import sys

held = [os.open(sys.argv[1], os.O_WRONLY) for _ in range(int(sys.argv[2]))]
for descriptor in held:
    os.write(descriptor, b"{ ")
print("ready", flush=True)
with open(sys.argv[3], encoding="ascii") as fifo:
    fifo.readline()
told = []
for descriptor in held:
    try:
        told.append(str(os.write(descriptor, b" ")))
    except OSError as error:
        told.append(errno.errorcode[error.errno])
print(*told, flush=True)
