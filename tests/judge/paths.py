"""paths.py PROGRAM CERTFS COUNT [SEED...]: random sets of certificates, judged by certfs and by `openssl verify`.

Each set has CAs of few names and few keys: several of one name, renewed and cross-signed ones, expired ones, with lost or
odd key identifiers, path lengths and usages; both lists are shuffled. The leaf comes first; some sets have more leaves of
its key, with other ends, purposes, issuers, or names. Sets that OpenSSL accepts for a server or a client at level 2,
certfs must accept, under the same name; any other that it accepts it must have put in order, as `CERTFS --check`
prints. And the files that certfs serves of it two real endpoints (Python's ssl: an SSL_CTX of OpenSSL each) must verify, in TLS 1.2
and 1.3, for all that the first leaf is good for, and the warning strict_peers agrees with `openssl verify -x509_strict`.

PROGRAM is measure.c's. COUNT sets are made of each SEED, by default of 1 and of today's date, which is printed.
"""

import datetime
import json
import os
import random
import ssl
import struct
import subprocess
import sys
import tempfile

from der import *  # noqa: F403

ORDER_REPAIRS = {"chain_order", "anchor_order", "root_in_chain"}


class PooledKey(EcKey):
    """A P-256 key of its own: with nonce 1, signing needs its number alone."""

    def __init__(self):
        super().__init__("prime256v1")
        private = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-outform",
                                  "DER"], capture_output=True, check=True).stdout
        self.number = int.from_bytes(content(children(private)[1]), "big")
        self.sec1 = private
        self.spki = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], input=private,
                                   capture_output=True, check=True).stdout
        self.identifier = hashlib.sha1(self.spki).digest()

    def sign(self, data):
        digest, r = int.from_bytes(hashlib.sha256(data).digest(), "big"), self.x % self.order
        return sequence(integer(r), integer((digest + r * self.number) % self.order))


class Ca:
    def __init__(self, name_, key, serial, identifier):
        self.name, self.key, self.serial, self.identifier = name_, key, serial, identifier


def validity_of(chance):
    year = datetime.date.today().year
    first, last = chance.choices([(year - 5, year + 5), (year - 4, year + 8), (year - 5, year - 1), (year + 1, year + 5)],
                                [14, 6, 2, 1])[0]
    return sequence(time(f"{first}0101000000Z"), time(f"{last}0101000000Z"))


def authority(chance, issuer):
    """The authority key identifier: none, the issuer's, another one's, by its serial number, or by a wrong one."""
    kind = chance.choices(["none", "right", "odd", "serial", "old serial"], [4, 9, 1, 4, 1])[0]
    name_ = tlv(0xA1, tlv(0xA4, name(issuer.name)))
    serial = issuer.serial if kind == "serial" else issuer.serial + 1
    parts = {"none": [], "right": [tlv(0x80, issuer.identifier)] if issuer.identifier else [], "odd": [tlv(0x80, b"odd")],
             "serial": [name_, tlv(0x82, bytes([serial]))], "old serial": [name_, tlv(0x82, bytes([serial]))]}[kind]
    return [extension("2.5.29.35", sequence(*parts))] if parts else []


def make_ca(chance, keys, cas):
    key, name_ = chance.choice(keys[:4]), f"ca{chance.randrange(3)}"
    if cas and chance.random() < 0.5:
        renewed = chance.choice(cas)
        key, name_ = renewed.key, renewed.name
    identifier = chance.choices([key.identifier, None, b"another"], [6, 2, 2])[0]
    ca = Ca(name_, key, chance.randrange(1, 100), identifier)
    issuer = ca if not cas or chance.random() < 0.45 else chance.choice(cas)
    limit = chance.choices([[], [integer(0)], [integer(1)]], [8, 2, 1])[0]
    constraints = chance.choices([[CA], [extension("2.5.29.19", sequence(tlv(1, b"\xff"), *limit), critical=True)], [LEAF], []],
                                 [8, 8, 1, 1])[0]
    usage = chance.choices([[], [bits(b"\x06")], [tlv(3, b"\x07\x80")]], [4, 10, 1])[0]
    extensions_ = [*constraints, *(extension("2.5.29.15", each, critical=True) for each in usage),
                   *([extension("2.5.29.14", octets(identifier))] if identifier else []), *authority(chance, issuer)]
    ca.der = certificate(ca.name, key.spki, issuer.key, issuer.name, extensions_, ca.serial, validity_of(chance))
    return ca


