"""kill.py SEED KILLS CERTFS WORK PKI NAME...: kill -9 at random moments while requests run, and a restart each time.

WORK holds store, keys and mnt. In each round certfs is started, what it serves is compared with what was acknowledged,
and requests are written without pause (imports of the sets NAME in PKI, RestorePrevious, removals) until supervisor
and worker are killed in the midst of them. The served set after a restart must be the state that the last acknowledged
request left, or the one that the request in flight would have left: whole, with its previous set and its number.
"""

import json
import os
import random
import sys
import threading

from host import SECONDS_TO_WAIT, Certfs, Wrong, contents_of

LONGEST = 0.12  # from the first request to the kill
NOTHING = (None, None)


class Sets:
    """The sets that take turns: their documents, and which one a certificate belongs to."""

    def __init__(self, pki, names):
        self.documents, self.files = {}, {}
        for name in names:
            with open(f"{pki}/{name}.json", "rb") as file:
                self.documents[name] = file.read()
            self.files[name] = contents_of(json.loads(self.documents[name]))

    def of(self, served):
        for name, files in self.files.items():
            if files == served:
                return name
        raise Wrong(f"what is served is no whole set: {sorted(served)}")


class Host(Certfs):
    """certfs on its mount, and what it must serve: (current, previous) and the number."""

    def __init__(self, certfs, work, sets, chance):
        super().__init__(certfs, work)
        self.sets, self.chance = sets, chance
        self.state, self.number = NOTHING, 0
        self.in_flight = None
        self.acknowledged = self.survived = self.lost = 0

    def begin(self):
        said = self.start()
        if said is not None:
            raise Wrong(f"certfs did not start: {said}")

    # ---- requests

    def following(self, what):
        """The state behind a request; None where it is refused."""
        current, previous = self.state
        if what == "RestorePrevious":
            return None if previous is None else (previous, current)
        if what == "remove":
            return NOTHING
        return self.state if what == current else (what, current)

    def document(self, what):
        if what == "RestorePrevious":
            return b'{"Action":"RestorePrevious"}'
        if what == "remove":
            return b'{"Action":"rds_remove_binlog_ssl_material"}'
        return self.sets.documents[what]

    def choose(self):
        names = list(self.sets.documents)
        what = self.chance.choices(names + ["RestorePrevious", "remove"], [4] * len(names) + [3, 1])[0]
        return self.choose() if self.following(what) in (None, self.state) else what

    def request_without_pause(self):
        """Until the mount is gone. Ours is the one writer, so one request is in flight at most."""
        try:
            while True:
                what = self.choose()
                self.in_flight = self.following(what)
                self.write(self.document(what))
                self.state, self.in_flight = self.in_flight, None
                self.number += 1
                self.acknowledged += 1
        except OSError:
            pass

    # ---- what is served

    def current(self):
        files = self.served()
        return self.sets.of(files) if files else None

    def check(self):
        """Served is the acknowledged state or that of the request in flight; that is our state from now on."""
        served, status = self.current(), self.status()
        allowed = [(self.state, self.number)]
        if self.in_flight is not None:
            allowed.append((self.in_flight, self.number + 1))
            allowed.append((self.state, self.number + 1))  # the mark was raised, the record is still the old one
        allowed = [(state, number) for state, number in allowed
                   if state[0] == served and number == status["generation"]]
        if not allowed:
            raise Wrong(f"served is {served} as {status['generation']}; acknowledged {self.state} as {self.number}, "
                        f"in flight {self.in_flight}")
        if any("is not served" in problem for problem in status["problems"]):
            raise Wrong(f"problems: {status['problems']}")
        if self.in_flight is not None:
            self.survived += allowed[0][0] != self.state
            self.lost += allowed[0][0] == self.state
        (self.state, self.number), self.in_flight = allowed[0], None
        self.check_files()
        self.check_previous()

    def check_files(self):
        left = [name for name in os.listdir(f"{self.work}/store")
                if "." in name and name != f"generation.{self.number}"]
        if left:
            raise Wrong(f"leftovers: {left}")

    def check_previous(self):
        """Now and then; it is a change of its own."""
        if self.state[1] is None or self.chance.random() > 0.2:
            return
        self.write(self.document("RestorePrevious"))
        self.state = (self.state[1], self.state[0])
        self.number += 1
        if self.current() != self.state[0]:
            raise Wrong(f"RestorePrevious gave {self.current()}, not {self.state[0]}")

    def round(self):
        self.begin()
        self.check()
        writer = threading.Thread(target=self.request_without_pause, daemon=True)
        writer.start()
        writer.join(self.chance.uniform(0, LONGEST))
        self.kill_in_any_order(self.chance)
        writer.join(SECONDS_TO_WAIT)
        if writer.is_alive():
            raise Wrong("a writer hangs")


def main():
    seed, kills, certfs, work, pki = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]
    host = Host(certfs, work, Sets(pki, sys.argv[6:]), random.Random(seed))
    for number in range(kills):
        try:
            host.round()
        except Wrong as wrong:
            sys.exit(f"kill {number + 1} of {kills}, seed {seed}: {wrong}")
    host.begin()
    host.check()
    host.kill_in_any_order(host.chance)
    print(f"seed {seed}: {kills} kills, {host.acknowledged} acknowledged requests; of those in flight "
          f"{host.survived} were stored, {host.lost} were not")


main()
