"""payload.py CA CERT KEY: the request document made from three PEM files, on standard output."""

import json
import sys


def text(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


ca, cert, key = map(text, sys.argv[1:])
json.dump({"ssl_ca": ca, "ssl_cert": cert, "ssl_key": key}, sys.stdout)
