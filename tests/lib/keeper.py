"""keeper: stands for systemd, which keeps descriptors of a service from one start to the next (sd_notify(3)).

    keeper.py SOCKET COMMAND...

Starts COMMAND with NOTIFY_SOCKET, and keeps what arrives at the socket. Each line on standard input is an order, which is
answered with one line: "start" starts COMMAND again with what is kept, and prints its exit status; "names" prints the
names of what is kept, each as often as it is there; "inode NAME" prints which file is kept under a name; "deaf N" has it
ignore N messages, as systemd does before it knows the main process of a service that forks. At the end of the input all of it is closed.
"""
import ctypes
import fcntl
import os
import select
import socket
import sys

FIRST = 3


def same_file(one, other):
    """Whether both are of one open file, which systemd does not keep twice: kcmp(2)."""
    number = {"x86_64": 312}.get(os.uname().machine, 272)
    return ctypes.CDLL(None).syscall(number, os.getpid(), os.getpid(), 0, one, other) == 0


class Keeper:
    def __init__(self, path, command):
        self.path, self.command, self.kept, self.deaf = path, command, [], 0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)

    def receive(self):
        text, fds, _, _ = socket.recv_fds(self.socket, 4096, 8)
        if self.deaf > 0:
            self.deaf -= 1
            for fd in fds:
                os.close(fd)
            return
        members = dict(line.split("=", 1) for line in text.decode().splitlines())
        name = members.get("FDNAME", "")
        if "FDSTOREREMOVE" in members:
            for kept in [kept for kept in self.kept if kept[0] == name]:
                os.close(kept[1])
                self.kept.remove(kept)
        assert "FDSTORE" not in members or members["FDPOLL"] == "0"
        for fd in fds:
            if not any(same_file(fd, kept[1]) for kept in self.kept):
                self.kept.append((name, fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100)))
            os.close(fd)

    def start(self):
        pid = os.fork()
        if pid == 0:
            for index, (_, fd) in enumerate(self.kept):
                os.dup2(fd, FIRST + index, inheritable=True)
            os.closerange(FIRST + len(self.kept), 1024)
            os.environ.update(NOTIFY_SOCKET=self.path, LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(self.kept)),
                              LISTEN_FDNAMES=":".join(name for name, _ in self.kept))
            null = os.open("/dev/null", os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(2, 1)
            os.execv(self.command[0], self.command)
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            if select.select([self.socket], [], [], 0.02)[0]:
                self.receive()

    def serve(self):
        while True:
            ready, _, _ = select.select([self.socket, sys.stdin], [], [])
            if self.socket in ready:
                self.receive()
                continue
            order = os.read(0, 64).decode().strip()
            if not order:
                return
            print(self.answer(order), flush=True)

    def answer(self, order):
        word, _, argument = order.partition(" ")
        if word == "start":
            return self.start()
        if word == "deaf":
            self.deaf = int(argument)
            return self.deaf
        if word == "inode":
            return " ".join(str(os.fstat(fd).st_ino) for name, fd in self.kept if name == argument)
        return " ".join(sorted(name for name, _ in self.kept))


Keeper(sys.argv[1], sys.argv[2:]).serve()
