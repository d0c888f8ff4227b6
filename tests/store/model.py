"""model.py SEED ROUNDS CERTFS WORK PKI NAME...: a store's life at random, and what must be served after each start.

WORK holds store, keys and mnt. In each round, while certfs is away, key-encryption keys come and go and records of
another host, or older ones of this, are copied in; certfs is started and what it serves is compared with the model;
some requests are made; then it is unmounted, or killed in the midst of a request, which must be carried out or not.

The model: each set has one record, (material, previous one, key, its two numbers), and is served if its key is there. A
start without the root set's key is refused. No number is given twice: what was given only grows, and a record keeps its
numbers unless another record has one of them.
"""

import json
import os
import random
import re
import shutil
import sys
import threading
from dataclasses import dataclass, replace

from host import SECONDS_TO_WAIT, Certfs, Wrong, contents_of, record_name

LONGEST = 0.03  # from a request to the kill
SETS = ("", "set-1", "set-2", "replica-three")
KEYS = ("certfs", "alpha", "beta")


@dataclass(frozen=True)
class Record:
    material: str
    previous: str | None
    key: str
    numbers: tuple = None  # generation and set; None where they are not known yet
    file: bytes = None     # of a copy


class Host(Certfs):
    """certfs with the documents of the materials, and how the sets are addressed."""

    def __init__(self, certfs, work, pki, names):
        super().__init__(certfs, work)
        self.documents, self.contents = {}, {}
        for name in names:
            with open(f"{pki}/{name}.json", "rb") as file:
                self.documents[name] = json.load(file)
            self.contents[name] = contents_of(self.documents[name])

    def folder_of(self, name):
        """As it was spelled first."""
        for spelled in os.listdir(f"{self.mount}/certificates"):
            if spelled.lower() == name:
                return f"certificates/{spelled}"
        return None if name else "."

    def material_of(self, name):
        folder = self.folder_of(name)
        files = self.served(folder) if folder else {}
        for material, contents in self.contents.items():
            if files == contents:
                return material
        if files:
            raise Wrong(f"of {name!r} no whole material is served: {sorted(files)}")
        return None

    def numbers_of(self, name):
        folder = f"{self.mount}/{self.folder_of(name)}"
        return os.stat(f"{folder}/key.pem").st_ino >> 8, os.stat(folder).st_ino >> 8 if name else 0

    def request(self, what, name, spelled, material, key):
        document = {"CertificateIdentifier": spelled} if name else {}
        if what != "import":
            return json.dumps(document | {"Action": what}).encode()
        return json.dumps(document | self.documents[material] | {"KmsKeyId": key} | ({"Replace": True} if name else {})).encode()

    def record_file(self, name):
        return f"{self.store}/{record_name(name)}"


