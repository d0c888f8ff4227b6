"""impostor.py MOUNTPOINT UID FILE: a FUSE of that user's that calls itself fuse.certfs, with a file `control` that
takes whatever is written and answers as certfs would; an accepted request is appended to FILE. Runs until it is unmounted."""
import ctypes
import errno
import os
import stat
import struct
import sys

LOOKUP, FORGET, GETATTR, OPEN, READ, WRITE, RELEASE, FLUSH, INIT = 1, 2, 3, 14, 15, 16, 18, 25, 26
ANSWER = b'{"result":"ok","changed":true,"generation":1,"repairs":[],"warnings":[],"waived":[]}\n'
UNREAD = []


def attributes(node):
    mode = stat.S_IFDIR | 0o755 if node == 1 else stat.S_IFREG | 0o666
    return struct.pack("<QQQQQQIIIIIIIIII", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def reply_to(opcode, node, body, taken):
    if opcode == INIT:
        return struct.pack("<IIIIHHIIHHI28x", 7, 31, 65536, 0, 12, 10, 1 << 20, 1, 256, 0, 0)
    if opcode == LOOKUP and body == b"control\0":
        return struct.pack("<QQQQII", 2, 0, 0, 0, 0, 0) + attributes(2)
    if opcode == GETATTR:
        return struct.pack("<QII", 0, 0, 0) + attributes(node)
    if opcode == OPEN:
        return struct.pack("<QII", 0, 1, 0)  # FOPEN_DIRECT_IO
    if opcode == READ:
        answers, UNREAD[:] = b"".join(UNREAD), []
        return answers
    if opcode == WRITE:
        size = struct.unpack_from("<16xI", body)[0]
        taken.write(body[40:40 + size])
        taken.flush()
        UNREAD.append(ANSWER)
        return struct.pack("<II", size, 0)
    return b"" if opcode in (RELEASE, FLUSH) else None


def main():
    point, uid, path = sys.argv[1:]
    fuse = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fuse},rootmode=40000,user_id={uid},group_id={uid},allow_other".encode()
    if ctypes.CDLL(None, use_errno=True).mount(b"none", point.encode(), b"fuse.certfs", 0, options) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    with open(path, "ab") as taken:
        while True:
            try:
                request = os.read(fuse, 1 << 21)
            except OSError as error:
                sys.exit(0 if error.errno == errno.ENODEV else str(error))
            opcode, unique, node = struct.unpack_from("<4xIQQ", request)
            if opcode == FORGET:
                continue
            body = reply_to(opcode, node, request[40:], taken)
            error = 0 if body is not None else -errno.ENOENT if opcode == LOOKUP else -errno.ENOSYS
            os.write(fuse, struct.pack("<IiQ", 16 + len(body or b""), error, unique) + (body or b""))


main()
