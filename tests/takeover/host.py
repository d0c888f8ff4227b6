"""host.py: certfs on a mount, its processes, and what each thread waits for when something hangs."""

import contextlib
import os
import signal
import subprocess
import time

LIMIT = int(os.environ.get("TAKEOVER_LIMIT", "20"))  # seconds


class Failed(Exception):
    pass


def words_of(path):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def state_of(pid):
    """The letter of proc_pid_stat(5); "" if there is no such process."""
    return words_of(f"/proc/{pid}/stat").rpartition(") ")[2][:1]


def children_of(pid):
    found = []
    for task in listed(f"/proc/{pid}/task"):
        found += map(int, words_of(f"/proc/{pid}/task/{task}/children").split())
    return found


def listed(path):
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def describe_threads(pid):
    """A line for each thread: its state, call and place in the kernel."""
    lines = []
    for task in listed(f"/proc/{pid}/task"):
        at = f"/proc/{pid}/task/{task}"
        stack = " < ".join(line.split()[-1].split("+")[0] for line in words_of(f"{at}/stack").splitlines()[:6])
        call = words_of(f"{at}/syscall").split(" ")[0].strip()
        lines.append(f"    {pid}/{task} {words_of(f'{at}/comm').strip()}: {state_of(task)} call {call} "
                     f"wchan {words_of(f'{at}/wchan')} {stack}")
    return lines


def eventually(what, condition, limit=LIMIT, pause=0.002):
    until = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > until:
            raise Failed(f"never: {what}")
        time.sleep(pause)
    return found


class Host:
    """The supervisor runs in the foreground, its log in WORK/log."""

    def __init__(self, certfs, work, deaths, store, options=()):
        self.certfs, self.work, self.store, self.mount = certfs, work, store, f"{work}/mnt"
        self.options, self.deaths = options, deaths
        self.supervisor = self.log = None

    def start(self):
        environment = dict(os.environ, CERTFS_TEST_DIE=self.deaths.path)
        self.log = open(f"{self.work}/log", "ab")
        options = ",".join(("owner=root", f"kek_dir={self.work}/keys", "sql_import=binlog", *self.options))
        self.supervisor = subprocess.Popen([self.certfs, "-f", "-o", options, self.store, self.mount],
                                           stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment)
        eventually(f"mounted: {self.said()}", self.is_mounted)
        self.worker()

    def said(self):
        return words_of(f"{self.work}/log")[-2000:]

    def is_mounted(self):
        if self.supervisor.poll() is not None:
            raise Failed(f"certfs did not start: {self.said()}")
        return self.connection() is not None and os.path.exists(f"{self.mount}/control")

    def connection(self):
        """The minor number of the device; fusectl has a folder of that name."""
        for line in words_of("/proc/self/mountinfo").splitlines():
            words = line.split()
            if words[4] == self.mount and " - fuse" in line:
                return int(words[2].split(":")[1])
        return None

    def worker(self, but=None):
        """The pid of the process that serves, and not `but`; None if there is none now."""
        for pid in children_of(self.supervisor.pid):
            if pid != but and words_of(f"/proc/{pid}/comm").strip() not in ("", "certfs-judge") and \
                    state_of(pid) not in "ZX" and len(listed(f"/proc/{pid}/task")) > 1:
                return pid
        return None

    def in_flight(self):
        return int(words_of(f"/sys/fs/fuse/connections/{self.connection()}/waiting") or 0)

    def is_alive(self):
        return self.supervisor.poll() is None

    def describe(self):
        pids = [self.supervisor.pid, *children_of(self.supervisor.pid)]
        return [line for pid in pids for line in describe_threads(pid)]

    def abort(self):
        """The last resort: processes that wait get ECONNABORTED."""
        connection = self.connection()
        with contextlib.suppress(OSError), open(f"/sys/fs/fuse/connections/{connection}/abort", "w",
                                                encoding="ascii") as file:
            file.write("1")

    def stop(self):
        """Unmounts; returns what went wrong."""
        wrong = []
        if self.supervisor is None:
            return wrong
        if self.is_alive():
            self.supervisor.send_signal(signal.SIGTERM)
        try:
            status = self.supervisor.wait(LIMIT)
            if status != 0:
                wrong.append(f"the supervisor ended with {status}")
        except subprocess.TimeoutExpired:
            wrong += ["the supervisor does not end", *self.describe()]
            self.abort()
            left = children_of(self.supervisor.pid)
            self.supervisor.kill()
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        if self.connection() is not None:
            wrong += [] if wrong else ["the mount stays"]
            self.abort()
            subprocess.run(["umount", "-l", self.mount], check=False)
        return wrong


def mount_fusectl():
    if not os.listdir("/sys/fs/fuse/connections"):
        subprocess.run(["mount", "-t", "fusectl", "none", "/sys/fs/fuse/connections"], check=False,
                       stderr=subprocess.DEVNULL)