class Model:
    def __init__(self, host, chance):
        self.host, self.chance = host, chance
        self.records = {}   # what is in the store
        self.aside = set()  # sets with records that were put aside
        self.keys = set(KEYS)
        self.highest = 0    # number that was given or seen
        self.copies = []    # (name, record) to be copied in
        self.counts = dict.fromkeys(("requests", "refusals", "copies", "kills", "carried out", "starts refused"), 0)

    def serves(self, name):
        return name in self.records and self.records[name].key in self.keys

    # ---- requests

    def choose(self):
        name = self.chance.choice(SETS)
        what = self.chance.choices(("import", "RestorePrevious", "rds_remove_binlog_ssl_material"), (6, 2, 2))[0]
        spelled = "".join(self.chance.choice((letter, letter.upper())) for letter in name)
        key = self.chance.choice(KEYS) if name or self.chance.random() < 0.3 else "certfs"
        return what, name, spelled, self.chance.choice(list(self.host.documents)), key

    def following(self, what, name, material, key):
        """The set's record behind a request, None for none; "refused" or "same"."""
        old = self.records[name] if self.serves(name) else None
        if what == "RestorePrevious":
            if old is None or old.previous is None:
                return "refused"
            return replace(old, material=old.previous, previous=old.material)
        if what != "import":
            return None if name in self.records or name in self.aside else "same"
        if key not in self.keys:
            return "refused"
        if old is not None and (old.material, old.key) == (material, key):
            return "same"
        return Record(material, old.material if old else None, key)

    def adopt(self, name, record):
        if record is None:
            self.aside.discard(name)
            self.records.pop(name, None)
            return
        if name in self.records and not self.serves(name):
            self.aside.add(name)
        self.records[name] = record

    def ask(self):
        what, name, spelled, material, key = self.choose()
        after = self.following(what, name, material, key)
        try:
            answer = json.loads(self.host.ask(self.host.request(what, name, spelled, material, key)))
        except OSError:
            if after != "refused":
                raise Wrong(f"{what} of {name!r} as {material} was refused") from None
            self.counts["refusals"] += 1
            return
        self.counts["requests"] += 1
        if after == "refused" or answer["changed"] == (after == "same"):
            raise Wrong(f"{what} of {name!r} as {material} with {key}: {answer}, expected {after}")
        if after == "same":
            return
        if answer["generation"] <= self.highest:
            raise Wrong(f"the number {answer['generation']} was given before, up to {self.highest}")
        self.highest = answer["generation"]
        self.adopt(name, after)
        if after is not None:
            self.records[name] = replace(after, numbers=self.host.numbers_of(name))

    # ---- ends

    def kill_in_a_request(self):
        """A set that is served or new, so that it is all or nothing."""
        what, name, spelled, material, key = self.choose()
        after = self.following(what, name, material, key)
        if after in ("refused", "same") or (not self.serves(name) and (name in self.records or name in self.aside)):
            self.host.kill()
            return
        writer = threading.Thread(target=self.write_quietly, daemon=True,
                                  args=(self.host.request(what, name, spelled, material, key),))
        writer.start()
        writer.join(self.chance.uniform(0, LONGEST))
        self.host.kill_in_any_order(self.chance)
        writer.join(SECONDS_TO_WAIT)
        self.counts["kills"] += 1
        self.start()
        now = self.host.numbers_of(name) if self.host.material_of(name) else None
        if now != (self.records[name].numbers if name in self.records else None):
            self.counts["carried out"] += 1
            self.adopt(name, after and replace(after, numbers=now))
        self.highest = max(self.highest, self.host.status()["generation"])
        self.check()
        self.host.kill()

    def write_quietly(self, document):
        try:
            self.host.write(document)
        except OSError:
            pass

    # ---- while certfs is away

    def move_keys(self):
        for key in KEYS[1:]:
            if self.chance.random() < 0.3:
                away = f"{self.host.work}/away-{key}"
                there = f"{self.host.keys}/{key}"
                os.rename(*((there, away) if key in self.keys else (away, there)))
                self.keys ^= {key}

    def copy_in(self):
        if self.chance.random() < 0.3 and self.copies:
            name, record = self.chance.choice(self.copies)
            with open(self.host.record_file(name), "wb") as file:
                file.write(record.file)
            os.chmod(self.host.record_file(name), 0o600)
            self.records[name] = record
            self.counts["copies"] += 1
        if self.records and self.chance.random() < 0.2:
            name = self.chance.choice(list(self.records))
            with open(self.host.record_file(name), "rb") as file:
                if self.records[name].numbers is not None:
                    self.copies.append((name, replace(self.records[name], file=file.read())))

    # ---- starts

    def start(self):
        said = self.host.start()
        root = self.records.get("")
        if root is not None and root.key not in self.keys:
            if said is None:
                raise Wrong("it started without the root set's key")
            os.rename(f"{self.host.work}/away-{root.key}", f"{self.host.keys}/{root.key}")
            self.keys.add(root.key)
            self.counts["starts refused"] += 1
            said = self.host.start()
        if said is not None:
            raise Wrong(f"certfs did not start: {said}")

    def may_change(self, name, part):
        """Whether another record has one of its numbers; the root set has none of sets' numbers."""
        own = self.records[name].numbers[part]
        return any(other.numbers[part] == own for key, other in self.records.items()
                   if key != name and (part == 0 or key != ""))

    def check_numbers(self, name):
        found, believed = self.host.numbers_of(name), self.records[name].numbers
        changes = self.may_change(name, 0) or (name != "" and self.may_change(name, 1))
        if believed is not None and found != believed and (not changes or found[0] <= self.highest):
            raise Wrong(f"{name!r} has the numbers {found}, not {believed}; given up to {self.highest}")
        return found

    def check(self):
        found = {}
        for name in SETS:
            material = self.host.material_of(name)
            expected = self.records[name].material if self.serves(name) else None
            if material != expected:
                raise Wrong(f"of {name!r} {material} is served, not {expected}")
            if material is not None:
                found[name] = self.check_numbers(name) if self.records[name].numbers else self.host.numbers_of(name)
        for part, kind in enumerate(("generation", "set")):
            if len({numbers[part] for numbers in found.values()}) != len(found):
                raise Wrong(f"a {kind}'s number is there twice: {found}")
        for name, numbers in found.items():
            self.records[name] = replace(self.records[name], numbers=numbers)
        number = self.host.status()["generation"]
        if number < max([self.highest] + [max(numbers) for numbers in found.values()]):
            raise Wrong(f"the number is {number}, given were {self.highest} and {found}")
        self.highest = number
        self.check_files()

    def check_files(self):
        records = {file for file in os.listdir(self.host.store) if re.fullmatch("[0-9a-f]{64}", file)}
        aside = {file[:64] for file in os.listdir(self.host.store) if ".unopened" in file}
        rest = {file for file in os.listdir(self.host.store)
                if file[:64] not in records | aside and file != f"generation.{self.highest}"}
        if records != set(map(record_name, self.records)) or aside != set(map(record_name, self.aside)) or rest:
            raise Wrong(f"in the store are {sorted(records)}, {sorted(aside)} aside, and {sorted(rest)}; "
                        f"the model has {sorted(self.records)}, {sorted(self.aside)} aside")

    def round(self):
        self.move_keys()
        self.copy_in()
        self.start()
        self.check()
        for _ in range(self.chance.randrange(4)):
            self.ask()
        if self.chance.random() < 0.4:
            self.kill_in_a_request()
        else:
            self.host.stop()


