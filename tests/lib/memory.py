"""memory.py: looks for the private pieces of an RSA key in the memory of processes.

  memory.py scan KEY PID...   prints how many of the pieces are found, "found 0 of 137", and which
  memory.py look FILE PID...  the same for pieces of a file, all of which are secret, and of its base64
  memory.py hold KEY          holds all of them in memory, prints "ready", and waits to be killed

Pieces: every 16 bytes of d, p, q, dp, dq and qi, as big-endian bytes (DER) and in the order in which OpenSSL keeps
them (little-endian limbs), and every 16 characters of the base64 lines of the PEM body. n and e are public.
"""

import base64
import signal
import subprocess
import sys

PIECE = 16
PRIVATE = ("d", "p", "q", "dp", "dq", "qi")


def der_of(path):
    return subprocess.run(["openssl", "rsa", "-in", path, "-traditional", "-outform", "DER"],
                          check=True, capture_output=True).stdout


def element(der, at):
    """The content's begin and end of the DER element that begins here."""
    length, begin = der[at + 1], at + 2
    if length >= 128:
        count = length & 127
        length, begin = int.from_bytes(der[begin:begin + count], "big"), begin + count
    return begin, begin + length


def integers(der):
    """version, n, e, d, p, q, dp, dq, qi, without the leading zero byte."""
    at, end = element(der, 0)
    numbers = []
    while at < end:
        begin, at = element(der, at)
        numbers.append(der[begin:at].lstrip(b"\0"))
    return numbers


def cut(data, size):
    return [data[at:at + size] for at in range(0, len(data) - size + 1, size)]


def quarters(body, der, first):
    """A line is seldom left whole where a buffer ended in the middle of it."""
    lines = list(enumerate(cut(base64.b64encode(der), 64)))[first:]
    return [(f"line {i}.{j} of the {body}", piece) for i, line in lines for j, piece in enumerate(cut(line, PIECE))]


def pieces(path):
    """Name of the piece and its bytes."""
    der = der_of(path)
    found = []
    for name, number in zip(PRIVATE, integers(der)[3:]):
        found += [(f"{name}[{i}] as DER", piece) for i, piece in enumerate(cut(number, PIECE))]
        found += [(f"{name}[{i}] as limbs", piece) for i, piece in enumerate(cut(number[::-1], PIECE))]
    # The first lines of PKCS#1 hold the version, n and e; what is secret begins with d.
    first = (der.index(integers(der)[3]) // 48) + 1
    found += quarters("PEM body", der, first)
    # The same body as PKCS#8 has it, which is what may have been imported.
    pkcs8 = subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", path, "-outform", "DER"],
                           check=True, capture_output=True).stdout
    first = (pkcs8.index(integers(der)[3]) // 48) + 1
    return found + quarters("PKCS#8 body", pkcs8, first)


def memory(pid):
    """The readable memory of a process, mapping by mapping. Unchanged pages of files on disk hold no key."""
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps:
        ranges = [line.split(maxsplit=5) for line in maps]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        for fields in ranges:
            begin, end = (int(text, 16) for text in fields[0].split("-"))
            name = fields[5].strip() if len(fields) > 5 else ""
            if "r" not in fields[1] or name in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                continue
            if name.startswith("/") and "w" not in fields[1]:
                continue
            yield read_range(file, begin, end)


def read_range(file, begin, end):
    """Pages that were never touched cannot be read in some mappings; they are skipped."""
    text = b""
    while begin < end:
        try:
            file.seek(begin)
            piece = file.read(min(end - begin, 1 << 24))
        except OSError:
            piece = b""
        if not piece:
            piece = b"\0" * min(4096, end - begin)
        text += piece
        begin += len(piece)
    return text


def pieces_of_file(path):
    with open(path, "rb") as file:
        text = file.read()
    return [(f"bytes {16 * i}", piece) for i, piece in enumerate(cut(text, PIECE))] + quarters("base64", text, 0)


def scan(wanted, pids):
    found = set()
    for pid in pids:
        for text in memory(pid):
            found.update(name for name, piece in wanted if piece in text)
    print(f"found {len(found)} of {len(wanted)}")
    print("\n".join(sorted(found)))


def hold(path):
    held = [piece for _, piece in pieces(path)]
    print("ready", flush=True)
    signal.pause()
    return held


if sys.argv[1] == "scan":
    scan(pieces(sys.argv[2]), sys.argv[3:])
elif sys.argv[1] == "look":
    scan(pieces_of_file(sys.argv[2]), sys.argv[3:])
else:
    hold(sys.argv[2])
