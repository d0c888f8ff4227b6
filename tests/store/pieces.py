"""pieces.py KEY FILE...: which pieces of the private key stand in the files; prints "found 0 of 123" and which.

A piece is every 16 bytes, at any place, of d, p, q, dp, dq and qi as big-endian bytes, and every full line of base64
of the PKCS#1 and of the PKCS#8 form that holds nothing public. n and e are public.
"""

import base64
import subprocess
import sys

PIECE = 16
LINE = 64
PRIVATE = ("d", "p", "q", "dp", "dq", "qi")


def der_of(path, *command):
    return subprocess.run(["openssl", *command, "-in", path, "-outform", "DER"], check=True, capture_output=True).stdout


def integers(der):
    """version, n, e, d, p, q, dp, dq, qi, without leading zero bytes."""
    def element(at):
        length, begin = der[at + 1], at + 2
        if length >= 128:
            count = length & 127
            length, begin = int.from_bytes(der[begin:begin + count], "big"), begin + count
        return begin, begin + length
    at, end = element(0)
    numbers = []
    while at < end:
        begin, at = element(at)
        numbers.append(der[begin:at].lstrip(b"\0"))
    return numbers


def pieces(path):
    pkcs1 = der_of(path, "rsa", "-traditional")
    pkcs8 = der_of(path, "pkcs8", "-topk8", "-nocrypt")
    numbers = integers(pkcs1)
    found = {}
    for name, number in zip(PRIVATE, numbers[3:]):
        for at in range(len(number) - PIECE + 1):
            found[number[at:at + PIECE]] = f"{name}[{at}]"
    for form, der in (("PKCS#1", pkcs1), ("PKCS#8", pkcs8)):
        text = base64.b64encode(der)
        first = der.index(numbers[3]) * 4 // 3 // LINE + 1
        for line in range(first, len(text) // LINE):
            found[text[line * LINE:(line + 1) * LINE]] = f"line {line} of {form}"
    return found


def main():
    wanted = pieces(sys.argv[1])
    found = []
    for path in sys.argv[2:]:
        with open(path, "rb") as file:
            text = file.read()
        found += [f"{path}: {name}" for piece, name in wanted.items() if piece in text]
    print(f"found {len(found)} of {len(wanted)}")
    print("\n".join(found))


main()