def records_of_another_host(host, chance):
    """With the same keys, and numbers from 1 to 16: those of two such hosts collide."""
    other = Host(host.certfs, f"{host.work}/other", sys.argv[5], list(host.documents))
    other.keys = host.keys
    for folder in (other.work, other.store, other.mount):
        os.mkdir(folder, 0o700)
    said = other.start()
    if said:
        raise Wrong(f"the other host: {said}")
    copies = []
    for _ in range(8):
        name, material, key = chance.choice(SETS), chance.choice(list(host.documents)), chance.choice(KEYS)
        other.write(other.request("rds_remove_binlog_ssl_material", name, name, None, None))
        other.write(other.request("import", name, name, material, key))
        with open(other.record_file(name), "rb") as file:
            copies.append((name, Record(material, None, key, other.numbers_of(name), file.read())))
    other.stop()
    shutil.rmtree(other.work)
    return copies


def main():
    seed, rounds, certfs, work, pki = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]
    chance = random.Random(seed)
    model = Model(Host(certfs, work, pki, sys.argv[6:]), chance)
    number = 0
    try:
        for _ in range(3):
            model.copies += records_of_another_host(model.host, chance)
        model.start()
        while model.highest == 0:  # with a mark, numbers do not leap away from those of the copies
            model.ask()
        model.host.stop()
        for number in range(1, rounds + 1):
            model.round()
    except Wrong as wrong:
        sys.exit(f"round {number} of {rounds}, seed {seed}: {wrong}")
    print(f"seed {seed}: {rounds} rounds, " + ", ".join(f"{count} {what}" for what, count in model.counts.items()) +
          f"; the last number is {model.highest}")


main()
