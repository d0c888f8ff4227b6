"""sso.py: Oracle's auto-login wallets byte by byte, so that everything in them can be wrong or too large.

The password is fixed, and so are salts: what is encrypted with the same parameters is encrypted once.
"""

import base64
import functools
import hashlib
import hmac
import subprocess

from der import *  # noqa: F403

PASSWORD = b"0123456789abcde\n"
IV = bytes.fromhex("C034D8311C02CEF851F0144B81ED4BF2")
DATA, ENCRYPTED = oid("1.2.840.113549.1.7.1"), oid("1.2.840.113549.1.7.6")
BAGS = "1.2.840.113549.1.12.10.1."
DIGESTS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha512": "2.16.840.1.101.3.4.2.3"}
PRFS = {"sha1": "1.2.840.113549.2.7", "sha256": "1.2.840.113549.2.9", "sha512": "1.2.840.113549.2.11"}


def openssl_encrypt(cipher, key, iv, plain, *options):
    return subprocess.run(["openssl", "enc", f"-{cipher}", "-K", key.hex(), "-iv", iv.hex(), *options], input=plain,
                          capture_output=True, check=True).stdout


# ---- bags and parts

def bag(kind, value):
    return sequence(oid(BAGS + str(kind)), explicit(0, value))


def certificate_bag(der):
    return bag(3, sequence(oid("1.2.840.113549.1.9.22.1"), explicit(0, octets(der))))


def key_bag(pkcs8):
    return bag(1, pkcs8)


def part(*bags):
    return sequence(DATA, explicit(0, octets(sequence(*bags))))


@functools.lru_cache
def encrypt(plain, iterations=1, prf="sha1", said=None):
    """AlgorithmIdentifier (PBES2, AES-256) and ciphertext. `said`: the iterations that it names, if they are others."""
    salt, iv = b"saltsalt", bytes(16)
    key = hashlib.pbkdf2_hmac(prf, PASSWORD, salt, iterations, 32)
    derivation = sequence(oid("1.2.840.113549.1.5.12"), sequence(
        octets(salt), integer(said or iterations), sequence(oid(PRFS[prf]), tlv(5))))
    algorithm = sequence(oid("1.2.840.113549.1.5.13"), sequence(
        derivation, sequence(oid("2.16.840.1.101.3.4.1.42"), octets(iv))))
    return algorithm, openssl_encrypt("aes-256-cbc", key, iv, plain)


def encrypted_part(plain, *how):
    algorithm, cipher = encrypt(plain, *how)
    return sequence(ENCRYPTED, explicit(0, sequence(integer(0), sequence(DATA, algorithm, tlv(0x80, cipher)))))


def shrouded_bag(pkcs8, *how):
    algorithm, cipher = encrypt(pkcs8, *how)
    return bag(2, sequence(algorithm, octets(cipher)))


# ---- the wallet

def mac_key(digest, salt, iterations):
    """RFC 7292, B.2, of one block."""
    block = hashlib.new(digest).block_size
    password = b"".join(bytes([0, byte]) for byte in PASSWORD + b"\0")
    key = b"\3" * block + b"".join((text * (block // len(text) + 1))[:-(-len(text) // block) * block] if len(text) <= block
                                   else text + text[:-len(text) % block] for text in (salt, password))
    for _ in range(iterations):
        key = hashlib.new(digest, key).digest()
    return key


def wallet(*parts, digest="sha1", iterations=1):
    authentic, salt = sequence(*parts), b"salt"
    mac = hmac.new(mac_key(digest, salt, iterations), authentic, digest).digest()
    info = sequence(sequence(oid(DIGESTS[digest]), tlv(5)), octets(mac))
    pfx = sequence(integer(3), sequence(DATA, explicit(0, octets(authentic))), sequence(info, octets(salt), integer(iterations)))
    key = bytes(16)
    body = b"\6" + key + openssl_encrypt("aes-128-cbc", key, IV, PASSWORD, "-nopad")
    return b"\xA1\xF8\x4E6" + (6).to_bytes(4, "big") + len(body).to_bytes(4, "big") + body + pfx


def wallet_document(bytes_, **more):
    return document(CertificateIdentifier="a", Replace=True, CertificateWallet=base64.b64encode(bytes_).decode(), **more)
