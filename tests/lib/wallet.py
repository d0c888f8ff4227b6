"""wallet.py FILE P12: the PKCS#12 file in an Oracle auto-login wallet into P12, its password to standard output.

Another reading of the layout in core/pem/wallet.h, for comparing: the ciphers are those of the openssl program.
"""

import subprocess
import sys


def decrypt(cipher, key, iv, text, *options):
    return subprocess.run(["openssl", "enc", "-d", f"-{cipher}", "-K", key.hex(), "-iv", iv, *options], input=text,
                          capture_output=True, check=True).stdout


with open(sys.argv[1], "rb") as file:
    wallet = file.read()
size = int.from_bytes(wallet[8:12], "big")
body = wallet[12:12 + size]
if body[0] == 6:
    password = decrypt("aes-128-cbc", body[1:17], "C034D8311C02CEF851F0144B81ED4BF2", body[17:], "-nopad")
else:
    key, text = (bytes.fromhex(part.decode()) for part in (body[1:17], body[17:]))
    password = decrypt("des-ede3-cbc", key * 3, "0000000000000000", text)
with open(sys.argv[2], "wb") as file:
    file.write(wallet[12 + size:])
sys.stdout.buffer.write(password)
