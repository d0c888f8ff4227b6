"""writers.py: those that change sets while the worker dies, each with a model of its own set.

An acknowledged change is served with the number that the answer gave, until the next request; a refused one has changed
nothing. A document in one write(2) is never refused on account of a takeover; one in several may be, as EBUSY
with the sentence RESTARTED, and is sent again.
"""

import errno
import json
import os
import random
import time

FILES = ("ca.pem", "cert.pem", "key.pem")
RESTARTED = "restarted"
TRIES = 20
SLOW = "TAKEOVER_REST_MS" in os.environ  # an emulated machine, on which judging may take too long
TOO_SLOW = ("too_costly", "it takes more than", "judge_failed", "did not answer")


class Wrong(Exception):
    pass


def contents_of(document):
    return [document[f"ssl_{part}"].encode() for part in ("ca", "cert", "key")]


class Refused(Exception):
    def __init__(self, error, answer):
        super().__init__(f"{errno.errorcode.get(error, error)} {answer[:80]}")
        self.error, self.answer = error, answer


class Writer:
    """`folder` and `identifier` of its set; `place`: of its acknowledged generation on the board, None for none."""
    kind, identifier, place = "writer", "", None

    def __init__(self, board, member, mount, materials, seed):
        self.board, self.member, self.mount, self.materials = board, member, mount, materials
        self.chance = random.Random(seed)
        self.contents = {name: contents_of(document) for name, document in materials.items()}
        self.current = self.previous = None
        self.generation, self.number = 0, 0
        self.arn, self.tags = None, {}
        self.folder = f"{mount}/certificates/{self.identifier}" if self.identifier else mount

    # ---- requests

    def split(self, document):
        """One write in most cases, else up to five."""
        if self.chance.random() < 0.7:
            return [document]
        cuts = sorted(self.chance.sample(range(1, len(document)), min(self.chance.randint(1, 4), len(document) - 1)))
        return [document[begin:end] for begin, end in zip([0] + cuts, cuts + [len(document)])]

    def send(self, what, pieces):
        """The answer; Refused with the errno and the answer."""
        with self.member.does(f"open control for {what}"):
            control = os.open(f"{self.mount}/control", os.O_RDWR)
        try:
            error = 0
            for piece in pieces:
                try:
                    with self.member.does(f"write {what}"):
                        if os.write(control, piece) != len(piece):
                            raise Wrong(f"a short count of {what}")
                except OSError as failure:
                    error = failure.errno
                    break
            with self.member.does(f"answer of {what}"):
                answer = os.read(control, 1 << 20).decode()
        finally:
            with self.member.does(f"close after {what}"):
                os.close(control)
        if error:
            raise Refused(error, answer)
        return json.loads(answer)

    def ask(self, what, document):
        """Sends it until no takeover has refused it."""
        document = json.dumps(document).encode()
        for _ in range(TRIES):
            pieces = self.split(document)
            try:
                return self.send(what, pieces)
            except Refused as refused:
                if SLOW and any(text in refused.answer for text in TOO_SLOW):
                    continue
                if refused.error != errno.EBUSY or RESTARTED not in refused.answer:
                    raise
                if len(pieces) == 1:
                    self.member.add("failed", f"{what} in one write was refused: {refused}")
                self.member.add("excused")
                self.check(f"after a takeover refused {what}")
        raise Wrong(f"{what} was refused {TRIES} times")

    def named(self, document):
        return {"CertificateIdentifier": self.identifier, **document} if self.identifier else document

    # ---- what is served

    def served(self):
        """The contents and generation, None where nothing is."""
        found, generations = [], set()
        for name in FILES:
            try:
                with self.member.does(f"open {name}"):
                    descriptor = os.open(f"{self.folder}/{name}", os.O_RDONLY)
            except FileNotFoundError:
                continue
            with self.member.does(f"read {name}"):
                generations.add(os.fstat(descriptor).st_ino >> 8)
                found.append(os.read(descriptor, 1 << 20))
            os.close(descriptor)
        if not found:
            return None, 0
        if len(found) != len(FILES) or len(generations) != 1:
            raise Wrong(f"{len(found)} files, generations {sorted(generations)}")
        return found, generations.pop()

    def name_of(self, found):
        return next((name for name, contents in self.contents.items() if contents == found), "no material of ours")

    def check(self, when):
        found, generation = self.served()
        expected = self.contents.get(self.current)
        if found == expected and (found is None or generation == self.generation):
            return
        what = (f"{when}: {found and self.name_of(found)} as {generation}, not {self.current} as {self.generation}")
        self.member.add("stale" if generation > self.generation or found is None else "mixed", what)
        # Go on from here, so that one fault is counted once.
        self.current = found and self.name_of(found)
        self.generation = generation or self.generation
        self.previous = None

    def adopt(self, what, answer, current, previous):
        changed = current != self.current or what == "RestorePrevious"
        if answer["changed"] != changed:
            self.member.add("stale", f"{what} says changed={answer['changed']}: carried out twice, or lost before")
        if changed:
            self.member.add("woken")
            if answer["generation"] <= self.generation:
                self.member.add("failed", f"{what}: generation {answer['generation']} after {self.generation}")
            self.current, self.previous, self.generation = current, previous, answer["generation"]
            if self.place is not None:
                self.board.acknowledge(self.place, self.generation)
        self.check(f"after {what}")

    # ---- steps

    def step_import(self, replace=True):
        name = self.chance.choice(list(self.materials))
        answer = self.ask(f"import {name}", self.named({**({"Replace": True} if self.identifier and replace else {}),
                                                        **self.materials[name]}))
        self.adopt("import", answer, name, self.previous if name == self.current else self.current)

    def step_restore(self):
        if self.previous is None:
            return self.step_import()
        answer = self.ask("RestorePrevious", self.named({"Action": "RestorePrevious"}))
        return self.adopt("RestorePrevious", answer, self.previous, self.current)

    def step_refused(self):
        one, other = self.chance.sample(list(self.materials), 2)
        document = {**self.materials[one], "ssl_key": self.materials[other]["ssl_key"]}
        if self.identifier:
            document["Replace"] = True
        try:
            self.ask("a wrong key", self.named(document))
        except Refused as refused:
            if refused.error != errno.EKEYREJECTED or "key_mismatch" not in refused.answer:
                raise
            return self.check("after a refusal")
        raise Wrong("a wrong key was accepted")

    def steps(self):
        return [(self.step_import, 6), (self.step_restore, 4), (self.step_refused, 1)]

    def run(self):
        steps, weights = zip(*self.steps())
        while not self.board.is_stopping():
            try:
                self.chance.choices(steps, weights)[0]()
            except (OSError, Wrong, Refused, ValueError, KeyError) as wrong:
                self.member.add("failed", f"{self.member.doing}: {type(wrong).__name__} {wrong}")
                if isinstance(wrong, OSError) and wrong.errno in (errno.ENOTCONN, errno.ENOENT):
                    time.sleep(0.05)
                self.recover()
            self.member.add("count")
            time.sleep(int(os.environ.get("TAKEOVER_REST_MS", "0")) / 1000)

    def recover(self):
        """After a failure: the model takes what is served."""
        try:
            found, generation = self.served()
            self.current, self.previous = found and self.name_of(found), None
            self.generation = max(generation, self.generation)
        except (OSError, Wrong):
            pass


