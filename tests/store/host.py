"""host.py: certfs with a store, as the programs here drive it. WORK holds store, keys and mnt."""

import contextlib
import hashlib
import json
import os
import select
import signal
import subprocess

SECONDS_TO_WAIT = 20
FILES = ("ca.pem", "cert.pem", "key.pem")


class Wrong(Exception):
    pass


def record_name(identifier):
    """The set's file in the store."""
    return hashlib.sha256(identifier.lower().encode()).hexdigest()


def contents_of(document):
    """The served files of this good document, by the names of FILES."""
    return dict(zip(FILES, (document[f"ssl_{part}"].encode() for part in ("ca", "cert", "key"))))


class Certfs:
    """The two processes on WORK's mount."""

    def __init__(self, certfs, work):
        self.certfs, self.work = certfs, work
        self.mount, self.store, self.keys = f"{work}/mnt", f"{work}/store", f"{work}/keys"
        self.pids = []

    def start(self, *options):
        """Returns its output if it did not start, None when it answers."""
        self.pids = []
        done = subprocess.run([self.certfs, "-o", ",".join((f"kek_dir={self.keys}", "owner=root") + options), self.store,
                               self.mount], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=SECONDS_TO_WAIT)
        if done.returncode != 0:
            return done.stderr.decode()
        self.pids = self.find_processes()
        return None

    def find_processes(self):
        """Supervisor and worker: those whose command line names our mount."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if self.mount.encode() in words and words[0] == self.certfs.encode():
                found.append(int(pid))
        if len(found) != 2:
            raise Wrong(f"the processes are {found}")
        return found

    def wait_for_the_end(self, handles):
        for handle in handles:
            if not select.select([handle], [], [], SECONDS_TO_WAIT)[0]:
                raise Wrong("a process does not end")
            os.close(handle)
        self.pids = []

    def kill(self, pids=None):
        """The second process may have ended, and init may have reaped it, on account of the first one's end."""
        handles = {pid: os.pidfd_open(pid) for pid in self.pids}
        for pid in pids or self.pids:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handles[pid], signal.SIGKILL)
        self.wait_for_the_end(handles.values())

    def kill_in_any_order(self, chance):
        pids = list(self.pids)
        chance.shuffle(pids)
        self.kill(pids)

    def stop(self):
        """An unmount ends them, also where a mount namespace that somebody made meanwhile has a copy of the mount."""
        handles = [os.pidfd_open(pid) for pid in self.pids]
        subprocess.run(["umount", self.mount], check=True)
        self.wait_for_the_end(handles)

    def write(self, document, path="control"):
        """Never makes a file of control: a supervisor whose worker was killed first may have unmounted already."""
        flags = os.O_WRONLY if path == "control" else os.O_WRONLY | os.O_CREAT | os.O_EXCL
        control = os.open(f"{self.mount}/{path}", flags, 0o600)
        try:
            os.write(control, document)
        finally:
            os.close(control)

    def ask(self, document):
        """The answer of control."""
        control = os.open(f"{self.mount}/control", os.O_RDWR)
        try:
            os.write(control, document)
            return os.read(control, 1 << 20)
        finally:
            os.close(control)

    def status(self):
        with open(f"{self.mount}/status", "rb") as file:
            return json.load(file)

    def served(self, folder="."):
        """The content of each file in the folder; {} where there is none."""
        files = {}
        for name in FILES:
            try:
                with open(f"{self.mount}/{folder}/{name}", "rb") as file:
                    files[name] = file.read()
            except (FileNotFoundError, NotADirectoryError):
                pass
        return files
