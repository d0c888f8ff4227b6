"""control.py CONTROL STEP...: what one descriptor of control answers, step by step, a line each.

  write:FILE     the whole file in one write(2)
  text:TEXT      the text in one write(2)
  pieces:N:FILE  the file in pieces of N bytes; stops at the first error, prints the last outcome
  read           reads up to the end: the answer, or EOF when there is none
  read:N         one read(2) of at most N bytes
  flush          the result of closing a duplicate
  close          the result of closing

Outcomes: "write 5712", "write EBADMSG", "read {...}", "read EOF", "flush ok", "close EKEYREJECTED".
os.open, since the buffered open("r+") wants to seek, and control is no place to seek in.
"""

import errno
import os
import sys


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def attempt(call, *arguments):
    try:
        return call(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))


def shown(outcome):
    if isinstance(outcome, bytes):
        return outcome.decode("utf-8", "backslashreplace").rstrip("\n") or "EOF"
    return "ok" if outcome is None else outcome


def read_all(descriptor):
    answer = b""
    while True:
        piece = os.read(descriptor, 65536)
        if not piece:
            return answer
        answer += piece


def write_pieces(descriptor, size, path):
    data = contents(path)
    for begin in range(0, len(data), size):
        outcome = attempt(os.write, descriptor, data[begin:begin + size])
        if isinstance(outcome, str):
            break
    return outcome


def step(descriptor, what, value):
    if what == "write":
        return "write", attempt(os.write, descriptor, contents(value))
    if what == "text":
        return "write", attempt(os.write, descriptor, value.encode())
    if what == "pieces":
        size, path = value.split(":", 1)
        return "write", write_pieces(descriptor, int(size), path)
    if what == "read" and value:
        return "read", attempt(os.read, descriptor, int(value))
    if what == "read":
        return "read", attempt(read_all, descriptor)
    if what == "flush":
        return "flush", attempt(os.close, os.dup(descriptor))
    if what == "close":
        return "close", attempt(os.close, descriptor)
    sys.exit(f"control.py: what is {what}?")


descriptor = os.open(sys.argv[1], os.O_RDWR)
for argument in sys.argv[2:]:
    word, outcome = step(descriptor, *argument.partition(":")[::2])
    print(word, shown(outcome), flush=True)