class RootWriter(Writer):
    kind, place = "writer of the root", 0


class NamedWriter(Writer):
    """With tags."""
    kind, identifier, place = "writer of named", "watched", 1

    def described_arn(self):
        if self.arn is None:
            with self.member.does("read certificate.json"), open(f"{self.folder}/certificate.json", "rb") as file:
                self.arn = json.load(file)["CertificateArn"]
        return self.arn

    def step_tag(self):
        arn, key = self.described_arn(), f"key-{self.chance.randint(1, 5)}"
        if key in self.tags and self.chance.random() < 0.5:
            self.ask("RemoveTags", {"Action": "RemoveTagsFromResource", "ResourceArn": arn, "TagKeys": [key]})
            del self.tags[key]
        else:
            value = str(self.chance.randint(1, 10**9))
            self.ask("AddTags", {"Action": "AddTagsToResource", "ResourceArn": arn, "Tags": [{"Key": key, "Value": value}]})
            self.tags[key] = value
        answer = self.ask("ListTags", {"Action": "ListTagsForResource", "ResourceArn": arn})
        found = {tag["Key"]: tag["Value"] for tag in answer["TagList"]}
        if found != self.tags:
            self.member.add("mixed", f"tags are {found}, not {self.tags}")
            self.tags = found
        self.read_generation()

    def read_generation(self):
        """Tags are a change of the record, which may have a number of its own."""
        found, generation = self.served()
        if found != self.contents.get(self.current) or generation < self.generation:
            self.member.add("mixed", f"after tags {found and self.name_of(found)} as {generation}")
        self.generation = generation

    def steps(self):
        return super().steps() + [(lambda: self.step_tag() if self.current else self.step_import(), 3)]


