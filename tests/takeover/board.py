"""board.py: the layouts of board.h and of fs/host/test_deaths.h, in files that all processes of a test have mapped."""

import contextlib
import mmap
import os
import struct
import time

MEMBERS, HEAD, SIZE = 64, 256, 256
FIELDS = ("began", "count", "failed", "mixed", "stale", "excused", "longest", "woken")
KIND, DOING, PIDS, NUMBERS, TEXT = 0, 24, 64, 72, 136


class Mapped:
    def __init__(self, path, size):
        self.path = path
        with open(path, "wb") as file:
            file.truncate(size)
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), size)

    def get(self, layout, offset):
        return struct.unpack_from(layout, self.memory, offset)[0]

    def put(self, layout, offset, value):
        struct.pack_into(layout, self.memory, offset, value)

    def text(self, offset, size):
        return self.memory[offset:offset + size].split(b"\0")[0].decode(errors="replace")

    def put_text(self, offset, size, value):
        self.memory[offset:offset + size] = value.encode()[:size - 1].ljust(size, b"\0")


class Board(Mapped):
    def __init__(self, path):
        super().__init__(path, HEAD + MEMBERS * SIZE)

    def stop(self):
        self.put("I", 0, 1)

    def is_stopping(self):
        return self.get("I", 0) != 0

    def acknowledge(self, which, generation):
        self.put("Q", 8 + 8 * which, generation)

    def members(self):
        """Those that have begun."""
        every = (Member(self, number) for number in range(MEMBERS))
        return [member for member in every if member.kind]


class Member:
    """One thread's place. Only that thread writes into it, but `longest` is set to 0 by others."""

    def __init__(self, board, number, kind=None):
        self.board, self.at = board, HEAD + number * SIZE
        if kind:
            board.put("I", self.at + PIDS, os.getpid())
            board.put("I", self.at + PIDS + 4, os.getpid())
            board.put_text(self.at + KIND, DOING - KIND, kind)

    def __getattr__(self, name):
        if name in ("kind", "doing", "text"):
            begin, end = {"kind": (KIND, DOING), "doing": (DOING, PIDS), "text": (TEXT, SIZE)}[name]
            return self.board.text(self.at + begin, end - begin)
        if name in ("pid", "tid"):
            return self.board.get("I", self.at + PIDS + 4 * (name == "tid"))
        return self.board.get("Q", self.at + NUMBERS + 8 * FIELDS.index(name))

    def set(self, name, value):
        self.board.put("Q", self.at + NUMBERS + 8 * FIELDS.index(name), value)

    def add(self, name, text=None):
        self.set(name, getattr(self, name) + 1)
        if text and not self.text:
            self.board.put_text(self.at + TEXT, SIZE - TEXT, text)

    @contextlib.contextmanager
    def does(self, what):
        """One request: what it is and since when, until it has ended."""
        self.board.put_text(self.at + DOING, PIDS - DOING, what)
        began = time.monotonic_ns()
        self.set("began", began)
        try:
            yield
        finally:
            self.set("longest", max(self.longest, time.monotonic_ns() - began))
            self.set("began", 0)

    def waits(self):
        """Seconds of its request so far; 0: there is none."""
        began = self.began
        return (time.monotonic_ns() - began) / 1e9 if began else 0


class Deaths(Mapped):
    """The worker's end at a point of its own code."""
    POINTS = ("after-read", "before-reply", "after-reply", "judging", "before-rename", "after-rename", "before-fsync",
              "after-fsync", "before-unlink", "after-unlink", "committed", "spread", "notice", "noticed",
              "before-answer", "intended")

    def __init__(self, path):
        super().__init__(path, 4096)
        os.chmod(path, 0o666)

    def arm(self, point, passings):
        self.put("i", 4, passings)
        self.put("I", 0, self.POINTS.index(point) + 1)

    def disarm(self):
        self.put("I", 0, 0)

    def count(self):
        return self.get("I", 8)

    def hold_fsync(self, milliseconds):
        self.put("I", 12, milliseconds)

    def passed(self, point):
        return self.get("Q", 16 + 8 * self.POINTS.index(point))
