#!/usr/bin/env python3
"""readers.py MOUNT SET_A SET_B: the orders in which programs open the files of a set, before and after each import.

Each reader makes a pass, pauses, and another process imports the other set; as soon as its write has returned the
reader makes the next pass. All that it reads then must be of the new set. Prints a line for each reader and pause.
"""
import concurrent.futures
import subprocess
import sys
import threading
import time

NAMES = {"a": "ca.pem", "c": "cert.pem", "k": "key.pem"}
ORDERS = {"MariaDB, redis": "ack", "MySQL 5.6": "cka", "PostgreSQL, nginx, stunnel": "ckaa", "HAProxy": "ck",
          "Python's ssl": "acck", "one file": "a"}
PAUSES = (0, 0.15)
GAPS = (0, 0.05, 0.15)


class Mount:
    def __init__(self, path, payloads):
        self.path, self.payloads, self.turn = path, payloads, 0
        self.sets = [self.learn(i) for i in (0, 1)]

    def learn(self, i):
        self.write(i)
        return {letter: self.read(letter) for letter in NAMES}

    def write(self, i):
        subprocess.run(["cp", self.payloads[i], f"{self.path}/control"], check=True)

    def read(self, letter):
        with open(f"{self.path}/{NAMES[letter]}", "rb") as file:
            return file.read()

    def import_next(self):
        self.turn = 1 - self.turn
        self.write(self.turn)

    def is_new(self, letter, content):
        return content == self.sets[self.turn][letter]


def in_turn(mount, order, gap):
    read = []
    for letter in order:
        if read:
            time.sleep(gap)
        read.append(mount.read(letter))
    return read


def on_pool(pool):
    return lambda mount, order, gap: list(pool.map(mount.read, order))


def on_threads(mount, order, gap):
    read = {}
    threads = []
    for i, letter in enumerate(order):
        threads.append(threading.Thread(target=lambda i=i, letter=letter: read.update({i: mount.read(letter)})))
        threads[-1].start()
        time.sleep(gap)
    for thread in threads:
        thread.join()
    return [read[i] for i in range(len(order))]


def play(mount, name, reader, order, gap):
    for pause in PAUSES:
        stale = 0
        for _ in range(3):
            reader(mount, order, gap)
            time.sleep(pause)
            mount.import_next()
            contents = reader(mount, order, gap)
            stale += not all(map(mount.is_new, order, contents))
        print(f"{name}, gap {gap * 1000:.0f} ms, pause {pause * 1000:.0f} ms: {stale} of 3 stale or mixed", flush=True)
        yield stale


def main(path, *payloads):
    mount = Mount(path, payloads)
    mount.turn = 1
    stale = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for name, order in ORDERS.items():
            for gap in GAPS if name.startswith("MariaDB") or name.startswith("Postgre") else (0,):
                stale += sum(play(mount, name, in_turn, order, gap))
        stale += sum(play(mount, "Node", on_pool(pool), "ack", 0))
        stale += sum(play(mount, "Go", on_threads, "ack", 0))
        stale += sum(play(mount, "Go", on_threads, "ckaa", 0.05))
    sys.exit(stale > 0)


main(*sys.argv[1:])