class ComingAndGoing(NamedWriter):
    """A set that is created and deleted: to create one that exists, or to delete one twice, is refused."""
    kind, identifier, place = "writer that deletes", "gone", None

    def step_create(self):
        if self.current is not None:
            return self.step_delete()
        self.arn, self.previous = None, None
        return self.step_import(replace=False)

    def step_delete(self):
        self.ask("Delete", {"Action": "DeleteCertificate", "CertificateArn": self.described_arn()})
        self.member.add("woken")
        self.current = self.previous = self.arn = None
        self.check("after Delete")

    def steps(self):
        return [(self.step_create, 4), (lambda: self.step_restore() if self.current else self.step_create(), 1)]


class FileWriter(Writer):
    """Files of import/, and their answers."""
    kind, identifier = "writer of files", "binlog"

    def send(self, what, pieces):
        self.number += 1
        path = f"{self.mount}/import/file-{self.number}"
        with self.member.does(f"create for {what}"):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        error = 0
        for piece in pieces:
            try:
                with self.member.does(f"write {what} to a file"):
                    os.write(file, piece)
            except OSError as failure:
                error = failure.errno
                break
        try:
            with self.member.does(f"close after {what}"):
                os.close(file)
        except OSError as failure:
            error = error or failure.errno
        with self.member.does(f"answer of {what}"), open(f"{path}.answer", "rb") as answer:
            text = answer.read().decode()
        if error:
            raise Refused(error, text)
        return text

    def adopt_file(self, what, text, current, previous):
        if current != self.current and "would change nothing" in text:
            self.member.add("stale", f"{what}: {text}")
        found, generation = self.served()
        if found != self.contents.get(current):
            self.member.add("mixed", f"after {what}: {found and self.name_of(found)}, not {current}")
        if current != self.current:
            self.member.add("woken")
        if current != self.current and current is not None and generation <= self.generation:
            self.member.add("failed", f"{what}: generation {generation} after {self.generation}")
        self.current, self.previous, self.generation = current, previous, max(generation, self.generation)

    def check(self, when):
        found, _ = self.served()
        if found != self.contents.get(self.current):
            self.member.add("stale", f"{when}: {found and self.name_of(found)}, not {self.current}")
            self.current = found and self.name_of(found)

    def step_import(self, replace=True):
        name = self.chance.choice(list(self.materials))
        text = self.ask(f"import {name}", self.materials[name])
        self.adopt_file("import", text, name, self.current)

    def step_remove(self):
        text = self.ask("remove", {"Action": "rds_remove_binlog_ssl_material"})
        self.adopt_file("remove", text, None, None)

    def step_refused(self):
        one, other = self.chance.sample(list(self.materials), 2)
        try:
            self.ask("a wrong key", {**self.materials[one], "ssl_key": self.materials[other]["ssl_key"]})
        except Refused as refused:
            if refused.error != errno.EBADMSG or "does not match" not in refused.answer:
                raise
            return self.check("after a refusal")
        raise Wrong("a wrong key was accepted")

    def steps(self):
        return [(self.step_import, 4), (self.step_remove, 1), (self.step_refused, 1)]


WRITERS = (RootWriter, NamedWriter, ComingAndGoing, FileWriter)
