"""corpora.py FOLDER WHAT ...: the outside test material of FOLDER, judged. Prints figures as lines with "# " in front;
the exit status is 1, and what is wrong is printed, when a verdict is not the contract's.

  material MOUNT              every set of material.jsonl.xz by way of MOUNT/control
  json MOUNT                  json.jsonl.xz, the value as an unknown member of a good document, the same way
  hostile PROGRAM             every file of hostile.jsonl.xz in its field of a good set, judged by PROGRAM (measure.c)
  documents                   the documents of hostile.jsonl.xz but the good set, one a line
  flush MOUNT SOCKET PORT     every set that certfs takes, under the running server, with FLUSH SSL after each
"""

import base64
import collections
import datetime
import errno
import json
import lzma
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import time

FIELDS = {"ca": "ssl_ca", "cert": "ssl_cert", "key": "ssl_key"}
ERRNOS = {"EBADMSG", "EFBIG", "EKEYREJECTED", "EKEYEXPIRED"}
SLOWEST = 100_000  # microseconds
wrong = []


def complain(name, sentence):
    wrong.append(f"{name}: {sentence}")


def records(folder, name):
    with lzma.open(os.path.join(folder, f"{name}.jsonl.xz"), "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def contents(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def status(mount):
    return json.loads(contents(mount, "status"))


# Everything that a request returns: from write, from close, and the answer.
Told = collections.namedtuple("Told", "write close answer")


def attempt(call, *arguments):
    try:
        return call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


def write_all(descriptor, document):
    """The kernel cuts what is larger than a FUSE request; as every writer does, go on until an error or the end."""
    written = 0
    while written < len(document):
        written += os.write(descriptor, document[written:])
    return written


def ask(mount, document):
    descriptor = os.open(os.path.join(mount, "control"), os.O_RDWR)
    written = attempt(write_all, descriptor, document)
    answer = b""
    while piece := os.read(descriptor, 65536):
        answer += piece
    closed = attempt(os.close, descriptor)
    return Told(written, closed, json.loads(answer) if answer else None)


def check_refusal(name, told):
    """Reason, sentence, errno; the caller looks at what is served."""
    if told.write not in ERRNOS:
        complain(name, f"refused, and write returns {told.write}")
    if not re.fullmatch(r"[ -~]{1,120}", told.answer["message"]):
        complain(name, f"this is no sentence: {told.answer['message']!r}")
    if not told.answer["reason"]:
        complain(name, "refused without a reason")


def blocks(text):
    """The base64 of each block of canonical PEM, None if it is not canonical."""
    form = r"(?:-----BEGIN ([A-Z ]+)-----\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/=]{1,64}\n)-----END \1-----\n)+"
    if not re.fullmatch(form, text):
        return None
    return [body.replace("\n", "") for body in re.findall(r"-----BEGIN [A-Z ]+-----\n([^-]+)-----END", text)]


def check_served(name, mount, document, strict):
    """Canonical PEM; every certificate comes from its field; another reader of the three files is content."""
    for field in FIELDS:
        found = blocks(contents(mount, f"{field}.pem").decode())
        if found is None:
            complain(name, f"{field}.pem is not canonical")
        if field == "key" or found is None:
            continue
        source = re.sub(r"\\[nr]|[\s\ufeff]", "", document[FIELDS[field]])
        # Sloppy DER, which is of no set that is to be accepted, comes out in proper form.
        if strict and not all(body in source for body in found):
            complain(name, f"{field}.pem holds what {FIELDS[field]} did not")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if not strict:
            context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.load_cert_chain(os.path.join(mount, "cert.pem"), os.path.join(mount, "key.pem"))
        context.load_verify_locations(os.path.join(mount, "ca.pem"))
    except ssl.SSLError as error:
        complain(name, f"what is served does not load: {error}")


def expected(record, today):
    """A set that has expired by now proves nothing."""
    return "either" if record["expected"] == "accept" and record["valid_until"] <= today else record["expected"]


def judge_set(record, mount, wanted, before):
    """Returns the reason, "" for taken."""
    name, told = record["name"], ask(mount, json.dumps(record["doc"]).encode())
    if told.answer is None:
        complain(name, f"no answer; write returns {told.write}, close {told.close}")
        return "no answer"
    now = status(mount)
    if told.answer["result"] == "ok":
        if wanted == "refuse":
            complain(name, f"taken, and is to be refused: {record['reason']}")
        check_served(name, mount, record["doc"], wanted == "accept")
        return ""
    if wanted == "accept":
        complain(name, f"refused, and is to be taken: {told.answer['message']}")
    check_refusal(name, told)
    if (now["generation"], now["material"]) != (before["generation"], before["material"]):
        complain(name, "refused, and changes what is served")
    return told.answer["reason"]


def judge_material(folder, mount):
    today = datetime.date.today().isoformat()
    counts = collections.Counter()
    reasons = collections.Counter()
    for record in records(folder, "material"):
        wanted = expected(record, today)
        reason = judge_set(record, mount, wanted, status(mount))
        counts[wanted, "out" if reason else "in"] += 1
        reasons[reason] += 1
    del reasons[""]
    print(f"# accept: {counts['accept', 'in']} in, {counts['accept', 'out']} out")
    print(f"# refuse: {counts['refuse', 'out']} out, {counts['refuse', 'in']} in")
    print(f"# either: {counts['either', 'in']} in, {counts['either', 'out']} out")
    print("# reasons: " + ", ".join(f"{reason} {count}" for reason, count in reasons.most_common()))
    if not counts["accept", "in"] or not counts["refuse", "out"]:
        complain("material", "nothing was judged")


# ---- json

ALLOWED = {"n_string_unescaped_newline.json", "n_string_unescaped_tab.json"}  # raw line breaks and tabs
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # the last of an odd number of backslashes


def json_reason(mount, document):
    """An unfinished document has no answer; close reports it."""
    told = ask(mount, document)
    if told.answer is None:
        return "malformed_json" if told.close == "EBADMSG" else f"nothing, and close returns {told.close}"
    return told.answer.get("reason", "none")


def judge_json(folder, mount):
    counts = collections.Counter()
    for record in records(folder, "json"):
        value, kind, name = base64.b64decode(record["base64"]), record["class"], record["name"]
        reason = json_reason(mount, base64.b64decode(record["spliced_base64"]))
        wanted = {"n": {"malformed_json"}, "y": {"unknown_field"}, "i": {"malformed_json", "unknown_field"}}[kind]
        if name in ALLOWED:
            wanted = {"unknown_field"}
        if kind == "y" and NUL.search(value):
            wanted = {"malformed_json"}
        counts[kind, reason] += 1
        if reason not in wanted:
            complain(name, f"is told {reason}, not {' or '.join(sorted(wanted))}")
    for (kind, reason), count in sorted(counts.items()):
        print(f"# {kind}: {count} {reason}")
    if not counts:
        complain("json", "nothing was judged")


# ---- hostile

def escaped(data):
    """A JSON string that holds the bytes as they are; what JSON must escape, is."""
    special = {0x22: b'\\"', 0x5C: b"\\\\", 0x0A: b"\\n", 0x0D: b"\\r", 0x09: b"\\t"}
    return b"".join(special.get(b, b"\\u%04x" % b if b < 0x20 else bytes([b])) for b in data)


def variants(data):
    """As it is; and where that is no text, each byte as a character, so that it gets past JSON."""
    yield data
    try:
        data.decode()
        if b"\0" not in data:
            return
    except UnicodeDecodeError:
        pass
    yield data.replace(b"\0", b"").decode("latin-1").encode()


def hostile_documents(folder):
    good = next(r["doc"] for r in records(folder, "material") if r["name"] == "rustls-end-4")
    yield "the good set", json.dumps(good).encode()
    for record in records(folder, "hostile"):
        targets = FIELDS.values() if record["field"] == "any" else [FIELDS[record["field"]]]
        for target in targets:
            for data in variants(base64.b64decode(record["base64"])):
                members = {name: escaped(text.encode()) for name, text in good.items()} | {target: escaped(data)}
                yield f"{record['name']} in {target}", b"{" + b",".join(
                    b'"%s":"%s"' % (name.encode(), text) for name, text in members.items()) + b"}"


def print_documents(folder):
    for name, document in hostile_documents(folder):
        if name != "the good set":
            sys.stdout.buffer.write(document + b"\n")
    sys.stdout.flush()


def judge_hostile(folder, program):
    documents = list(hostile_documents(folder))
    stream = b"".join(struct.pack("<I", len(document)) + document for _, document in documents)
    done = subprocess.run([program], input=stream, capture_output=True, check=False)
    lines = done.stdout.decode().splitlines()
    if done.returncode != 0 or len(lines) != len(documents):
        complain("hostile", f"{program} ends with {done.returncode} after {len(lines)} of {len(documents)}: {done.stderr}")
        return
    verdicts = [(name, *line.split()) for (name, _), line in zip(documents, lines)]
    if verdicts[0][1] != "none":
        complain("hostile", f"the good set is refused: {verdicts[0][1]}")
    reasons = collections.Counter()
    for name, reason, spent in verdicts[1:]:
        reasons[reason] += 1
        if reason == "none":
            complain(name, "taken, and is to be refused")
        if int(spent) >= SLOWEST:
            complain(name, f"takes {spent} microseconds")
    name, reason, spent = max(verdicts[1:], key=lambda verdict: int(verdict[2]))
    print(f"# {len(verdicts) - 1} documents; the slowest takes {int(spent) / 1000} ms: {name} ({reason})")
    print("# reasons: " + ", ".join(f"{reason} {count}" for reason, count in reasons.most_common()))


# ---- flush

class Server:
    """One client that stays, and a look at what new connections are shown."""

    def __init__(self, path, port):
        self.port = int(port)
        self.client = subprocess.Popen(
            ["mariadb", "--no-defaults", f"--socket={path}", "--user=root", "--batch", "--skip-column-names", "--force",
             "--unbuffered"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def flush(self):
        """The server's answer to FLUSH SSL, "" for nothing."""
        self.client.stdin.write("FLUSH SSL;\nSELECT 'done';\n")
        self.client.stdin.flush()
        said = ""
        while (line := self.client.stdout.readline()) not in ("done\n", ""):
            said += line
        return said if line else said + "the client has ended"

    def leaf(self):
        """The certificate that a new connection is shown, as DER."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("ALL@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as plain:
            length = int.from_bytes(plain.recv(4, socket.MSG_WAITALL)[:3], "little")
            plain.recv(length, socket.MSG_WAITALL)
            # CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION; 16 MB; utf8
            request = struct.pack("<IIB23x", 0x200 | 0x800 | 0x8000, 1 << 24, 33)
            plain.sendall(len(request).to_bytes(3, "little") + b"\1" + request)
            with context.wrap_socket(plain) as secure:
                return secure.getpeercert(binary_form=True)

    def end(self):
        self.client.stdin.close()
        self.client.wait()


def leaf_of(mount):
    pem = contents(mount, "cert.pem").decode()
    return ssl.PEM_cert_to_DER_cert(pem[:pem.index("-----END") + len("-----END CERTIFICATE-----\n")])


def flush_one(name, mount, server):
    said = server.flush()
    if said:
        complain(name, f"FLUSH SSL fails: {said.strip()}")
        return
    try:
        if server.leaf() != leaf_of(mount):
            complain(name, "after FLUSH SSL the server shows another certificate")
    except (OSError, ValueError) as error:
        complain(name, f"no TLS connection after FLUSH SSL: {error}")


def judge_flush(folder, mount, path, port):
    server, taken, start = Server(path, port), 0, time.monotonic()
    for record in records(folder, "material"):
        if record["expected"] == "refuse":
            continue
        if ask(mount, json.dumps(record["doc"]).encode()).answer["result"] == "ok":
            taken += 1
            flush_one(record["name"], mount, server)
    server.end()
    print(f"# {taken} sets taken, FLUSH SSL after each, in {time.monotonic() - start:.0f} seconds")
    if not taken:
        complain("flush", "no set was taken")


{"material": judge_material, "json": judge_json, "hostile": judge_hostile, "flush": judge_flush,
 "documents": print_documents}[sys.argv[2]](
    sys.argv[1], *sys.argv[3:])
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
