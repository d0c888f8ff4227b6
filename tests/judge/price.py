"""price.py PROGRAM [few|short|long] [KNOB...]: what the dearest document costs.

Drives each knob of a document (algorithms, sizes, counts, depths, exponents, names) and has PROGRAM (measure.c) judge
what comes of it. Prints one line per knob, "# " in front: the most CPU seconds, for which setting, and the verdict. The
exit status is 1 when a document costs more than LIMIT seconds. `short` leaves out what only differs in degree; `few` ends
a knob after FEW documents as well.
"""

import itertools
import struct
import subprocess
import sys

from der import *  # noqa: F403
from sso import *  # noqa: F403

LIMIT = 2  # CPU seconds
FEW = 2
MIB = 1024 * 1024
DOCUMENT = MIB - 64

# Primes of a known form: no key made of them is worth anything.
P1024, Q1024 = 2**1024 - 105, 2**1023 + 1155
P4096, Q4096 = 2**4096 - 2549, 2**4095 + 579
P8192, Q8192 = 2**8192 - 2439, 2**8191 + 1911

knobs = {}
shallow = True


def knob(generator):
    """A function that yields (setting, document)."""
    knobs[generator.__name__.replace("_", "-")] = generator
    return generator


def degrees(*all_of_them):
    """In the short form the first and the last."""
    return all_of_them if not shallow else dict.fromkeys((all_of_them[0], all_of_them[-1]))


# ---- a good set, of which a part is replaced

root_key, leaf_key = RsaKey(P1024, Q1024), EcKey("prime256v1")
ROOT = certificate("root", root_key.spki, root_key, extensions=[CA])
LEAF_CERTIFICATE = certificate("leaf", leaf_key.spki, root_key, "root", extensions=[LEAF], serial=2)
GOOD_CA, GOOD_CERT, GOOD_KEY = certificates(ROOT), certificates(LEAF_CERTIFICATE), pem("PRIVATE KEY", leaf_key.pkcs8)


def trio(ca=GOOD_CA, cert=GOOD_CERT, key=GOOD_KEY, **more):
    return document(ssl_ca=ca, ssl_cert=cert, ssl_key=key, **{"Accept": WAIVED, **more})


def room(**fields):
    return DOCUMENT - len(trio(**fields))


def fill(make, size=None):
    """As many certificates as there is room for; `make` takes a number."""
    texts, left = [], size or room()
    for number in itertools.count(1):
        text_ = certificates(make(number))
        left -= len(json.dumps(text_)) - 2
        if left < 0:
            return "".join(texts)
        texts.append(text_)


def beside(make):
    """GOOD_CA and behind it as many others as there is room for."""
    return trio(ca=GOOD_CA + fill(make))


def largest(make, size=None, step=0.95):
    """The certificate that is made of the largest number of bytes which still fits."""
    size = size or room() * 72 // 100
    while len(json.dumps(text_ := certificates(make(size)))) > room():
        size = int(size * step)
    return text_


def everywhere(setting, make):
    """One enormous certificate: beside the anchors, behind the chain, and as the leaf itself."""
    yield f"{setting}, in ssl_ca", trio(ca=GOOD_CA + largest(make))
    yield f"{setting}, in ssl_cert", trio(cert=GOOD_CERT + largest(make))


# ---- private keys

def odd_number(size):
    """A number of so many bytes, without long runs of one bit."""
    return int.from_bytes(hashlib.shake_128(b"certfs").digest(size), "big") | 1 | 1 << (8 * size - 1)


KEY_BYTES = (1024, 8192, 65536, 200_000)


@knob
def dsa_key():
    for size in degrees(*KEY_BYTES):
        p, x = odd_number(size), odd_number(size) >> 2
        parameters = sequence(integer(p), integer(p >> 1), integer(3))
        yield f"PKCS#8 of {size} bytes", trio(key=pem("PRIVATE KEY", pkcs8(sequence(DSA, parameters), integer(x))))
        traditional = sequence(integer(0), *map(integer, (p, p >> 1, 3, 5, x)))
        yield f"traditional of {size} bytes", trio(key=pem("DSA PRIVATE KEY", traditional))
        yield f"traditional of {size} bytes as PRIVATE KEY", trio(key=pem("PRIVATE KEY", traditional))


@knob
def dh_key():
    for size in degrees(*KEY_BYTES):
        p, x = odd_number(size), odd_number(size) >> 2
        for algorithm, parameters in ((DH, [p, 3]), (DHX, [p, 3, p >> 1])):
            inside = sequence(algorithm, sequence(*map(integer, parameters)))
            yield f"{algorithm.hex()} of {size} bytes", trio(key=pem("PRIVATE KEY", pkcs8(inside, integer(x))))


@knob
def other_key():
    for dotted in ("1.3.101.110", "1.3.101.111", "1.2.840.113549.1.1.7", "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.4.1",
                   "2.16.840.1.101.3.4.3.20", "1.2.643.7.1.1.1.1", "1.2.3.4"):
        for size in degrees(32, 100_000):
            yield f"{dotted} of {size} bytes", trio(key=pem("PRIVATE KEY", pkcs8(sequence(oid(dotted)), octets(b"\1" * size))))


def self_signed(key):
    return certificates(certificate("alone", key.spki, key, extensions=[LEAF]))


def pinned(key, form="pkcs8", certificate_=None, **more):
    certificate_ = certificate_ or self_signed(key)
    label = "RSA PRIVATE KEY" if form == "traditional" else "PRIVATE KEY"
    return trio(ca=certificate_, cert=certificate_, key=pem(label, getattr(key, form)), **more)


def rsa_key_of(size):
    """Numbers of this many bytes in the place of its primes, and none of what belongs to them."""
    p, q = odd_number(size), odd_number(size) >> 8 | 1
    return RsaKey(3, 5, wrong={"n": p * q, "p": p, "q": q, "d": p * q >> 1, "dp": p >> 1, "dq": q >> 1, "qinv": p >> 3})


