"""kill.py SEED KILLS CERTFS WORK PKI NAME...: kill -9 at random moments while requests run, and a restart each time.

WORK holds store, keys and mnt. In each round certfs is started, what it serves is compared with what was acknowledged,
and requests are written without pause (imports of the sets NAME in PKI, RestorePrevious, removals) until supervisor
and worker are killed in the midst of them. What is served after a restart must be the state that the last acknowledged
request left, or the one that the request in flight would have left: whole, with its previous set and its number.
"""

import json
import os
import random
import select
import signal
import subprocess
import sys
import threading

SECONDS_TO_WAIT = 20
LONGEST = 0.12  # from the first request to the kill
NOTHING = (None, None)


class Wrong(Exception):
    pass


class Sets:
    """The sets that take turns: their documents, and which one a certificate belongs to."""

    def __init__(self, pki, names):
        self.documents, self.files = {}, {}
        for name in names:
            with open(f"{pki}/{name}.json", "rb") as file:
                self.documents[name] = file.read()
            given = json.loads(self.documents[name])
            self.files[name] = {"ca.pem": given["ssl_ca"].encode(), "cert.pem": given["ssl_cert"].encode(),
                                "key.pem": given["ssl_key"].encode()}

    def of(self, served):
        for name, files in self.files.items():
            if files == served:
                return name
        raise Wrong(f"what is served is no whole set: {sorted(served)}")


class Host:
    """certfs on its mount, and what it must serve: (current, previous) and the number."""

    def __init__(self, certfs, work, sets, chance):
        self.certfs, self.work, self.sets, self.chance = certfs, work, sets, chance
        self.control = f"{work}/mnt/control"
        self.state, self.number = NOTHING, 0
        self.in_flight = None
        self.acknowledged = self.survived = self.lost = 0
        self.pids = []

    def start(self):
        self.pids = []
        done = subprocess.run([self.certfs, "-o", f"kek_dir={self.work}/keys,owner=root", f"{self.work}/store",
                               f"{self.work}/mnt"], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=SECONDS_TO_WAIT)
        if done.returncode != 0:
            raise Wrong(f"certfs did not start: {done.stderr.decode()}")
        self.pids = self.find_processes()

    def find_processes(self):
        """Supervisor and worker: those whose command line names our mount."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if f"{self.work}/mnt".encode() in words and words[0] == self.certfs.encode():
                found.append(int(pid))
        if len(found) != 2:
            raise Wrong(f"the processes are {found}")
        return found

    def kill(self):
        handles = [os.pidfd_open(pid) for pid in self.pids]
        self.chance.shuffle(self.pids)
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        for handle in handles:
            if not select.select([handle], [], [], SECONDS_TO_WAIT)[0]:
                raise Wrong("a killed process does not end")
            os.close(handle)
        self.pids = []

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

    def write(self, what):
        """Never makes a file: a supervisor whose worker was killed first may have unmounted already."""
        control = os.open(self.control, os.O_WRONLY)
        try:
            os.write(control, self.document(what))
        finally:
            os.close(control)

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
                self.write(what)
                self.state, self.in_flight = self.in_flight, None
                self.number += 1
                self.acknowledged += 1
        except OSError:
            pass

    # ---- what is served

    def served(self):
        files = {}
        for name in ("ca.pem", "cert.pem", "key.pem"):
            try:
                with open(f"{self.work}/mnt/{name}", "rb") as file:
                    files[name] = file.read()
            except FileNotFoundError:
                pass
        return self.sets.of(files) if files else None

    def status(self):
        with open(f"{self.work}/mnt/status", "rb") as file:
            return json.load(file)

    def check(self):
        """Served is the acknowledged state or that of the request in flight; that is our state from now on."""
        served, status = self.served(), self.status()
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
        self.write("RestorePrevious")
        self.state = (self.state[1], self.state[0])
        self.number += 1
        if self.served() != self.state[0]:
            raise Wrong(f"RestorePrevious gave {self.served()}, not {self.state[0]}")

    def round(self):
        self.start()
        self.check()
        writer = threading.Thread(target=self.request_without_pause, daemon=True)
        writer.start()
        writer.join(self.chance.uniform(0, LONGEST))
        self.kill()
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
    host.start()
    host.check()
    host.kill()
    print(f"seed {seed}: {kills} kills, {host.acknowledged} acknowledged requests; of those in flight "
          f"{host.survived} were stored, {host.lost} were not")


main()
