"""drop.py STEP...: what files of import/ answer, step by step, a line each.

  create:PATH      O_WRONLY|O_CREAT|O_EXCL, mode 0640, as mysqld does it; the steps below are on the newest descriptor
  open:FLAGS:PATH  with these flags: r w rw, then creat excl trunc append; as in open:w,creat:PATH
  use:N            the steps below are on the Nth descriptor, counted from 0
  write:FILE       the whole file in one write(2)
  text:TEXT        the text in one write(2)
  blanks:N         N blanks in one write(2)
  pieces:N:FILE    the file in pieces of N bytes; stops at the first error, prints the last outcome
  at:N:TEXT        pwrite(2) of the text at N
  chmod:MODE  chown:UID:GID  utime  truncate:N  fsync
  seek             lseek(fd, 0, SEEK_CUR)
  stat             mode, links and size, by fstat
  flush            the result of closing a duplicate
  close            the result of closing
  unlink:PATH
  answer:PATH      LOAD_FILE of PATH.answer: stat, open, one read of exactly that many bytes
  hold:FIFO        prints "ready", and waits for the end of FIFO

Outcomes: "create ok", "write 5712", "write EBADMSG", "stat 640 1 5712", "answer ...".
"""

import errno
import os
import stat
import sys

WORDS = {"r": os.O_RDONLY, "w": os.O_WRONLY, "rw": os.O_RDWR, "creat": os.O_CREAT, "excl": os.O_EXCL,
         "trunc": os.O_TRUNC, "append": os.O_APPEND}
descriptors = []
current = -1


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def opened(path, flags):
    global current
    descriptors.append(os.open(path, flags, 0o640))
    current = descriptors[-1]


def open_words(value):
    words, path = value.split(":", 1)
    flags = 0
    for word in words.split(","):
        flags |= WORDS[word]
    opened(path, flags)


def use(value):
    global current
    current = descriptors[int(value)]


def write_pieces(value):
    size, path = value.split(":", 1)
    data = contents(path)
    for begin in range(0, len(data), int(size)):
        outcome = os.write(current, data[begin:begin + int(size)])
    return outcome


def write_at(value):
    offset, text = value.split(":", 1)
    return os.pwrite(current, text.encode(), int(offset))


def facts():
    st = os.fstat(current)
    return f"{stat.S_IMODE(st.st_mode):o} {st.st_nlink} {st.st_size}"


def answer(path):
    path += ".answer"
    size = os.stat(path).st_size
    descriptor = os.open(path, os.O_RDONLY)
    data = os.read(descriptor, size)
    rest = os.read(descriptor, 1)
    os.close(descriptor)
    return data.decode() if len(data) == size and not rest else f"{len(data)} of {size} bytes, then {len(rest)}"


def hold(path):
    print("ready", flush=True)
    contents(path)


STEPS = {
    "create": lambda value: opened(value, os.O_WRONLY | os.O_CREAT | os.O_EXCL),
    "open": open_words,
    "use": use,
    "write": lambda value: os.write(current, contents(value)),
    "text": lambda value: os.write(current, value.encode()),
    "blanks": lambda value: os.write(current, b" " * int(value)),
    "pieces": write_pieces,
    "at": write_at,
    "chmod": lambda value: os.fchmod(current, int(value, 8)),
    "chown": lambda value: os.fchown(current, *map(int, value.split(":"))),
    "utime": lambda value: os.utime(current),
    "truncate": lambda value: os.ftruncate(current, int(value)),
    "fsync": lambda value: os.fsync(current),
    "seek": lambda value: os.lseek(current, 0, os.SEEK_CUR),
    "stat": lambda value: facts(),
    "flush": lambda value: os.close(os.dup(current)),
    "close": lambda value: os.close(current),
    "unlink": os.unlink,
    "answer": answer,
    "hold": hold,
}
SHOWN_AS = {"open": "create", "text": "write", "pieces": "write", "at": "write", "blanks": "write"}

for argument in sys.argv[1:]:
    word, _, value = argument.partition(":")
    try:
        outcome = STEPS[word](value)
    except OSError as error:
        outcome = errno.errorcode.get(error.errno, str(error.errno))
    if word not in ("use", "hold"):
        print(SHOWN_AS.get(word, word), "ok" if outcome is None else outcome, flush=True)