@knob
def rsa_key_size():
    for size, p, q in degrees((2048, P1024, Q1024), (8192, P4096, Q4096), (16384, P8192, Q8192)):
        key = RsaKey(p, q)
        alone = self_signed(key)
        yield f"{size} bits", pinned(key, certificate_=alone)
        yield f"{size} bits, traditional", pinned(key, "traditional", certificate_=alone)
    for size in degrees(*KEY_BYTES):
        key = rsa_key_of(size)
        for form in ("pkcs8", "traditional"):
            yield f"{16 * size} bits, {form}", trio(key=pem("PRIVATE KEY", getattr(key, form)))
            yield f"{16 * size} bits, {form}, its leaf", trio(
                cert=certificates(certificate("leaf", key.spki, extensions=[LEAF])), key=pem("PRIVATE KEY", getattr(key, form)))


@knob
def rsa_key_parts():
    """A private half that makes OpenSSL's shortcut fail, unbalanced, even and composite numbers."""
    for size, p, q in degrees((2048, P1024, Q1024), (8192, P4096, Q4096), (16384, P8192, Q8192)):
        good = RsaKey(p, q)
        alone = self_signed(good)
        for part in good.parts:
            for change in (1, -good.parts[part], 2 * good.parts["n"]):
                wrong = RsaKey(p, q, wrong={part: abs(good.parts[part] + change)})
                yield f"{size} bits, another {part}", pinned(wrong, certificate_=alone)
        n = good.parts["n"]
        spared = 3 * (n // 3 | 1)
        for setting, key in (
                ("a factor 3", RsaKey(3, spared // 3)), ("a factor 1", RsaKey(1, n)), ("a factor 2", RsaKey(2, n >> 1 | 1)),
                ("composite factors", RsaKey(p - 2, q - 2)), ("factors swapped", RsaKey(q, p)), ("twice p", RsaKey(p, p)),
                ("four primes", RsaKey(P1024, Q1024, others=(P1024 - 2, Q1024 - 2)))):
            certificate_ = certificates(certificate("alone", key.spki, extensions=[LEAF]))
            yield f"{size} bits, {setting}", pinned(key, certificate_=certificate_)


@knob
def rsa_key_exponent():
    for size, p, q in degrees((2048, P1024, Q1024), (8192, P4096, Q4096), (16384, P8192, Q8192)):
        for bits_ in degrees(2, 33, 64, 256, 2048, size - 2):
            key = RsaKey(p, q, e=(1 << bits_) - 1)
            yield f"{size} bits, exponent of {bits_}", pinned(key)


@knob
def rsa_pss_key():
    sha512 = sequence(oid("2.16.840.1.101.3.4.2.3"), NULL)
    mgf = sequence(oid("1.2.840.113549.1.1.8"), sha512)
    for salt in degrees(32, 2**31 - 1, 2**64, 1 << 800_000):
        parameters = sequence(RSA_PSS, sequence(explicit(0, sha512), explicit(1, mgf), explicit(2, integer(salt))))
        key = RsaKey(P1024, Q1024)
        key.spki = rsa_spki(key.parts["n"], 65537, parameters)
        certificate_ = certificates(certificate("alone", key.spki, extensions=[LEAF]))
        yield f"salt of {salt.bit_length()} bits", trio(
            ca=certificate_ + GOOD_CA, cert=certificate_, key=pem("PRIVATE KEY", pkcs8(parameters, key.traditional)))


CURVES = ("prime256v1", "secp521r1", "sect571r1", "secp224r1", "brainpoolP512r1", "secp384r1", "secp256k1", "sect283k1",
          "brainpoolP512t1", "wap-wsg-idm-ecid-wtls12", "SM2", "prime192v1")


@knob
def ec_key():
    for curve in degrees(*CURVES[:9]):
        key = EcKey(curve)
        yield curve, pinned(key)
        yield f"{curve}, without its public half", trio(
            cert=certificates(certificate("leaf", key.spki, root_key, "root", extensions=[LEAF])),
            key=pem("PRIVATE KEY", pkcs8(sequence(EC, key.curve), ec_private(key.curve, big(1)))))
        yield f"{curve}, explicit", trio(key=pem("PRIVATE KEY", pkcs8(sequence(EC, key.explicit), ec_private(key.explicit, big(1)))))
        for size in degrees(1000, 700_000):
            scalar = big(odd_number(size))
            yield f"{curve}, scalar of {size} bytes", trio(
                key=pem("EC PRIVATE KEY", ec_private(key.curve, scalar)))
    for size in degrees(80, 1000, 10_000, 100_000):
        p = odd_number(size)
        curve = explicit_curve(p, p - 3, 7, b"\4" + big(p - 1) + big(p - 2), p)
        private = ec_private(curve, big(p >> 1))
        yield f"explicit field of {8 * size} bits", trio(key=pem("EC PRIVATE KEY", private))
        yield f"explicit field of {8 * size} bits, PKCS#8", trio(key=pem("PRIVATE KEY", pkcs8(sequence(EC, curve), private)))


@knob
def nested_key():
    """Keys within keys, and octets that look like one."""
    inside = leaf_key.pkcs8
    while len(inside) < 500_000:
        inside = pkcs8(sequence(EC, leaf_key.curve), inside + octets(inside))
    yield "PKCS#8", trio(key=pem("PRIVATE KEY", inside))
    yield "sequences", trio(key=pem("PRIVATE KEY", b"\x30\x80" * 300_000))
    deep = b""
    for _ in range(3000):
        deep = sequence(deep)
    yield "sequences with lengths", trio(key=pem("PRIVATE KEY", deep))


# ---- public keys of certificates: many small ones, one large one

def tonelli_shanks(bits_, power):
    """The public key of an explicit curve over p = k 2^power + 1, where a square root is dear: a compressed point."""
    k = 1
    while True:
        p = (k << power) + 1
        if p.bit_length() >= bits_ and pow(3, p - 1, p) == 1 and p % 3:
            break
        k += 2 if p.bit_length() >= bits_ else 1 << max(0, bits_ - power - 2)
        k |= 1
    for x in itertools.count(2):
        if pow(x**3 + 7, (p - 1) // 2, p) == 1:
            point = b"\2" + x.to_bytes(len(big(p)), "big")
            return sequence(sequence(EC, explicit_curve(p, 0, 7, point, p - 2)), bits(point))


@knob
def ec_public_key():
    for curve in degrees(*CURVES):
        key = EcKey(curve)
        compressed = sequence(sequence(EC, key.curve), bits(key.compressed))
        yield f"{curve}", beside(lambda n, k=key: certificate("", k.spki, serial=n))
        yield f"{curve}, compressed", beside(lambda n, k=compressed: certificate("", k, serial=n))
        yield f"{curve}, explicit", beside(lambda n, k=key: certificate(
            "", sequence(sequence(EC, k.explicit), bits(k.point)), serial=n))
    for bits_, power in degrees((256, 200), (660, 620)):
        spki = tonelli_shanks(bits_, power)
        yield f"explicit over a prime with 2^{power} in p - 1", beside(lambda n, k=spki: certificate("", k, serial=n))
    for size in degrees(100, 1000, 100_000):
        p = odd_number(size)
        spki = sequence(sequence(EC, explicit_curve(p, p - 3, 7, b"\2" + big(p - 1), p)), bits(b"\2" + big(p - 1)))
        yield f"explicit field of {8 * size} bits", beside(lambda n, k=spki: certificate("", k, serial=n))


@knob
def rsa_public_key():
    for n_bytes, e_bits in ((256, 17), (384, 3070), (2048, 17), (2048, 64), (2048, 256), (2048, 16_000), (2056, 17),
                            (100_000, 17), (350_000, 2_800_000), (700_000, 17)):
        spki = rsa_spki(odd_number(n_bytes), (1 << e_bits) - 1)
        yield f"{8 * n_bytes} bits, exponent of {e_bits}", beside(lambda n, k=spki: certificate("", k, serial=n))
    yield "even", beside(lambda n: certificate("", rsa_spki(odd_number(256) - 1, 65537), serial=n))
    yield "1 bit", beside(lambda n: certificate("", rsa_spki(1, 1), serial=n))


@knob
def other_public_key():
    for size in degrees(64, 1024, 100_000, 250_000):
        number = odd_number(size)
        for algorithm, parameters in ((DSA, [number, number >> 1, 3]), (DH, [number, 3]), (DHX, [number, 3, number >> 1])):
            spki = sequence(sequence(algorithm, sequence(*map(integer, parameters))), bits(integer(number >> 3)))
            yield f"{algorithm.hex()} of {size} bytes", beside(lambda n, k=spki: certificate("", k, serial=n))
    for algorithm, size in ((ED25519, 32), (ED448, 57), (oid("1.3.101.110"), 32), (oid("1.3.101.111"), 56),
                            (oid("2.16.840.1.101.3.4.3.17"), 1312), (oid("2.16.840.1.101.3.4.4.3"), 1568),
                            (oid("2.16.840.1.101.3.4.3.20"), 32)):
        spki = sequence(sequence(algorithm), bits(b"\1" * size))
        yield f"{algorithm.hex()} of {size} bytes", beside(lambda n, k=spki: certificate("", k, serial=n))
    yield "an algorithm of its own each", beside(lambda n: certificate("", sequence(sequence(oid(f"1.2.3.{n}")), bits(b"1"))))
    for size in degrees(30, 500, 500_000):
        algorithm = tlv(6, b"\x2a" + b"\xff" * size + b"\1")
        spki = sequence(sequence(algorithm), bits(b"1"))
        yield f"an algorithm's name of {size} bytes", beside(lambda n, k=spki: certificate("", k, serial=n))
    yield "parameters of 500 KB", beside(lambda n: certificate("", sequence(
        sequence(RSA_PSS, sequence(explicit(2, integer(odd_number(500_000))))), bits(b"1"))))


# ---- signatures and paths

@knob
def issuers_of_one_name():
    """Many CAs of the leaf's issuer's name, none of which signed it: each is asked."""
    for setting, spki in (("RSA-2048", rsa_spki(odd_number(256), 65537)), ("RSA-16384", rsa_spki(odd_number(2048), 65537)),
                          ("RSA-16384, exponent of 64 bits", rsa_spki(odd_number(2048), 2**64 - 1)),
                          ("RSA-16384, exponent of 256 bits", rsa_spki(odd_number(2048), 2**256 - 1)),
                          ("RSA-3072, exponent of 3071 bits", rsa_spki(odd_number(384), 2**3071 - 1)),
                          ("RSA-3072, exponent of 256 bits", rsa_spki(odd_number(384), 2**256 - 1))):
        yield setting, trio(ca=fill(lambda n, k=spki: certificate("root", k, serial=n, extensions=[CA])) + GOOD_CA)
        size = len(content(children(content(children(spki)[1])[1:])[0]).lstrip(b"\0"))
        leaf = certificate("leaf", leaf_key.spki, None, "root", [LEAF], signature=b"\1" + b"\1" * (size - 1))
        yield f"{setting}, signature of its size", trio(
            ca=fill(lambda n, k=spki: certificate("root", k, serial=n, extensions=[CA])), cert=certificates(leaf))
    for curve in degrees(*CURVES[:9]):
        key = EcKey(curve)
        leaf = certificate("leaf", leaf_key.spki, key, "root", [LEAF])
        leaf = leaf[:-1] + bytes([leaf[-1] ^ 1])
        yield curve, trio(ca=fill(lambda n, k=key: certificate("root", k.spki, serial=n, extensions=[CA])), cert=certificates(leaf))


@knob
def paths_without_an_end():
    """CAs of one key which all signed each other, and no root: the ways are as many as their orders."""
    for curve, key in (("RSA-2048", root_key), ("sect571r1", EcKey("sect571r1")), ("secp521r1", EcKey("secp521r1"))):
        for names in degrees(1, 2, 30):
            def ca(n, k=key, m=names):
                return certificate(f"ring{n % m}" if m > 1 else "ring", k.spki, k, f"ring{(n + 1) % m}" if m > 1 else "ring", [
                    CA, extension("2.5.29.35", sequence(tlv(0x80, b"other"))), extension("2.5.29.14", octets(b"own"))], serial=n)
            leaf = certificates(certificate("leaf", leaf_key.spki, key, "ring0" if names > 1 else "ring", [LEAF]))
            for count in degrees(33, 300, 3000):
                # Signing is what takes time here.
                text_ = certificates(*(ca(n) for n in range(1, count + 1)))[:room(ca="", cert=leaf)]
                text_ = text_[:text_.rfind("-----BEGIN")] if len(text_) > room(ca="", cert=leaf) - 2000 else text_
                yield f"{curve}, {names} names, {count} CAs", trio(ca=text_, cert=leaf)
                yield f"{curve}, {names} names, {count} CAs, and a root", trio(ca=text_ + GOOD_CA, cert=leaf)


def chain_of(length, key, ca_extensions=(), leaf_extensions=(), subject=lambda n: f"ca{n}"):
    """A path of this length of CAs with the same key; the root is the last one. (ssl_ca, ssl_cert)."""
    cas = [certificate(subject(n), key.spki, key, subject(min(n + 1, length - 1)), [CA, *ca_extensions], serial=n + 1)
           for n in range(length)]
    leaf = certificate("leaf", leaf_key.spki, key, subject(0), [LEAF, *leaf_extensions])
    return certificates(cas[-1]), certificates(leaf, *cas[:-1])


@knob
def long_paths():
    for setting, key in (("RSA-2048", root_key), ("RSA-8192", RsaKey(P4096, Q4096)), ("RSA-16384", RsaKey(P8192, Q8192)),
                         ("RSA-16384, exponent of 64 bits", RsaKey(P8192, Q8192, e=2**64 - 1)),
                         ("RSA-2048, exponent of 2046 bits", RsaKey(P1024, Q1024, e=2**2046 - 1)),
                         ("secp521r1", EcKey("secp521r1")), ("sect571r1", EcKey("sect571r1"))):
        for length in degrees(2, 10, 30):
            ca, cert = chain_of(length, key)
            yield f"{length} CAs, {setting}", trio(ca=ca, cert=cert)
            yield f"{length} CAs, {setting}, nothing waived", trio(ca=ca, cert=cert, Accept=[])
            yield f"{length} CAs, {setting}, all in ssl_ca", trio(ca=cert.split("-----\n", 2)[2] + ca, cert=cert)


NAMES = {
    "dns": lambda n, size: tlv(0x82, f"{n}.{'a' * size}.example".encode()),
    "email": lambda n, size: tlv(0x81, f"{n}@{'a' * size}.example".encode()),
    "uri": lambda n, size: tlv(0x86, f"https://{n}.{'a' * size}.example/".encode()),
    "directory": lambda n, size: tlv(0xA4, name(f"{n}{'a' * size}")),
    "ip": lambda n, size: tlv(0x87, n.to_bytes(4, "big")),
    "other": lambda n, size: tlv(0xA0, oid("1.3.6.1.5.5.7.8.9"), explicit(0, text(f"{n}@{'a' * size}.example"))),
}


@knob
def name_constraints():
    for (kind, make), cas in itertools.product(NAMES.items(), degrees(1, 10, 31)):
        for size in degrees(0, 200, 20_000):
            for share in degrees(0.1, 0.5, 0.9):
                one = len(make(10_000_000, size))
                names = max(1, int(650_000 * share / one))
                constraints = max(1, int(650_000 * (1 - share) / one / cas))
                def subtree(n, k=kind, m=make, s=size):
                    return sequence(tlv(0x87, n.to_bytes(4, "big") + b"\xff" * 4) if k == "ip" else m(n, s))
                # Excluded by none, so that all are compared.
                excluded = explicit(1, *(subtree(n + 20_000_000) for n in range(constraints)))
                ca, cert = chain_of(cas, root_key, [extension("2.5.29.30", sequence(excluded), critical=True)],
                                    [extension("2.5.29.17", sequence(*(make(n + 1, size) for n in range(names))))])
                if len(trio(ca=ca, cert=cert)) <= MIB:
                    yield f"{cas} CAs with {constraints} {kind} of {size}, {names} names", trio(ca=ca, cert=cert)
    for cas in degrees(1, 31):
        constraints = explicit(1, *(sequence(NAMES["dns"](n, 0)) for n in range(30_000 // cas)))
        ca, cert = chain_of(cas, root_key, [extension("2.5.29.30", sequence(constraints))])
        leaf = certificate(name(*(f"a{n}.b" for n in range(10_000))), leaf_key.spki, root_key, "ca0", [LEAF])
        cert = certificates(leaf) + cert.split("-----END CERTIFICATE-----\n", 1)[1]
        if len(trio(ca=ca, cert=cert)) <= MIB:
            yield f"{cas} CAs with {30_000 // cas} constraints, 10,000 common names", trio(ca=ca, cert=cert)


# ---- what else a certificate has

def many(make, size):
    """Elements of this many bytes together."""
    parts, total = [], 0
    for number in itertools.count(1):
        part = make(number)
        total += len(part)
        if total > size:
            return b"".join(parts)
        parts.append(part)


EXTENSIONS = {
    "names": ("2.5.29.17", lambda s: sequence(many(lambda n: NAMES["dns"](n, 0), s))),
    "short names": ("2.5.29.17", lambda s: sequence(b"\x82\0" * (s // 2))),
    "directory names": ("2.5.29.17", lambda s: sequence(many(lambda n: NAMES["directory"](n, 0), s))),
    "policies": ("2.5.29.32", lambda s: sequence(many(lambda n: sequence(oid(f"1.2.{n}")), s))),
    "policy mappings": ("2.5.29.33", lambda s: sequence(many(lambda n: sequence(oid(f"1.2.{n}"), oid(f"1.2.{n + 1}")), s))),
    "purposes": ("2.5.29.37", lambda s: sequence(many(lambda n: oid(f"1.2.{n}"), s))),
    "distribution points": ("2.5.29.31", lambda s: sequence(b"\x30\0" * (s // 2))),
    "issuer's names": ("2.5.29.35", lambda s: sequence(tlv(0xA1, many(lambda n: NAMES["directory"](n, 0), s)))),
    "issuer's serial": ("2.5.29.35", lambda s: sequence(tlv(0xA1, NAMES["directory"](1, 0)), tlv(0x82, b"\1" * s))),
    "a key identifier": ("2.5.29.14", lambda s: octets(b"\1" * s)),
    "usages": ("2.5.29.15", lambda s: bits(b"\xff" * s)),
    "a path length": ("2.5.29.19", lambda s: sequence(tlv(1, b"\xff"), integer(odd_number(s)))),
    "addresses": ("1.3.6.1.5.5.7.1.7", lambda s: sequence(sequence(octets(b"\0\1"), sequence(many(
        lambda n: bits(n.to_bytes(4, "big")), s))))),
    "address families": ("1.3.6.1.5.5.7.1.7", lambda s: sequence(many(
        lambda n: sequence(octets(b"\0\1" + bytes([n & 255])), NULL), s))),
    "systems": ("1.3.6.1.5.5.7.1.8", lambda s: sequence(explicit(0, sequence(many(lambda n: integer(n * 2), s))))),
    "large systems": ("1.3.6.1.5.5.7.1.8", lambda s: sequence(explicit(0, sequence(integer(odd_number(s)))))),
    "a proxy": ("1.3.6.1.5.5.7.1.14", lambda s: sequence(integer(odd_number(s)), sequence(oid("1.3.6.1.5.5.7.21.1")))),
    "constraints": ("2.5.29.30", lambda s: sequence(explicit(0, many(lambda n: sequence(NAMES["dns"](n, 0)), s)))),
    "features": ("1.3.6.1.5.5.7.1.24", lambda s: sequence(many(integer, s))),
}


@knob
def extensions():
    for setting, (dotted, value) in EXTENSIONS.items():
        for as_ca in (True, False):
            def make(size, d=dotted, v=value, c=as_ca):
                return certificate("large" if not c else "root", root_key.spki, root_key,
                                   extensions=[*([CA] if d != "2.5.29.19" else []), extension(d, v(size))], serial=9)
            if as_ca:
                # It comes first and is the root itself.
                yield f"{setting}, of the root", trio(ca=largest(make))
            else:
                yield from everywhere(setting, make)
        leaf = lambda s, d=dotted, v=value: certificate(
            "leaf", leaf_key.spki, root_key, "root", [*([LEAF] if d != "2.5.29.19" else []), extension(d, v(s))])
        yield f"{setting}, of the leaf", trio(cert=largest(leaf))
    for each in ("1.2.3.4", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "1.3.6.1.5.5.7.1.7"):
        for size in degrees(0, 3):
            value = {"2.5.29.15": bits(b"\xff"), "2.5.29.17": sequence(tlv(0x82, b"a"))}.get(each, sequence())
            for critical in (False, True):
                one = extension(each, value, b"\0" * size, critical=critical)
                make = lambda s, o=one: certificate("root", root_key.spki, root_key, extensions=[o] * (s // len(o)))
                yield f"{each} over and over", trio(ca=largest(make))
                leaf = lambda s, o=one: certificate("leaf", leaf_key.spki, root_key, "root", [o] * (s // len(o)))
                yield f"{each} over and over, of the leaf", trio(cert=largest(leaf))
    yield "another each", trio(cert=largest(lambda s: certificate("leaf", leaf_key.spki, root_key, "root", [
        extension(f"1.2.{n}", b"") for n in range(s // 11)])))


def loose(tag, *parts):
    """BER that is not DER: a length in four bytes whatever it is."""
    content_ = b"".join(parts)
    return bytes([tag, 0x84]) + len(content_).to_bytes(4, "big") + content_


def high(tag, *parts):
    """BER that is not DER: a tag in two bytes though one is enough."""
    return bytes([tag | 0x1F, tag & 0x1F]) + tlv(0, *parts)[1:]


@knob
def relative_points():
    """Distribution points whose names begin with the issuer's, of which OpenSSL makes a copy for each."""
    relative = tlv(0xA1, sequence(oid("2.5.4.3"), text("a")))
    points = {"DER": sequence(tlv(0xA0, relative)), "empty": sequence(tlv(0xA0, tlv(0xA1))),
              "a long length": loose(0x30, loose(0xA0, relative)), "high tags": high(0x30, high(0xA0, high(0xA1, relative[2:]))),
              "a full high tag": sequence(tlv(0xA0, high(0xA1, relative[2:]))), "a high tag": sequence(high(0xA0, relative))}
    for (setting, point), wrap, parts in itertools.product(points.items(), (sequence, lambda *p: loose(0x30, *p)), (300, 2000)):
        extension_ = extension("2.5.29.31", wrap(point * parts))
        issuer = name(*(["a"] * parts))
        yield f"{parts} points of {setting}, of the leaf", trio(cert=certificates(certificate(
            "leaf", leaf_key.spki, None, issuer, [LEAF, extension_])))
        yield f"{parts} points of {setting}, of a CA", trio(ca=GOOD_CA + certificates(certificate(
            "large", root_key.spki, None, issuer, [CA, extension_])))
    extension_, issuer = extension("2.5.29.31", sequence(points["DER"] * 40)), name(*(["a"] * 40))
    yield "40 points in many", beside(lambda n: certificate("large", root_key.spki, None, issuer, [CA, extension_], serial=n))


@knob
def constraints_in_ber():
    """Every CA has names and constraints, and none of them is DER."""
    for (setting, wrap), cas in itertools.product((("lengths", loose), ("tags", high)), degrees(8, 16, 30)):
        names_ = extension("2.5.29.17", wrap(0x30, b"\x82\4aaaa" * 1000))
        constraints = extension("2.5.29.30", wrap(0x30, explicit(1, b"\x30\6\x82\4baaa" * 1000)), critical=True)
        ca, cert = chain_of(cas, root_key, [names_, constraints], [names_])
        yield f"{cas} CAs, loose {setting}", trio(ca=ca, cert=cert)


# A bit string for an address, an AFI with a SAFI for a family (RFC 3779, 2.2.3); every second one, so that none adjoin.
RESOURCES = {
    "families": ("1.3.6.1.5.5.7.1.7", lambda s: sequence(many(
        lambda n: sequence(octets((2 * n).to_bytes(3, "big")), NULL), s))),
    "families from the last to the first": ("1.3.6.1.5.5.7.1.7", lambda s: sequence(many(
        lambda n: sequence(octets((2**24 - 2 * n).to_bytes(3, "big")), NULL), s))),
    "families with an address each": ("1.3.6.1.5.5.7.1.7", lambda s: sequence(many(
        lambda n: sequence(octets((2**16 + n).to_bytes(3, "big")), sequence(bits(b"\n"))), s))),
    "addresses": ("1.3.6.1.5.5.7.1.7", lambda s: sequence(sequence(octets(b"\0\1"), sequence(many(
        lambda n: bits((2 * n + 1).to_bytes(4, "big")), s))))),
    "ranges": ("1.3.6.1.5.5.7.1.7", lambda s: sequence(sequence(octets(b"\0\2"), sequence(many(
        lambda n: sequence(bits((4 * n + 1).to_bytes(16, "big")), bits((4 * n + 2).to_bytes(16, "big"))), s))))),
    "systems": ("1.3.6.1.5.5.7.1.8", lambda s: sequence(*(explicit(t, sequence(many(
        lambda n: integer(2 * n), s // 2))) for t in (0, 1)))),
}


@knob
def resources():
    """Lists that the whole path has, of which each is compared with the one above it."""
    for count in degrees(30_000, 3900, 1000):
        # The first one has an address above, so that the leaf's list is no longer sorted; the root inherits the others.
        def families(first, start, n=count):
            others = (sequence(octets((start + 2 * i).to_bytes(3, "big")), NULL) for i in range(n))
            return extension("1.3.6.1.5.5.7.1.7", sequence(sequence(octets(b"\0\0\0"), first), *others), critical=True)
        root = certificate("root", root_key.spki, root_key, extensions=[CA, families(sequence(bits(b"\n")), 3)])
        leaf = certificate("leaf", leaf_key.spki, root_key, "root", [LEAF, families(NULL, 2)])
        for accepted in (WAIVED, []):
            yield f"{count} families that the root inherits", trio(
                ca=certificates(root), cert=certificates(leaf), Accept=accepted)
    for (setting, (dotted, value)), cas in itertools.product(RESOURCES.items(), degrees(1, 10, 30)):
        list_ = extension(dotted, value(680_000 // (cas + 1)), critical=True)
        ca, cert = chain_of(cas, root_key, [list_], [list_])
        yield f"{setting}, {cas} CAs", trio(ca=ca, cert=cert)
        yield f"{setting}, {cas} CAs, nothing waived", trio(ca=ca, cert=cert, Accept=[])
        # Each of the ways that are tried compares them.
        few = extension(dotted, value(5000), critical=True)
        cert = certificates(certificate("leaf", leaf_key.spki, root_key, "root", [LEAF, few]))
        yield f"{setting}, many ways", trio(cert=cert, ca=fill(
            lambda n, f=few: certificate("root", root_key.spki, serial=n, extensions=[CA, f]), room(ca="", cert=cert)))


@knob
def same_extensions_in_many():
    for setting, (dotted, value) in EXTENSIONS.items():
        for size in degrees(100, 5000):
            one = extension(dotted, value(size))
            yield f"{setting} of {size} bytes", beside(lambda n, o=one: certificate("root", root_key.spki, serial=n, extensions=[o]))


SUBJECTS = {
    "many parts": lambda s: name(*(["a"] * (s // 14))),
    "one part of many": lambda s: sequence(collection(*([sequence(oid("2.5.4.3"), text("a"))] * (s // 10)))),
    "one part of many, sorted": lambda s: sequence(collection(many(lambda n: sequence(oid(f"1.2.{n}"), text("a")), s))),
    "one long text": lambda s: name("a" * s),
    "blanks": lambda s: name(" " * s),
    "a BMPString": lambda s: sequence(collection(sequence(oid("2.5.4.3"), tlv(30, b"\1a" * (s // 2))))),
    "a UniversalString": lambda s: sequence(collection(sequence(oid("2.5.4.3"), tlv(28, b"\0\1\0a" * (s // 4))))),
    "a T61String": lambda s: sequence(collection(sequence(oid("2.5.4.3"), tlv(20, b"\xe6" * s)))),
    "long types": lambda s: sequence(*[collection(sequence(tlv(6, b"\x2a" + b"\xff" * 500 + b"\1"), text("a")))] * (s // 520)),
    "one enormous type": lambda s: sequence(collection(sequence(tlv(6, b"\x2a" + b"\xff" * s + b"\1"), text("a")))),
    "empty parts": lambda s: sequence(*[collection()] * (s // 2)),
    "something else": lambda s: sequence(collection(sequence(oid("2.5.4.3"), sequence(octets(b"1" * s))))),
}


@knob
def names():
    for setting, make in SUBJECTS.items():
        def ca(size, m=make):
            return certificate(m(size // 2), root_key.spki, root_key, extensions=[CA])
        yield f"{setting}, of a CA", trio(ca=GOOD_CA + largest(ca))
        yield f"{setting}, of the leaf", trio(cert=largest(lambda s, m=make: certificate(
            m(s), leaf_key.spki, root_key, "root", [LEAF])))
        yield f"{setting}, of the issuer", trio(cert=largest(lambda s, m=make: certificate(
            "leaf", leaf_key.spki, root_key, m(s), [LEAF])))
        subject = make(5000)
        yield f"{setting}, of many", trio(ca=fill(lambda n, s=subject: certificate(s, root_key.spki, serial=n, extensions=[CA])),
                                          cert=certificates(certificate("leaf", leaf_key.spki, root_key, subject, [LEAF])))


@knob
def numbers_and_times():
    for size in degrees(1000, 700_000):
        yield from everywhere(f"serial of {size} bytes", lambda s, z=size: certificate(
            "big", root_key.spki, root_key, extensions=[CA], serial=odd_number(min(s, z))))
        yield f"the leaf's serial of {size} bytes", trio(cert=largest(lambda s, z=size: certificate(
            "leaf", leaf_key.spki, root_key, "root", [LEAF], serial=odd_number(min(s, z)))))
        yield f"negative serial of {size} bytes", trio(cert=largest(lambda s, z=size: certificate(
            "leaf", leaf_key.spki, root_key, "root", [LEAF], serial=-odd_number(min(s, z)))))
        for kind in (b"20991231235959." + b"1" * size + b"Z", b"2" * size, b"991231235959" + b"0" * size + b"Z"):
            for tag in (0x17, 0x18):
                validity = sequence(tlv(tag, kind[:size]), tlv(tag, kind[:size]))
                def make(number, v=validity):
                    return certificate("root", root_key.spki, root_key if size > 99_999 else None, validity=v, extensions=[CA], serial=number)
                if len(certificates(make(1))) < room():
                    yield f"times of {size} bytes", beside(make)
                half = sequence(tlv(tag, kind[:size // 3]), tlv(tag, kind[:size // 3]))
                yield f"the leaf's times of {size // 3} bytes", trio(cert=certificates(certificate(
                    "leaf", leaf_key.spki, root_key, "root", [LEAF], validity=half)))
        yield f"signature of {size} bytes", trio(cert=largest(lambda s, z=size: certificate(
            "leaf", leaf_key.spki, None, "root", [LEAF], signature=b"\1" * min(s, z))))
        yield f"algorithm's parameters of {size} bytes", trio(cert=largest(lambda s, z=size: certificate(
            "leaf", leaf_key.spki, None, "root", [LEAF], algorithm=sequence(RSA_PSS, sequence(explicit(2, integer(odd_number(min(s, z) // 3))))))))
    yield "an algorithm of its own each", beside(lambda n: certificate(
        "root", root_key.spki, None, "root", [CA], serial=n, algorithm=sequence(oid(f"1.2.3.{n}"))))


@knob
def tiny_certificates():
    spki = EcKey("prime256v1").spki
    yield "all different", beside(lambda n: certificate(sequence(), spki, serial=n, signature=b""))
    yield "all the same", beside(lambda n: certificate(sequence(), spki, signature=b""))
    yield "no CertificatePem is without a key", document(CertificateIdentifier="a", CertificatePem=fill(
        lambda n: certificate(sequence(), spki, serial=n, signature=b""), DOCUMENT - 100))
    for curve in degrees(*CURVES[:9]):
        key = EcKey(curve)
        for compressed in (False, True):
            spki_ = sequence(sequence(EC, key.curve), bits(key.compressed if compressed else key.point))
            text_ = fill(lambda n, k=spki_: certificate("a", k, serial=n, signature=b"", extensions=[CA]), DOCUMENT - 1000)
            yield f"CertificatePem, all of the key, {curve}", document(
                CertificateIdentifier="a", CertificatePem=pem("PRIVATE KEY", key.pkcs8) + text_, Accept=WAIVED)


# ---- wallets

WALLET = DOCUMENT * 3 // 4 - 1000  # bytes in base64


def copies(each, size=WALLET):
    return [each] * (size // len(each))


@knob
def wallet_iterations():
    empty = sequence()
    for digest in degrees("sha512", "sha256", "sha1"):
        yield f"of the MAC, {digest}", wallet_document(wallet(part(), digest=digest, iterations=499_000))
        for count in (249_000, 499_000, 600_000, 2**31 - 1):
            yield f"{count} that do not decrypt, {digest}", wallet_document(wallet(encrypted_part(empty, 1, digest, count)))
    for prf, count in (("sha512", 499_000), ("sha1", 249_000)):
        yield f"{count} that decrypt, {prf}", wallet_document(wallet(encrypted_part(empty, count, prf)))
    for count in degrees(1, 100, 1000):
        yield f"{count} in each of many parts", wallet_document(wallet(*copies(encrypted_part(empty, count, "sha256"))))
        yield f"{count} in each of many keys", wallet_document(
            wallet(part(*copies(shrouded_bag(leaf_key.pkcs8, count, "sha256")))))


@knob
def wallet_bags():
    tiny = certificate(sequence(), EcKey("prime256v1").spki, signature=b"")
    key = key_bag(leaf_key.pkcs8)
    nested = sequence()
    while len(nested) < WALLET:
        nested = sequence(bag(6, nested))
    yield "bags in bags", wallet_document(wallet(part(), sequence(DATA, explicit(0, octets(nested)))))
    for setting, bags in (("the same certificate", copies(certificate_bag(tiny))), ("the same key", copies(key)),
                          ("secrets", copies(bag(5, sequence()))), ("bags of nothing", copies(bag(6, sequence())))):
        yield setting, wallet_document(wallet(part(*bags)))
    yield "parts", wallet_document(wallet(*copies(part())))
    strings = b""
    while len(strings) < WALLET:
        strings = octets(strings)
    yield "strings in strings", wallet_document(wallet(strings))


@knob
def wallet_certificates():
    spki, leaf = EcKey("prime256v1").spki, certificate("b", leaf_key.spki, issuer="a")
    for setting, make in (
            ("all different", lambda n: certificate(sequence(), spki, serial=n, signature=b"")),
            ("all of the issuer's name", lambda n: certificate("a", spki, serial=n, issuer="a", signature=b"", extensions=[CA])),
            ("each the issuer of the next", lambda n: certificate(f"{n}", spki, issuer=f"{n + 1}", signature=b"", extensions=[CA]))):
        count = min(WALLET // len(certificate_bag(make(5000))), 4094)
        bags = [certificate_bag(make(n)) for n in range(count)]
        first = certificate("b", leaf_key.spki, issuer="0") if setting.startswith("each") else leaf
        yield f"anchors, {setting}", wallet_document(wallet(part(*bags)), Accept=WAIVED)
        yield f"with a key, {setting}", wallet_document(
            wallet(part(key_bag(leaf_key.pkcs8), certificate_bag(first), *bags)), Accept=WAIVED)


@knob
def wallet_text():
    yield "base64 of nothing", document(CertificateIdentifier="a", CertificateWallet="A" * (DOCUMENT - 100))
    yield "blanks", document(CertificateIdentifier="a", CertificateWallet=" " * (DOCUMENT - 100))
    yield "a head and nothing", wallet_document(wallet()[:45] + bytes(WALLET))


# ---- text

@knob
def pem_text():
    size = room(ca="")
    block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    folded = f"-----BEGIN X-----{'A' * 232}-----END X-----"  # so that no more than 4096 fit
    for setting, text_ in (
            ("tiny blocks", block * (size // (len(block) + 3))), ("blocks in one line", folded * (size // len(folded))),
            ("BEGIN lines", "-----BEGIN " * (size // 11)),
            ("END lines", "-----END " * (size // 9)), ("dashes", "-" * size), ("blanks", " " * size), ("line breaks", "\n" * (size // 2)),
            ("backslashes", "\\" * (size // 2)), ("padding", f"-----BEGIN CERTIFICATE-----{'=' * (size - 100)}-----END CERTIFICATE-----"),
            ("escaped breaks", GOOD_CA + "\\n" * (size // 4)), ("byte-order marks", GOOD_CA + "\ufeff" * (size // 6)),
            ("an empty body", f"-----BEGIN CERTIFICATE-----{' ' * (size - 100)}-----END CERTIFICATE-----"),
            ("blanks in a body", GOOD_CA.replace("\n", "\n" + " " * (size // 4 // 30), 30)),
            ("a label", f"-----BEGIN {'A' * (size - 50)}-----"), ("labels", "-----BEGIN A" * (size // 12)),
            ("almost END", "-----BEGIN A-----" + "----" * (size // 4 - 10)), ("headers", "-----BEGIN A-----Proc-Type:" + "ENCRYPTE" * (size // 9)),
            ("zero bytes' base64", f"-----BEGIN CERTIFICATE-----{'A' * (size // 4 * 4 - 400)}-----END CERTIFICATE-----"),
            ("a base64 of FF", f"-----BEGIN CERTIFICATE-----{'/' * (size // 4 * 4 - 400)}-----END CERTIFICATE-----")):
        yield setting, trio(ca=text_)
        yield f"{setting}, as the key", trio(ca=GOOD_CA, key=text_[:room(key="")] if len(json.dumps(text_)) > room(key="") else text_)


@knob
def der_depth():
    for tag in (b"\x30\x80", b"\x24\x80", b"\xa0\x80", b"\x31\x80"):
        yield tag.hex(), trio(ca=GOOD_CA + largest(lambda s, t=tag: t * (s // 2)))
        yield f"{tag.hex()} in a certificate", trio(ca=GOOD_CA + largest(lambda s, t=tag: sequence(sequence(t * (s // 2)))))
        yield f"{tag.hex()} in an extension", trio(ca=GOOD_CA + largest(lambda s, t=tag: certificate(
            "a", root_key.spki, extensions=[extension("2.5.29.17", t * (s // 2))])))


def filled(head, item, tail):
    return head + item * ((MIB - len(head) - len(tail)) // len(item)) + tail


@knob
def json_text():
    for setting, parts in {
            "zeros in a list": (b'{"Accept":[0', b",0", b"]}"), "strings in a list": (b'{"Accept":[""', b',""', b"]}"),
            "lists in a list": (b'{"Accept":[[]', b",[]", b"]}"), "objects in a list": (b'{"Tags":[{}', b",{}", b"]}"),
            "members of one name": (b'{"a":0', b',"a":0', b"}"), "known members of one name": (b'{"ssl_ca":""', b',"ssl_ca":""', b"}"),
            "null members": (b'{"ssl_ca":null', b',"ssl_ca":null', b"}"),
            "a long number": (b'{"MaxRecords":1', b"0", b"}"), "a small number": (b'{"MaxRecords":0.', b"0", b"1}"),
            "an exponent": (b'{"MaxRecords":1e', b"9", b"}"), "escapes": (b'{"ssl_ca":"', b"\\u00e6", b'"}'),
            "pairs": (b'{"ssl_ca":"', b"\\ud834\\udd1e", b'"}'), "a long name": (b'{"', b"a", b'":0}'),
            "escapes in a name": (b'{"', b"\\u00e6", b'":0}'), "blanks": (b"{", b" ", b"}"), "blanks before": (b"", b" ", b"{}"),
            "line breaks": (b'{"ssl_ca":"', b"\n", b'"}'), "quotes": (b'{"ssl_ca":"', b'\\"', b'"}'),
            "depth": (b'{"a":', b"[", b""), "members in depth": (b"", b'{"a":', b"0")}.items():
        yield setting, filled(*parts)
    for member in ("Accept", "TagKeys", "ResourceArnList"):
        yield f"{member}, long", document(Action="RemoveTagsFromResource", **{member: ["x" * 10_000] * 90})
        yield f"{member}, many", document(Action="RemoveTagsFromResource", **{member: ["x"] * 250_000})
    yield "tags", document(CertificateIdentifier="a", CertificatePem=GOOD_CA, Tags=[{"Key": f"k{n}" + "\u00e6" * 2000, "Value": "v" * 15_000} for n in range(32)])
    yield "filters", document(Action="DescribeCertificates", Filters=[{"Name": "certificate-id", "Values": ["a" * 3000] * 32}] * 8)
    yield "an identifier", document(CertificateIdentifier="a" * 900_000, CertificatePem=GOOD_CA)
    yield "a wallet", document(CertificateIdentifier="a", CertificateWallet="A" * 900_000)


# ---- replacing what is served: the document before it is served

@knob
def replacing():
    """The served set is as dear as the new one, and both are compared."""
    spki, point = EcKey("prime256v1").spki, EcKey("secp224r1")
    compressed = sequence(sequence(EC, point.curve), bits(point.compressed))
    for setting, make in (("tiny CAs", lambda n: certificate(sequence(), spki, serial=n, signature=b"", extensions=[CA])),
                          ("CAs of the root's name", lambda n: certificate("root", spki, serial=n, extensions=[CA])),
                          ("compressed points", lambda n: certificate("root", compressed, serial=n))):
        for number in (1, 2):
            yield f"{setting}, {number}", trio(ca=GOOD_CA + fill(lambda n, m=make, k=number: m(2 * n + k)), Accept=[])
        yield f"{setting}, the first again", trio(ca=GOOD_CA, Accept=[])


# ---- measuring

def judge(program, settings_and_documents):
    """(seconds, setting, reason) of each; the first one is a good set, which stays served until another one is taken."""
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for setting, each in settings_and_documents:
        process.stdin.write(struct.pack("<I", len(each)) + each)
        process.stdin.flush()
        reason, spent, *_ = process.stdout.readline().split() or sys.exit(f"price: {program} dies of: {setting}")
        yield int(spent) / 1e6, setting, reason.decode()
    process.stdin.close()
    process.wait()


def measure(program, documents, verbose):
    results = []
    for spent, setting, reason in judge(program, itertools.chain([("a good set", trio())], documents)):
        results.append((spent, setting, reason))
        if verbose:
            print(f"#   {spent:7.3f} s  {setting}: {reason}", flush=True)
    assert results[0][2] == "none", f"the good set is refused: {results[0][2]}"
    return len(results) - 1, *max(results[1:])


def main(program, *arguments):
    global shallow
    words = [word for word in arguments if word in ("few", "short", "long", "verbose")]
    chosen = [word for word in arguments if word not in words] or knobs
    shallow = "long" not in words
    worst = 0
    for each in chosen:
        documents = itertools.islice(knobs[each](), FEW if "few" in words else None)
        count, spent, setting, reason = measure(program, documents, "verbose" in words)
        worst = max(worst, spent)
        print(f"# {spent:7.3f} s  {each} ({count} documents): {setting}: {reason}", flush=True)
    print(f"# {worst:7.3f} s  is the most; {LIMIT} s are allowed")
    return worst > LIMIT


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
