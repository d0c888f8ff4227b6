"""once.py CERTFS WORK PKI STORE: each request is carried out once, wherever the worker dies.

The worker of the build with hooks dies at one point of its own code while it carries out one request, on a mount whose
STORE is WORK/store or none. The write must succeed, its answer be that of a change, the set be as one request leaves
it, and the request count once.
"""

import json
import os
import re
import sys

from board import Deaths
from host import Failed, Host, eventually, mount_fusectl, words_of

POINTS = ("after-read", "judging", "intended", "before-rename", "after-rename", "before-fsync", "after-fsync",
          "committed", "spread", "notice", "before-answer", "before-reply")
FEW = ("intended", "after-rename", "committed", "before-answer")
ON_DISK = ("before-rename", "after-rename", "before-fsync", "after-fsync")
REMOVAL = {"Action": "rds_remove_binlog_ssl_material"}


class Mount(Host):
    def __init__(self, certfs, work, pki, store):
        super().__init__(certfs, work, Deaths(f"{work}/deaths"), store)
        self.pki = pki
        self.documents = {name: json.loads(words_of(f"{pki}/{name}.json")) for name in "abc"}

    def ask(self, document):
        """The answer; what is refused raises OSError."""
        control = os.open(f"{self.mount}/control", os.O_RDWR)
        try:
            os.write(control, json.dumps(document).encode())
            return json.loads(os.read(control, 1 << 20))
        finally:
            os.close(control)

    def served(self, directory=""):
        """Which of the sets; None for none."""
        certificate = words_of(f"{self.mount}/{directory}cert.pem")
        return next((name for name in "abc" if certificate and words_of(f"{self.pki}/{name}/cert.pem") == certificate),
                    None)

    def counted(self):
        """How many requests were carried out."""
        return int(re.search(r'^certfs_requests_total\{.*ok.*\} (\d+)', words_of(f"{self.mount}/metrics"), re.M)[1])

    def named(self, name, **more):
        """An import of a set into certificates/n."""
        return {"Action": "ImportCertificate", "CertificateIdentifier": "n",
                "CertificatePem": "".join(words_of(f"{self.pki}/{name}/{file}.pem") for file in ("cert", "key", "ca")),
                **more}

    def arn(self):
        return json.loads(words_of(f"{self.mount}/certificates/n/certificate.json"))["CertificateArn"]


def begin(mount):
    """The root set is b, and a its previous one; n is a, without tags."""
    for name in "ab":
        mount.ask(mount.documents[name])
    mount.ask(mount.named("a", Replace=True))
    mount.ask({"Action": "RemoveTagsFromResource", "ResourceArn": mount.arn(), "TagKeys": ["k"]})


def restored(mount):
    return mount.served() == "a" and mount.ask({"Action": "RestorePrevious"}) and mount.served() == "b"


def imported(mount):
    return mount.served() == "c" and mount.ask({"Action": "RestorePrevious"}) and mount.served() == "b"


def removed(mount):
    return mount.served() is None


def deleted(mount):
    return not os.path.exists(f"{mount.mount}/certificates/n") and mount.served() == "b"


def tagged(mount):
    tags = mount.ask({"Action": "ListTagsForResource", "ResourceArn": mount.arn()})["TagList"]
    return [tag["Key"] for tag in tags] == ["k"]


REQUESTS = {
    "RestorePrevious": (lambda mount: {"Action": "RestorePrevious"}, restored),
    "import": (lambda mount: mount.documents["c"], imported),
    "removal": (lambda mount: REMOVAL, removed),
    "DeleteCertificate": (lambda mount: {"Action": "DeleteCertificate", "CertificateArn": mount.arn()}, deleted),
    "AddTagsToResource": (lambda mount: {"Action": "AddTagsToResource", "ResourceArn": mount.arn(),
                                         "Tags": [{"Key": "k", "Value": "v"}]}, tagged),
}


def is_of_change(kind, answer):
    return {"DeleteCertificate": "Certificate" in answer, "AddTagsToResource": answer == {}}.get(
        kind, answer.get("result") == "ok" and answer.get("changed") is True)


def once(mount, kind, point):
    begin(mount)
    document, is_done = REQUESTS[kind]
    document = document(mount)
    before, deaths = mount.counted(), mount.deaths.count()
    mount.deaths.arm(point, 1)
    answer = mount.ask(document)
    # A point behind the answer is reached when it is reached.
    if point != "before-reply" and point != "spread":
        mount.deaths.disarm()
    died = mount.deaths.count() - deaths
    mount.deaths.disarm()
    if not is_of_change(kind, answer):
        raise Failed(f"{kind}, killed at {point}: {answer}")
    eventually(f"{kind}, killed at {point}: counted {mount.counted() - before} times",
               lambda: mount.counted() - before == 1)
    if not is_done(mount):
        raise Failed(f"{kind}, killed at {point}: {mount.served()} is served")
    return died


def main(certfs, work, pki, store):
    mount = Mount(certfs, work, pki, store)
    mount_fusectl()
    wrong = died = 0
    try:
        mount.start()
        for kind in REQUESTS:
            for point in POINTS if kind == "RestorePrevious" else FEW:
                if store != "none" or point not in ON_DISK:
                    died += once(mount, kind, point)
    except (Failed, OSError) as error:
        wrong = error
    ended = mount.stop()
    if wrong or ended:
        sys.exit(f"{wrong} {ended}\n{mount.said()}")
    print(f"{died} deaths")


main(*sys.argv[1:])
