"""Makes a certificate one of version 1, without extensions, and signs it anew: version1.py FILE KEY.

RFC 5280 4.1: TBSCertificate is a SEQUENCE that begins with [0] version, absent for version 1, and may end with [3].
"""
import base64
import subprocess
import sys

SEQUENCE, BIT_STRING, VERSION, EXTENSIONS = 0x30, 0x03, 0xA0, 0xA3


def element(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 128 + width]) + size.to_bytes(width, "big") + content


def elements(content):
    """(tag, content, the whole element) of each."""
    at = 0
    while at < len(content):
        begin, tag, size, at = at, content[at], content[at + 1], at + 2
        if size >= 128:
            width = size - 128
            size, at = int.from_bytes(content[at:at + width], "big"), at + width
        yield tag, content[at:at + size], content[begin:at + size]
        at += size


def run(*arguments, text=b""):
    return subprocess.run(arguments, input=text, stdout=subprocess.PIPE, check=True).stdout


def main(file, key):
    [(_, certificate, _)] = elements(run("openssl", "x509", "-in", file, "-outform", "DER"))
    (_, signed, _), (_, _, algorithm), _ = elements(certificate)
    signed = element(SEQUENCE, b"".join(whole for tag, _, whole in elements(signed) if tag not in (VERSION, EXTENSIONS)))
    signature = run("openssl", "dgst", "-sha256", "-sign", key, text=signed)
    der = element(SEQUENCE, signed + algorithm + element(BIT_STRING, b"\0" + signature))
    body = base64.encodebytes(der).replace(b"\n", b"").decode()
    with open(file, "w", encoding="ascii") as out:
        out.write("-----BEGIN CERTIFICATE-----\n")
        out.writelines(body[i:i + 64] + "\n" for i in range(0, len(body), 64))
        out.write("-----END CERTIFICATE-----\n")


main(sys.argv[1], sys.argv[2])
