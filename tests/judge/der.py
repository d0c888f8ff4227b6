"""der.py: X.509 certificates and private keys byte by byte, so that everything in them can be wrong or too large.

Nothing here is secret: RSA keys are products of primes of a known form, and the private key of every curve is 1, so that
its public key is the curve's own generator and a signature with nonce 1 needs no arithmetic of points.
"""

import base64
import hashlib
import json
import subprocess


# ---- tags, lengths, values

def tlv(tag, *parts):
    content = b"".join(parts)
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def sequence(*parts):
    return tlv(0x30, *parts)


def collection(*parts):
    return tlv(0x31, *parts)


def integer(number):
    return tlv(2, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def octets(*parts):
    return tlv(4, *parts)


def bits(*parts):
    return tlv(3, b"\0", *parts)


def text(value):
    return tlv(12, value.encode())


def explicit(number, *parts):
    return tlv(0xA0 | number, *parts)


def arc(number):
    low = [number & 0x7F]
    while number := number >> 7:
        low.append(0x80 | number & 0x7F)
    return bytes(reversed(low))


def oid(dotted):
    first, second, *others = map(int, dotted.split("."))
    return tlv(6, arc(40 * first + second), *map(arc, others))


NULL = tlv(5)
RSA, RSA_PSS, EC, ED25519, ED448 = map(oid, (
    "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1", "1.3.101.112", "1.3.101.113"))
DSA, DH, DHX = map(oid, ("1.2.840.10040.4.1", "1.2.840.113549.1.3.1", "1.2.840.10046.2.1"))
SHA256_RSA = sequence(oid("1.2.840.113549.1.1.11"), NULL)
SHA256_EC = sequence(oid("1.2.840.10045.4.3.2"))


def name(*values):
    return sequence(*(collection(sequence(oid("2.5.4.3"), text(value))) for value in values))


# ---- keys: .spki, .pkcs8, .traditional, .algorithm (of its signatures), .sign(bytes)

def big(number):
    return number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")


class RsaKey:
    """`wrong` replaces parts of the private half by name: n e d p q dp dq qinv."""

    algorithm = SHA256_RSA

    def __init__(self, p, q, e=65537, others=(), wrong=None):
        n, phi = p * q, (p - 1) * (q - 1)
        for prime in others:
            n, phi = n * prime, phi * (prime - 1)
        d = inverse(e, phi)
        self.parts = {"n": n, "e": e, "d": d, "p": p, "q": q, "dp": d % (p - 1 or 1), "dq": d % (q - 1 or 1),
                      "qinv": inverse(q, p)} | (wrong or {})
        self.others = others
        self.spki = rsa_spki(self.parts["n"], self.parts["e"])

    @property
    def traditional(self):
        more = [sequence(sequence(integer(r), integer(1), integer(1))) for r in self.others]
        return sequence(integer(1 if more else 0), *map(integer, self.parts.values()), *more)

    @property
    def pkcs8(self):
        return pkcs8(sequence(RSA, NULL), self.traditional)

    def sign(self, data):
        size = len(big(self.parts["n"]))
        digest = sequence(sequence(oid("2.16.840.1.101.3.4.2.1"), NULL), octets(hashlib.sha256(data).digest()))
        block = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
        message, p, q = int.from_bytes(block, "big"), self.parts["p"], self.parts["q"]
        at_p, at_q = pow(message, self.parts["dp"], p), pow(message, self.parts["dq"], q)
        return (at_q + q * (self.parts["qinv"] * (at_p - at_q) % p)).to_bytes(size, "big")


def inverse(number, modulus):
    try:
        return pow(number, -1, modulus)
    except ValueError:
        return 1


class EcKey:
    """A named curve, with the private key 1."""

    algorithm = SHA256_EC

    def __init__(self, curve):
        der = subprocess.run(["openssl", "ecparam", "-name", curve, "-param_enc", "explicit", "-conv_form", "uncompressed",
                              "-outform", "DER"], capture_output=True, check=True).stdout
        self.explicit = der
        _, _, _, generator, order, *_ = children(der)
        self.point, self.order = content(generator), int.from_bytes(content(order), "big")
        half = len(self.point) // 2
        self.x = int.from_bytes(self.point[1:1 + half], "big")
        self.compressed = bytes([2 | self.point[-1] & 1]) + self.point[1:1 + half]
        self.curve = subprocess.run(["openssl", "ecparam", "-name", curve, "-outform", "DER"], capture_output=True,
                                    check=True).stdout
        self.spki = sequence(sequence(EC, self.curve), bits(self.point))

    @property
    def traditional(self):
        return ec_private(self.curve, big(1).rjust(len(big(self.order)), b"\0"), self.point)

    @property
    def pkcs8(self):
        return pkcs8(sequence(EC, self.curve), self.traditional)

    def sign(self, data):
        """With nonce 1: r is the generator's x, s is digest + r."""
        digest, length = int.from_bytes(hashlib.sha256(data).digest(), "big"), self.order.bit_length()
        r = self.x % self.order
        return sequence(integer(r), integer(((digest >> max(0, 256 - length)) + r) % self.order))


def children(der):
    """The elements inside the first one."""
    inside, found = content(der), []
    while inside:
        size = element_size(inside)
        found.append(inside[:size])
        inside = inside[size:]
    return found


def header_size(der):
    return 2 if der[1] < 0x80 else 2 + (der[1] & 0x7F)


def element_size(der):
    header = header_size(der)
    return header + (der[1] if header == 2 else int.from_bytes(der[2:header], "big"))


def content(der):
    return der[header_size(der):element_size(der)]


def rsa_spki(n, e, algorithm=sequence(RSA, NULL)):
    return sequence(algorithm, bits(sequence(integer(n), integer(e))))


def pkcs8(algorithm, private):
    return sequence(integer(0), algorithm, octets(private))


def ec_private(parameters, private, public=None):
    return sequence(integer(1), octets(private), explicit(0, parameters), *([explicit(1, bits(public))] if public else []))


def explicit_curve(p, a, b, generator, order, cofactor=1):
    field = sequence(oid("1.2.840.10045.1.1"), integer(p))
    size = len(big(p))
    return sequence(integer(1), field, sequence(octets(a.to_bytes(size, "big")), octets(b.to_bytes(size, "big"))),
                    octets(generator), integer(order), integer(cofactor))


# ---- certificates

def extension(dotted, *value, critical=False):
    return sequence(oid(dotted), *([tlv(1, b"\xff")] if critical else []), octets(*value))


CA = extension("2.5.29.19", sequence(tlv(1, b"\xff")), critical=True)
LEAF = extension("2.5.29.19", sequence())


def time(value):
    return tlv(0x17 if len(value) == 13 else 0x18, value.encode())


def certificate(subject, spki, signer=None, issuer=None, extensions=(), serial=1, validity=None, signature=b"\1" * 8,
                algorithm=None):
    """Names are strings or DER. Without a signer the signature is `signature`."""
    subject = subject if isinstance(subject, bytes) else name(subject)
    issuer = subject if issuer is None else issuer if isinstance(issuer, bytes) else name(issuer)
    algorithm = algorithm or (signer.algorithm if signer else SHA256_RSA)
    tbs = sequence(explicit(0, integer(2)), integer(serial), algorithm, issuer,
                   validity or sequence(time("200101000000Z"), time("20991231235959Z")), subject, spki,
                   *([explicit(3, sequence(*extensions))] if extensions else []))
    return sequence(tbs, algorithm, bits(signer.sign(tbs) if signer else signature))


# ---- documents

WAIVED = ["untrusted_chain", "not_a_ca", "same_name", "expired", "not_yet_valid", "weak_key", "weak_signature",
          "wrong_purpose"]


def pem(label, der):
    return f"-----BEGIN {label}-----\n{base64.b64encode(der).decode()}\n-----END {label}-----\n"


def certificates(*ders):
    return "".join(pem("CERTIFICATE", der) for der in ders)


def document(**members):
    return json.dumps(members, separators=(",", ":")).encode()
