#!/usr/bin/env python3
"""slow-pipe.py FIRST REST COMMAND...: gives COMMAND the bytes of FIRST on a pipe, and those of REST once it has read them."""
import fcntl, struct, subprocess, sys, termios, time

with open(sys.argv[1], "rb") as first, open(sys.argv[2], "rb") as rest:
    child = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE)
    child.stdin.write(first.read())
    child.stdin.flush()
    while struct.unpack("i", fcntl.ioctl(child.stdin, termios.FIONREAD, b"\0" * 4))[0] > 0 and child.poll() is None:
        time.sleep(0.001)
    child.stdin.write(rest.read())
    child.stdin.close()
    sys.exit(child.wait())
