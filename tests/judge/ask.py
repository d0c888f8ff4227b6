"""ask.py MOUNT DOCUMENT | MOUNT CA CERT KEY [REASON...]: one request in one write(2), and all that certfs answers.

DOCUMENT is a file with a request; CA, CERT, KEY are PEM files of which one is made, the reasons go into Accept.
Prints lines for judge.bash: what write returned (a number or an errno's name), the answer, its result, its sentence,
the repairs, warnings and waived reasons, the first line of `last`, the last request and the waived reasons in `status`,
and whether what is served is "the same" as before.
"""

import errno
import json
import os
import sys


def contents(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def document(arguments):
    if len(arguments) == 1:
        return contents(arguments[0])
    texts = [contents(path).decode() for path in arguments[:3]]
    members = dict(zip(("ssl_ca", "ssl_cert", "ssl_key"), texts))
    if arguments[3:]:
        members["Accept"] = arguments[3:]
    return json.dumps(members).encode()


def ask(mount, request):
    descriptor = os.open(os.path.join(mount, "control"), os.O_RDWR)
    try:
        verdict = str(os.write(descriptor, request))
    except OSError as error:
        verdict = errno.errorcode[error.errno]
    answer = b""
    while piece := os.read(descriptor, 65536):
        answer += piece
    os.close(descriptor)
    return verdict, answer.decode()


def status(mount):
    return json.loads(contents(mount, "status"))


def state(mount):
    """Everything that a refusal must leave alone."""
    found = [status(mount)["generation"], status(mount)["material"]]
    for name in ("ca.pem", "cert.pem", "key.pem"):
        path = os.path.join(mount, name)
        if os.path.exists(path):
            s = os.stat(path)
            found.append((name, s.st_ino, s.st_mode, s.st_uid, s.st_gid, s.st_size, s.st_mtime_ns, contents(path)))
    return found


def listed(findings):
    return " ".join(sorted(f"{finding['name']}:{finding['field']}" for finding in findings))


def report(mount, verdict, answer, changed):
    told = json.loads(answer) if answer else {}
    result = told.get("result", "no answer")
    last = status(mount)["last_request"]
    material = status(mount)["material"] or {}
    yield verdict
    yield answer.rstrip("\n")
    yield result if result != "refused" else f"refused {told['reason']} in {told['field']} as {told['fault']}"
    yield told.get("message", "")
    yield listed(told.get("repairs", []))
    yield listed(told.get("warnings", []))
    yield " ".join(sorted(told.get("waived", [])))
    yield contents(mount, "last").decode().partition("\n")[0]
    yield " ".join(last[member] for member in ("result", "reason", "field", "message"))
    yield " ".join(sorted(material.get("waived", [])))
    yield "something else" if changed else "the same"


where = sys.argv[1]
before = state(where)
outcome = ask(where, document(sys.argv[2:]))
for line in report(where, *outcome, state(where) != before):
    print(line)
