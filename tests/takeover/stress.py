"""stress.py [OPTION...] CERTFS LOAD WORK PKI NAME...: kills of the worker beside readers, writers and pollers.

WORK holds store, keys and mnt; LOAD is load.c; PKI has for each NAME the folder NAME and NAME.json. Each kill waits
until the one before is over: another worker, the end of all requests that were in flight (one that outlives two workers is
refused), two passes of each reader, and a wake of each poller.

  --random N      kills from outside at random moments
  --points N      kills at each point of the worker's own code that can be reached
  --point NAME    of that point alone (may be repeated)
  --crashes N     ends by SIGSEGV at random moments; five in a minute are too many for certfs
  --doubles N     kills whose successor is killed as soon as it is there; a request may be refused with EIO beside them
  --upgrades N    upgrades there and back, between CERTFS and the program of --other
  --other FILE    another build; both are installed in turn at CERTFS, which must be root's alone
  --opens N       goes on until so many files were opened
  --seed N        repeats the choices
  --pause S       the longest time from the end of a takeover to the next kill
  --store none    in place of WORK/store
  --options O     of the mount, beside those of the test
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time

from board import Board, Deaths, Member
from host import LIMIT, Failed, Host, describe_threads, eventually, mount_fusectl
from writers import WRITERS, Wrong

KINDS = os.environ.get("TAKEOVER_KINDS", "rrnmgopp")
POINTS = ("after-read", "before-reply", "after-reply", "judging", "intended", "before-rename", "after-rename",
          "before-fsync", "after-fsync", "before-unlink", "after-unlink", "committed", "spread", "notice", "noticed",
          "before-answer")
# These are passed if STORE is a directory.
OF_FILES = ("before-rename", "after-rename", "before-fsync", "after-fsync", "before-unlink", "after-unlink")
# Some points are passed thousands of times a second: the death is at one of so many passings.
MANY = {"after-read": 500, "before-reply": 500, "after-reply": 500, "before-rename": 4, "after-rename": 4,
        "before-fsync": 6, "after-fsync": 6, "before-unlink": 6, "after-unlink": 6, "notice": 3, "noticed": 3}
POINT_LIMIT = 5
SIGNALS = {"random": signal.SIGKILL, "crash": signal.SIGSEGV, "double": signal.SIGKILL}


class Stress:
    def __init__(self, options):
        self.options, self.chance = options, random.Random(options.seed)
        self.board = Board(f"{options.work}/board")
        self.deaths = Deaths(f"{options.work}/deaths")
        self.host = Host(options.certfs, options.work, self.deaths,
                         options.store or f"{options.work}/store", options.options.split(",") if options.options else ())
        self.materials = {}
        for name in options.names:
            with open(f"{options.pki}/{name}.json", "rb") as file:
                self.materials[name] = json.load(file)
        self.writers, self.wrong, self.waits = [], [], []
        self.kills, self.missed, self.in_flight = {}, {}, 0
        self.load, self.figures = None, {}
        self.first = self.skipped = 0
        self.programs, self.mixed = [], []

    # ---- begin and end

    def begin(self):
        self.host.start()
        self.first = self.newest()
        writers = [writer(self.board, None, self.host.mount, self.materials, self.options.seed + number)
                   for number, writer in enumerate(WRITERS)]
        for number, writer in enumerate(writers[:2]):
            writer.member = Member(self.board, number, "first")
            writer.step_import()
        for number, writer in enumerate(writers):
            self.writers.append(self.fork(writer, number))
        folders = [f"{self.options.pki}/{name}" for name in self.options.names]
        self.load = subprocess.Popen([self.options.load, self.board.path, str(len(WRITERS)), self.host.mount, "watched",
                                      KINDS, *folders], stdout=subprocess.PIPE)
        eventually("all have begun", lambda: len(self.board.members()) == len(WRITERS) + len(KINDS))

    def newest(self):
        """The newest number that was given."""
        with open(f"{self.host.mount}/status", "rb") as file:
            return json.load(file)["generation"]

    def fork(self, writer, number):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                writer.member = Member(self.board, number, writer.kind)
                writer.run()
                status = 0
            finally:
                os._exit(status)
        return pid

    def end(self):
        """Everybody ends within the limit, or is shown as hanging."""
        self.board.stop()
        until = time.monotonic() + LIMIT + 5
        left = list(self.writers)
        while left and time.monotonic() < until:
            left = [pid for pid in left if os.waitpid(pid, os.WNOHANG)[0] == 0]
            time.sleep(0.01)
        with contextlib.suppress(subprocess.TimeoutExpired):
            text = self.load.communicate(timeout=max(0.1, until - time.monotonic()))[0]
            self.figures = json.loads(text) if text else {}
        if left or self.load.poll() is None:
            self.report_hangs(0.5)
            self.host.abort()
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if self.load.poll() is None:
            self.load.kill()
            self.load.communicate()

    # ---- hangs

    def hanging(self, limit):
        return [member for member in self.board.members() if member.waits() > limit and
                os.path.exists(f"/proc/{member.pid}/task/{member.tid}")]

    def report_hangs(self, limit):
        for member in self.hanging(limit):
            self.wrong.append(f"hung: {member.kind}: {member.doing} for {member.waits():.1f} s")
            self.wrong += [line for line in describe_threads(member.pid) if f"/{member.tid} " in line]
        if self.hanging(limit):
            self.wrong += ["  certfs:", *self.host.describe()]

    def check(self):
        if not self.host.is_alive():
            raise Failed(f"the supervisor has ended: {self.host.said()[-300:]}")
        if self.load is not None and self.load.poll() is not None:
            raise Failed(f"the readers have ended with {self.load.poll()} (-7: a mapping lost its file)")
        if self.hanging(LIMIT):
            raise Failed("a request hangs")

    def wait(self, what, condition, limit=LIMIT, pause=0.002):
        def checked():
            self.check()
            return condition()
        return eventually(what, checked, limit + 5, pause)

    # ---- kills

    def readers(self):
        return [member for member in self.board.members() if member.kind.startswith(("reader", "mapper"))]

    def pollers(self):
        return [member for member in self.board.members() if member.kind == "poller"]

    def kill(self, point):
        worker = self.wait("a worker", self.host.worker)
        for member in self.board.members():
            member.set("longest", 0)
        counts = [(member, member.count) for member in self.readers()]
        woken = [(member, member.woken) for member in self.pollers()]
        mixed = self.count_mixed()
        kind = self.upgrade() if point == "upgrade" else point if point in SIGNALS else self.die_at(point)
        if kind in SIGNALS:
            self.in_flight += self.host.in_flight()
            os.kill(worker, SIGNALS[kind])
        if kind == "double":
            worker = self.wait("another worker", lambda: self.host.worker(worker), pause=0)
            os.kill(worker, signal.SIGKILL)
        begun = [(member, member.began) for member in self.board.members() if member.kind != "poller" and member.began]
        self.kills[kind] = self.kills.get(kind, 0) + 1
        self.wait("another worker", lambda: self.host.worker(worker))
        self.wait("passes of all readers", lambda: all(member.count >= count + 2 for member, count in counts))
        self.note_mixed(kind, mixed)
        self.waits.append(max(member.longest for member in self.readers()) / 1e6)
        self.wait("what was in flight has ended", lambda: all(member.began != when for member, when in begun))
        self.wait("pollers are woken", lambda: all(member.woken > count for member, count in woken))

    def count_mixed(self):
        return sum(member.mixed + member.stale for member in self.board.members())

    def note_mixed(self, kind, before):
        """Beside which kills sets were mixed or old, and how long these took."""
        if self.count_mixed() > before:
            longest = max(member.longest for member in self.readers()) / 1e6
            self.mixed.append(f"{kind} ({self.count_mixed() - before}, {longest:.0f} ms)")

    def die_at(self, point):
        """The point's name if it was reached, else "random"."""
        before = self.deaths.count()
        self.deaths.arm(point, self.chance.randint(1, MANY.get(point, 2)))
        until = time.monotonic() + POINT_LIMIT
        while self.deaths.count() == before and time.monotonic() < until:
            self.check()
            time.sleep(0.0005)
        if self.deaths.count() == before:
            self.deaths.disarm()
            self.missed[point] = self.missed.get(point, 0) + 1
            return "random"
        self.in_flight += max(1, self.host.in_flight())
        return point

    def upgrade(self):
        """The other program in place of the one that runs: in the file, then in the processes."""
        if not self.programs:
            with open(self.options.certfs, "rb") as one, open(self.options.other, "rb") as other:
                self.programs = [other.read(), one.read()]
        fresh = f"{self.options.certfs}.new"
        with open(fresh, "wb") as file:
            file.write(self.programs[0])
        os.chmod(fresh, 0o755)
        os.rename(fresh, self.options.certfs)
        self.programs.reverse()
        done = subprocess.run([self.options.certfs, "--reload", str(self.host.supervisor.pid)], capture_output=True,
                              check=False, timeout=90)
        if done.returncode != 0:
            raise Failed(f"not reloaded: {done.stderr.decode()}")
        now, installed = os.stat(f"/proc/{self.host.supervisor.pid}/exe"), os.stat(self.options.certfs)
        if now.st_ino != installed.st_ino:
            raise Failed("the supervisor does not run the installed program")
        return "upgrade"

    def plan(self):
        points = self.options.point or [point for point in POINTS if self.options.store != "none" or point not in OF_FILES]
        options = self.options
        plan = ["random"] * options.random + ["crash"] * options.crashes + ["double"] * options.doubles
        plan += ["upgrade"] * options.upgrades + [point for point in points for _ in range(self.options.points)]
        self.chance.shuffle(plan)
        return plan

    def opens(self):
        return sum(member.count for member in self.readers()) * 3

    def run(self):
        plan = self.plan()
        for number, point in enumerate(plan):
            if self.missed.get(point, 0) > 2:
                continue
            try:
                self.kill(point)
            except Failed as failed:
                raise Failed(f"kill {number + 1} of {len(plan)} ({point}): {failed}") from None
            time.sleep(self.chance.uniform(0, self.options.pause))
        self.wait("so many opens", lambda: self.opens() >= self.options.opens, 3600)

    def check_wakes(self):
        """A poller is woken by changes and takeovers alone."""
        most = 4 * (self.count("count", True) + sum(self.kills.values())) + 100
        self.wrong += [f"a poller was woken {member.woken} times, for at most {most}" for member in self.pollers()
                       if member.woken > most]

    def check_numbers(self):
        """One for each acknowledged change, and at most one that is lost for each death."""
        changes = sum(member.woken for member in self.board.members() if member.kind.startswith("writer"))
        self.skipped = self.newest() - self.first - changes
        if not 0 <= self.skipped <= sum(self.kills.values()):
            self.wrong.append(f"numbers from {self.first} to {self.newest()} for {changes} acknowledged changes")

    # ---- the result

    def count(self, field, kinds):
        return sum(getattr(member, field) for member in self.board.members() if member.kind.startswith("writer") == kinds)

    def result(self):
        hung = sum(line.startswith("hung") for line in self.wrong)
        counts = {
            "failed": self.count("failed", True) + self.count("failed", False),
            "hung": hung,
            "mixed": self.count("mixed", False), "stale": self.count("stale", False),
            "lost": self.count("mixed", True), "twice": self.count("stale", True),
        }
        waits = sorted(self.waits) or [0]
        print(f"kills {sum(self.kills.values())}: " + ", ".join(f"{kind} {n}" for kind, n in sorted(self.kills.items())))
        if self.missed:
            print("points not reached: " + ", ".join(f"{point} {n}" for point, n in sorted(self.missed.items())))
        print(f"{self.figures.get('opens', 0)} opens, {self.count('count', True)} requests of writers, {self.in_flight} "
              f"requests in flight at kills, {self.count('excused', True)} split documents sent again, "
              f"{self.count('excused', False)} passes excused, {self.skipped} numbers skipped, {sum(m.woken for m in self.pollers())} wakes")
        print(f"longest wait beside a takeover: p50 {waits[len(waits) // 2]:.1f} ms, p99 {waits[len(waits) * 99 // 100]:.1f}"
              f" ms, longest {waits[-1]:.1f} ms; of all opens: p99 {self.figures.get('p99_us', 0)} us, longest "
              f"{self.figures.get('longest_us', 0) / 1000:.1f} ms")
        print(f"seed {self.options.seed}: " + ", ".join(f"{n} {name}" for name, n in counts.items()))
        for member in self.board.members():
            if member.text:
                print(f"  {member.kind}: {member.failed} failed, {member.mixed} mixed, {member.stale} stale: {member.text}")
        if self.mixed:
            print("  mixed or stale beside: " + ", ".join(self.mixed))
        for line in self.wrong:
            print(f"  {line}")
        return not self.wrong and not any(counts.values())


def parse():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--random", type=int, default=10)
    parser.add_argument("--points", type=int, default=0)
    parser.add_argument("--point", action="append")
    parser.add_argument("--crashes", type=int, default=0)
    parser.add_argument("--doubles", type=int, default=0)
    parser.add_argument("--upgrades", type=int, default=0)
    parser.add_argument("--other")
    parser.add_argument("--opens", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--pause", type=float, default=0.1)
    parser.add_argument("--store")
    parser.add_argument("--options", default="")
    for name in ("certfs", "load", "work", "pki"):
        parser.add_argument(name)
    parser.add_argument("names", nargs="+")
    return parser.parse_args()


def main():
    mount_fusectl()
    stress = Stress(parse())
    try:
        stress.begin()
        stress.run()
    except (Failed, Wrong, OSError) as failed:
        stress.wrong.append(str(failed))
        stress.report_hangs(LIMIT / 4)
    finally:
        if stress.load is not None:
            stress.end()
            stress.check_wakes()
        if not stress.wrong:
            stress.check_numbers()
        stress.wrong += stress.host.stop()
    sys.exit(not stress.result())


main()
