"""Makes a certificate one of version 1, without extensions, and signs it anew: version1.py FILE KEY.

RFC 5280 4.1: TBSCertificate is a SEQUENCE that begins with [0] version, absent for version 1, and may end with [3].
"""
import subprocess
import sys

from der import bits, children, sequence

VERSION, EXTENSIONS = 0xA0, 0xA3


def openssl(*arguments, text=b""):
    return subprocess.run(["openssl", *arguments], input=text, stdout=subprocess.PIPE, check=True).stdout


def main(file, key):
    signed, algorithm, _ = children(openssl("x509", "-in", file, "-outform", "DER"))
    signed = sequence(*(part for part in children(signed) if part[0] not in (VERSION, EXTENSIONS)))
    signature = openssl("dgst", "-sha256", "-sign", key, text=signed)
    openssl("x509", "-inform", "DER", "-out", file, text=sequence(signed, algorithm, bits(signature)))


main(sys.argv[1], sys.argv[2])