def make_leaf(chance, key, issuer, name_, last, serial):
    purposes = chance.choices([[], ["1.3.6.1.5.5.7.3.1"], ["1.3.6.1.5.5.7.3.2"]], [4, 1, 1])[0]
    return certificate(name_, key.spki, issuer.key, issuer.name, [
        LEAF, *(extension("2.5.29.37", sequence(oid(each))) for each in purposes), *authority(chance, issuer)], serial,
        sequence(time("20200101000000Z"), time(last)))


def make_set(chance, keys):
    """(ssl_ca, ssl_cert) as lists of certificates."""
    cas = []
    for _ in range(chance.randrange(2, 9)):
        cas.append(make_ca(chance, keys, cas))
    issuer = chance.choice(cas)
    leaf = make_leaf(chance, keys[4], issuer, "leaf", "20991231235959Z", 200)
    rivals = [make_leaf(chance, keys[4], chance.choice(cas), chance.choice(["leaf", "leaf", "leaf", "other"]),
                        chance.choice(["20500101000000Z", "21500101000000Z"]), 201 + i)
              for i in range(chance.choice([0, 1, 1, 2, 3]))]
    anchors = [ca.der for ca in cas if chance.random() < 0.6] or [cas[0].der]
    sent = [ca.der for ca in cas if chance.random() < 0.6] + rivals
    chance.shuffle(anchors)
    chance.shuffle(sent)
    return list(dict.fromkeys(anchors)), [leaf, *dict.fromkeys(sent)]


def write(folder, name_, ders):
    path = os.path.join(folder, name_)
    with open(path, "w", encoding="ascii") as file:
        file.write(certificates(*ders))
    return path


def openssl_takes(folder, anchors, chain):
    ca, sent, leaf = write(folder, "ca", anchors), write(folder, "sent", chain), write(folder, "leaf", chain[:1])
    return [purpose for purpose in ("sslserver", "sslclient") if subprocess.run(
        ["openssl", "verify", "-no-CApath", "-no-CAstore", "-auth_level", "2", "-purpose", purpose, "-CAfile", ca, "-untrusted",
         sent, leaf], capture_output=True, check=False).returncode == 0]


def judge(program, folder, documents):
    """The reasons; what is served of each good one stands in the folder."""
    stream = b"".join(struct.pack("<I", len(each)) + each for each in documents)
    lines = subprocess.run([program, folder], input=stream, capture_output=True, check=True).stdout.decode().splitlines()
    return [line.split()[0] for line in lines]


def endpoint(protocol, version, files):
    context = ssl.SSLContext(protocol)
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("DEFAULT:@SECLEVEL=2")
    context.check_hostname = False
    context.load_cert_chain(files["cert"], files["key"])
    context.load_verify_locations(files["ca"])
    return context


def shake_hands(version, verify_server, verify_client, files):
    """The first failure, or nothing."""
    server, client = endpoint(ssl.PROTOCOL_TLS_SERVER, version, files), endpoint(ssl.PROTOCOL_TLS_CLIENT, version, files)
    client.verify_mode = ssl.CERT_REQUIRED if verify_server else ssl.CERT_NONE
    server.verify_mode = ssl.CERT_REQUIRED if verify_client else ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)]
    for _ in range(8):
        for side in list(sides):
            try:
                side.do_handshake()
                sides.remove(side)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                return str(error)
    return "it does not come to its end" if sides else None


def refused_by_endpoints(folder, number, taken):
    """The errors of real endpoints with the served files: in each direction that OpenSSL accepts, else in either."""
    files = {name: os.path.join(folder, f"{number}-{name}.pem") for name in ("ca", "cert", "key")}
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        errors = {"sslserver": shake_hands(version, True, False, files), "sslclient": shake_hands(version, False, True, files)}
        wrong = [f"{version.name} {purpose}: {errors[purpose]}" for purpose in taken if errors[purpose]]
        if wrong or all(errors.values()):
            return wrong or [f"{version.name}: {errors}"]
    return []


