"""mounted.py SHARED MOUNT CERTFS EVERY SKIP KIND...: documents of SHARED, judged by way of MOUNT/control and by
CERTFS --check, which must agree: the first by a process that may make few system calls, the second by one that may make
all. EVERY: one of so many documents, of those that SKIP leaves; 1 and 0 for all. KIND:

  material, hostile, json, cases, wallets   what lies in SHARED
  waived                                    material, with all that can be waived
  named                                     material, as named sets
  FOLDER/                                   its files *.json

Prints figures as lines with "# " in front; the exit status is 1, and what is wrong is printed, at any difference.
"""

import base64
import concurrent.futures
import errno
import glob
import itertools
import json
import lzma
import os
import subprocess
import sys

SHARED, MOUNT, CERTFS, EVERY, SKIP = sys.argv[1:4] + [int(word) for word in sys.argv[4:6]]
FIELDS = {"ca": "ssl_ca", "cert": "ssl_cert", "key": "ssl_key"}
COMPARED = ("result", "reason", "field", "message", "repairs", "warnings", "waived")


WAIVED = ("expired", "loses_files", "not_a_ca", "not_yet_valid", "same_name", "untrusted_chain", "weak_key",
          "weak_signature", "wrong_purpose")


def records(name):
    with lzma.open(os.path.join(SHARED, "corpora", f"{name}.jsonl.xz"), "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def material():
    for record in records("material"):
        yield record["name"], json.dumps(record["doc"]).encode()


def hostile():
    """Bytes that are no text get past JSON as characters."""
    good = next(record["doc"] for record in records("material") if record["name"] == "rustls-end-4")
    for record in records("hostile"):
        text = base64.b64decode(record["base64"]).decode("latin-1")
        for field in FIELDS.values() if record["field"] == "any" else [FIELDS[record["field"]]]:
            yield f"{record['name']} in {field}", json.dumps(good | {field: text}, ensure_ascii=False).encode()


def spliced():
    for record in records("json"):
        yield record["name"], base64.b64decode(record["spliced_base64"])


def waived():
    for record in records("material"):
        yield f"{record['name']}, waived", json.dumps(record["doc"] | {"Accept": WAIVED}).encode()


def named():
    for record in records("material"):
        yield f"{record['name']}, named", json.dumps(record["doc"] | {"CertificateIdentifier": "a"}).encode()


def files(*pattern):
    for path in sorted(glob.glob(os.path.join(*pattern), recursive=True)):
        with open(path, "rb") as file:
            yield os.path.basename(path), file.read()


def cases():
    yield from files(SHARED, "cases", "*.json")


def wallets():
    for name, data in files(SHARED, "wallets", "**", "*.*[o2]"):
        text = base64.b64encode(data).decode()
        yield name, json.dumps({"CertificateIdentifier": "a", "CertificateWallet": text}).encode()


def ask(document):
    """The answer; None for a document that is not complete."""
    descriptor = os.open(os.path.join(MOUNT, "control"), os.O_RDWR)
    answer, written = b"", 0
    try:
        while written < len(document):
            written += os.write(descriptor, document[written:])
    except OSError:
        pass
    while piece := os.read(descriptor, 65536):
        answer += piece
    try:
        os.close(descriptor)
    except OSError as error:
        if error.errno == errno.EIO:
            raise
    return json.loads(answer) if answer else None


def forget():
    """Removes all sets, so that each document meets an empty mount, as with --check."""
    for name in [""] + os.listdir(os.path.join(MOUNT, "certificates")):
        removal = {"Action": "rds_remove_binlog_ssl_material"}
        ask(json.dumps(removal | ({"CertificateIdentifier": name} if name else {})).encode())


def check(document):
    done = subprocess.run([CERTFS, "--check"], input=document, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        return {"result": f"--check ends with {done.returncode}: {done.stderr.decode()}"}
    return json.loads(done.stdout)


def comparable(answer):
    """A refusal of a named set has AWS's members."""
    if "Certificate" in answer or "__type" in answer:
        return {"aws": answer.get("__type"), "reason": answer.get("reason"), "message": answer.get("message")} | {
            name: answer.get(name) for name in ("repairs", "warnings", "waived")}
    return {name: answer.get(name) for name in COMPARED}


def difference(mounted, checked):
    """"" if there is none."""
    if mounted is None:
        return "" if checked.get("result") == "refused" else f"no answer; --check has {checked}"
    if mounted.get("reason") == "judge_failed":
        return f"the judge failed: {mounted['message']}"
    here, there = comparable(mounted), comparable(checked)
    return "" if here == there else f"the mount has {here}, --check {there}"


def main():
    kinds = {"material": material, "hostile": hostile, "json": spliced, "cases": cases, "wallets": wallets,
             "waived": waived, "named": named}
    documents = itertools.chain.from_iterable(
        kinds[kind]() if kind in kinds else files(kind, "*.json") for kind in sys.argv[6:])
    chosen = list(itertools.islice(documents, SKIP, None, EVERY))
    wrong, taken = [], 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (name, document), checked in zip(chosen, pool.map(check, [document for _, document in chosen])):
            mounted = ask(document)
            if mounted is not None and mounted.get("result", "ok") == "ok" and "__type" not in mounted:
                taken += 1
                forget()
            if sentence := difference(mounted, checked):
                wrong.append(f"{name}: {sentence}")
    print(f"# {len(chosen)} documents, of which {taken} are taken")
    if not chosen:
        wrong.append("nothing was judged")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
