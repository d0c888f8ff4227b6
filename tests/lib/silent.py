#!/usr/bin/env python3
"""silent.py USER NODE CALL PATH: calls into, or out of, memory that never answers, as USER.

USER makes a user namespace and mounts its own FUSE filesystem, whose one file never answers a read, and gives a
mapping of it to CALL on PATH: the call then sleeps in the kernel with whatever lock it holds there. NODE is a device
node of /dev/fuse that USER may open. Prints one line: "held" once the kernel asks for the memory, "refused ERRNO" if
CALL could not begin or came back. When held it stays until it is killed, or its standard input ends.

CALL is one of those in the table below.
"""
import ctypes
import errno
import grp
import mmap
import os
import pwd
import select
import signal
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)

SIZE = 1 << 20
IN = struct.Struct("=IIQQIIII")
LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT, OPENDIR, INTERRUPT = 1, 2, 3, 14, 15, 18, 25, 26, 27, 36
NEWUSER, NEWNS = 0x10000000, 0x00020000
MACHINE = {"x86_64": (217, 332), "aarch64": (61, 291)}[os.uname().machine]  # getdents64, statx


def check(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


# ---- the filesystem

def attributes(node):
    mode = 0o40755 if node == 1 else 0o100666
    return struct.pack("=6Q10I", node, SIZE, SIZE // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(fuse, unique, body=b"", error=0):
    os.write(fuse, struct.pack("=IiQ", 16 + len(body), -error, unique) + body)


def reply_of(opcode, node):
    if opcode == INIT:
        return struct.pack("=IIIIHHIIHHI28x", 7, 31, 1 << 17, 0, 16, 12, 1 << 17, 1, 32, 0, 0)
    if opcode == LOOKUP:
        return struct.pack("=QQQQII", 2, 0, 1000, 1000, 0, 0) + attributes(2)
    if opcode == GETATTR:
        return struct.pack("=QII", 1000, 0, 0) + attributes(node)
    if opcode in (OPEN, OPENDIR):
        return struct.pack("=QII", 0, 0, 0)
    if opcode in (FLUSH, RELEASE):
        return b""
    return None


def serve(fuse, told):
    while True:
        try:
            request = os.read(fuse, 1 << 18)
        except OSError as problem:
            if problem.errno in (errno.EINTR, errno.ENOENT):
                continue
            os._exit(0)
        _, opcode, unique, node, *_ = IN.unpack_from(request)
        if opcode == READ:
            os.write(told, b"r")
        elif opcode not in (FORGET, INTERRUPT):
            body = reply_of(opcode, node)
            answer(fuse, unique, body or b"", 0 if body is not None else errno.ENOSYS)


def become(name):
    user = pwd.getpwnam(name)
    groups = [group.gr_gid for group in grp.getgrall() if name in group.gr_mem]
    groups += [int(extra) for extra in os.environ.get("SILENT_GROUPS", "").split()]
    os.setgroups(groups)
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    # Else /proc/self/uid_map cannot be written.
    check(libc.prctl(4, 1, 0, 0, 0))
    return user.pw_uid, user.pw_gid


def write(path, text):
    file = os.open(path, os.O_WRONLY)
    os.write(file, text)
    os.close(file)


def mounted(node, uid, gid):
    check(libc.unshare(NEWUSER | NEWNS))
    write("/proc/self/setgroups", b"deny")
    write("/proc/self/uid_map", b"0 %d 1" % uid)
    write("/proc/self/gid_map", b"0 %d 1" % gid)
    check(libc.mount(b"none", b"/", None, 0x4000 | 0x40000, None))  # private, and all below it
    check(libc.mount(b"tmpfs", b"/mnt", b"tmpfs", 0, None))
    fuse = os.open(node, os.O_RDWR)
    options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0"
    check(libc.mount(b"silent", b"/mnt", b"fuse", 0, options.encode()))
    return fuse


# ---- the calls

def getdents(path, memory):
    check(libc.syscall(MACHINE[0], os.open(path, os.O_RDONLY | os.O_DIRECTORY), memory, SIZE))


def read(path, memory):
    check(libc.read(os.open(path, os.O_RDONLY), memory, 4096))


def readlink(path, memory):
    check(libc.readlink(path.encode(), memory, 4096))


def getxattr(path, memory):
    check(libc.getxattr(path.encode(), b"user.name", memory, 4096))


def listxattr(path, memory):
    check(libc.listxattr(path.encode(), memory, 4096))


def statx(path, memory):
    check(libc.syscall(MACHINE[1], -100, path.encode(), 0, 0x7FF, memory))


def statfs(path, memory):
    check(libc.statfs(path.encode(), memory))


def write_new(path, memory):
    check(libc.write(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), memory, 4096))


def write_there(path, memory):
    check(libc.write(os.open(path, os.O_WRONLY), memory, 4096))


def getcwd(path, memory):
    os.chdir(path)
    check(libc.syscall({217: 79, 61: 17}[MACHINE[0]], memory, 4096))


CALLS = {function.__name__: function for function in
         (getdents, read, readlink, getxattr, listxattr, statx, statfs, write_new, write_there, getcwd)}


def end_with_parent():
    check(libc.prctl(1, signal.SIGKILL, 0, 0, 0))


def call(name, path):
    file = os.open("/mnt/file", os.O_RDWR)
    mapping = mmap.mmap(file, SIZE)
    memory = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(mapping)))
    try:
        CALLS[name](path, memory)
        outcome = "came back"
    except OSError as problem:
        outcome = errno.errorcode[problem.errno]
    print(f"refused {outcome}", flush=True)
    os._exit(0)


def main(user, node, name, path):
    told, tell = os.pipe()
    fuse = mounted(node, *become(user))
    server = os.fork()
    if server == 0:
        end_with_parent()
        serve(fuse, tell)
    os.close(fuse)
    caller = os.fork()
    if caller == 0:
        end_with_parent()
        call(name, path)
    os.close(tell)
    end = os.pidfd_open(caller)
    ready, _, _ = select.select([told, end], [], [])
    if told in ready:
        print("held", flush=True)
        select.select([0, end], [], [])
    os.kill(caller, signal.SIGKILL)  # first: what the call comes back with is not to be printed
    os.kill(server, signal.SIGKILL)  # the memory is gone, and the call comes back
    os.waitpid(caller, 0)
    os.waitpid(server, 0)


main(*sys.argv[1:])