def check(certfs, document_):
    return json.loads(subprocess.run([certfs, "--check"], input=document_, capture_output=True, check=False).stdout)


def warned_wrongly(folder, certfs, number, document_):
    """Nothing if strict_peers is reported exactly when the served files verify without -x509_strict and not with it."""
    ca, cert = (os.path.join(folder, f"{number}-{name}.pem") for name in ("ca", "cert"))
    plain, strict = (subprocess.run(
        ["openssl", "verify", "-no-CApath", "-no-CAstore", "-auth_level", "2", *more, "-CAfile", ca, "-untrusted", cert, cert],
        capture_output=True, check=False) for more in ([], ["-x509_strict"]))
    warned = any(warning["name"] == "strict_peers" for warning in check(certfs, document_)["warnings"])
    return None if warned == (plain.returncode == 0 != strict.returncode) else f"strict_peers {warned}: {strict.stderr.decode()}"


def named_otherwise(folder, number, chain):
    """Whether the leaf that is served has another subject than the first one."""
    served, first = (subprocess.run(["openssl", "x509", "-in", path, "-noout", "-subject"], capture_output=True, check=True).stdout
                     for path in (os.path.join(folder, f"{number}-cert.pem"), write(folder, "first", chain[:1])))
    return served != first


def compare(folder, certfs, seed, number, sets, key, reason):
    """The failure, or nothing; and which of both accepted it."""
    anchors, chain = sets
    taken = openssl_takes(folder, anchors, chain)
    wrong = refused_by_endpoints(folder, number, taken) if reason == "none" else []
    if wrong:
        return f"seed {seed}, set {number}: taken, though real endpoints refuse what is served: {wrong}", bool(taken), True
    if reason == "none" and taken and named_otherwise(folder, number, chain):
        return f"seed {seed}, set {number}: a leaf of another subject is served than the first, which OpenSSL takes", True, True
    wrong = warned_wrongly(folder, certfs, number, document_of(anchors, chain, key)) if reason == "none" and taken else None
    if wrong:
        return f"seed {seed}, set {number}: {wrong}", True, True
    if reason != "none" and taken:
        return f"seed {seed}, set {number}: {reason}, though OpenSSL takes it for {' and '.join(taken)}", True, False
    if reason == "none" and not taken:
        answer = check(certfs, document_of(anchors, chain, key))
        if not ORDER_REPAIRS & {repair["name"] for repair in answer["repairs"]}:
            return f"seed {seed}, set {number}: taken, though OpenSSL refuses it; repairs {answer['repairs']}", False, True
    return None, bool(taken), reason == "none"


def document_of(anchors, chain, key):
    return document(ssl_ca=certificates(*anchors), ssl_cert=certificates(*chain), ssl_key=pem("EC PRIVATE KEY", key.sec1))


def main(program, certfs, count, *seeds):
    keys, wrong, both = [PooledKey() for _ in range(5)], [], []
    today = datetime.date.today().strftime("%Y%m%d")
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds or ("1", today):
            chance = random.Random(int(seed))
            sets = [make_set(chance, keys) for _ in range(int(count))]
            reasons = judge(program, folder, [document_of(*each, keys[4]) for each in sets])
            for number, (each, reason) in enumerate(zip(sets, reasons)):
                sentence, *takers = compare(folder, certfs, seed, number, each, keys[4], reason)
                both.append(takers)
                if sentence:
                    wrong.append(sentence)
                    with open(os.path.join(os.environ.get("KEEP", folder), f"{seed}-{number}.json"), "wb") as file:
                        file.write(document_of(*each, keys[4]))
            print(f"# seed {seed}: {count} sets", flush=True)
    print(f"# OpenSSL takes {sum(o for o, _ in both)}, certfs {sum(c for _, c in both)} of {len(both)}, "
          f"both {sum(o and c for o, c in both)}")
    print("\n".join(wrong))
    return bool(wrong) or not any(o and c for o, c in both)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
