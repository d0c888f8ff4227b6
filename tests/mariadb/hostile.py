"""hostile.py FOLDER: statements that CALL rds_import_binlog_ssl_material with documents that are dear to decode or to
check. Writes NAME.sql for each; the certificates and keys are those of tests/judge/price.py."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "judge"))
from price import *  # noqa: F403, E402

SIZE = 400_000  # bytes of a document with many certificates


def dsa_key():
    """Its public half is to be computed: p and q of 70,000 bits, 35 KB in all."""
    p = odd_number(8750)
    parameters = sequence(DSA, sequence(integer(p), integer(p >> 1), integer(3)))
    return trio(key=pem("PRIVATE KEY", pkcs8(parameters, integer(p >> 2))))


def rsa_leaf():
    leaf = certificate("leaf", rsa_spki(odd_number(4096), (1 << 16_000) - 1), root_key, "root", [LEAF])
    return trio(cert=certificates(leaf))


def rsa_key():
    return trio(key=pem("PRIVATE KEY", rsa_key_of(8192).pkcs8))


def explicit_curves():
    spki = tonelli_shanks(660, 620)
    return trio(ca=GOOD_CA + fill(lambda n: certificate("", spki, serial=n), SIZE))


def compressed_points():
    curve = EcKey("secp224r1")
    spki = sequence(sequence(EC, curve.curve), bits(curve.compressed))
    return trio(ca=GOOD_CA + fill(lambda n: certificate("", spki, serial=n), 2 * SIZE))


def issuers():
    """CAs of the leaf's issuer's name, none of which signed it."""
    spki = rsa_spki(odd_number(2048), 2**256 - 1)
    leaf = certificate("leaf", leaf_key.spki, None, "root", [LEAF], signature=b"\1" * 2048)
    return trio(ca=fill(lambda n: certificate("root", spki, serial=n, extensions=[CA]), SIZE), cert=certificates(leaf))


for each in (dsa_key, rsa_leaf, rsa_key, explicit_curves, compressed_points, issuers):
    path = pathlib.Path(sys.argv[1]) / (each.__name__.replace("_", "-") + ".sql")
    path.write_bytes(b"CALL mysql.rds_import_binlog_ssl_material('" + each() + b"');\n")
