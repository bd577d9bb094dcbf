"""Imports Debian's packages into a running cluster, kills members meanwhile, and compares.

What must hold in the end:
- every package reads back byte for byte as it was imported;
- a watcher that was started before saw every revision exactly once, in order, without a gap, and
  what it saw last of each key is what is stored.

A package of several versions counts once: the last stanza wins. Run by compose/demo, which starts
the cluster and says where it is in the environment (see with-cluster).
"""

import argparse
import base64
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

PREFIX = "packages/"
# When accidents happen: from and to which part of the whole that is fed.
MEMBER_DIES, LEADER_DIES = (0.2, 0.4), (0.5, 0.8)
# How long the cluster may take to come back, and to hand the last event to the watcher.
PATIENCE = 120
SINGLE_READS = 20


class Demo:
    def __init__(self, cluster):
        self.martlet = cluster["MARTLET"]
        self.folder = pathlib.Path(cluster["MARTLET_CLUSTER"])
        # Member number → its address for clients; every call may use any of them.
        self.hosts = dict(enumerate(cluster["MARTLET_HOST"].split(","), start=1))
        self.everywhere = cluster["MARTLET_HOST"]
        self.started = time.monotonic()

    def say(self, words):
        print(f"{time.monotonic() - self.started:7.1f} s  {words}", flush=True)

    def start(self, *words, host=None, **pipes):
        environment = os.environ | {"MARTLET_HOST": host or self.everywhere}
        return subprocess.Popen([self.martlet, *words], env=environment, **pipes)

    def call(self, *words, host=None):
        environment = os.environ | {"MARTLET_HOST": host or self.everywhere}
        done = subprocess.run(
            [self.martlet, *words], env=environment, capture_output=True, timeout=PATIENCE
        )
        if done.returncode != 0:
            print(f"demo: 'martlet {' '.join(words)}' failed: {done.stderr.decode().strip()}")
            sys.exit(1)
        return done.stdout

    def leader(self):
        """The number of the leading member."""
        status = json.loads(self.call("status", "--wait", "--json"))
        return int(status["leader_name"].removeprefix("m"))

    def process(self, number):
        return (self.folder / f"m{number}" / "member").read_text().split()[0]

    def kill(self, number, role):
        pid = self.process(number)
        os.kill(int(pid), signal.SIGKILL)
        self.say(f"killed m{number} ({role}, process {pid}) with -9; its supervisor restarts it")


def packages(count):
    """Key → text, in the order in which apt tells them."""
    source = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, check=True).stdout
    if not source.strip():
        source = pathlib.Path("/var/lib/dpkg/status").read_bytes()
        print("apt has no package lists ('apt-get update' fetches them): taking the installed ones")
    found = {}
    for stanza in source.split(b"\n\n"):
        first = stanza.lstrip(b"\n").split(b"\n", 1)[0]
        if first.startswith(b"Package: "):
            found[PREFIX.encode() + first[len(b"Package: ") :].strip()] = stanza.strip(b"\n") + b"\n"
    return dict(list(found.items())[: count or None])


def field(name, raw):
    """A member of a JSON line: as text if it is text, else in base 64 under `name64`."""
    try:
        return {name: raw.decode()}
    except UnicodeDecodeError:
        return {name + "64": base64.b64encode(raw).decode()}


def unfield(line, name):
    if name + "64" in line:
        return base64.b64decode(line[name + "64"])
    return line.get(name, "").encode()


class Watcher(threading.Thread):
    """Reads `martlet store watch` and counts; told of nothing but the stream itself."""

    def __init__(self, demo):
        super().__init__(daemon=True)
        self.latest, self.revisions, self.faults = {}, [], []
        self.pairs = set()
        self.seen = threading.Condition()
        self.child = demo.start(
            "store", "watch", "--prefix", PREFIX, "--json", stdout=subprocess.PIPE
        )
        # The first line says that the watch is in place, and at which revision.
        self.first = json.loads(self.child.stdout.readline())
        if self.first.get("type") != "created":
            sys.exit(f"demo: the watch did not begin with its creation but with {self.first}")

    def run(self):
        for line in self.child.stdout:
            event = json.loads(line)
            if event["type"] == "progress":
                continue
            with self.seen:
                self.note(event)
                self.seen.notify_all()
        with self.seen:
            self.faults.append("the watch ended")
            self.seen.notify_all()

    def note(self, event):
        key, revision = unfield(event, "key"), event["revision"]
        if (key, revision) in self.pairs:
            self.faults.append(f"saw {key!r} at revision {revision} twice")
        if self.revisions and revision < self.revisions[-1]:
            self.faults.append(f"revision {revision} came after {self.revisions[-1]}")
        if event["type"] != "put":
            self.faults.append(f"saw a {event['type']} of {key!r}; nobody deletes")
        self.pairs.add((key, revision))
        self.latest[key] = unfield(event, "value")
        if not self.revisions or revision != self.revisions[-1]:
            self.revisions.append(revision)

    def await_revision(self, revision):
        with self.seen:
            done = lambda: (self.revisions and self.revisions[-1] >= revision) or self.faults
            if not self.seen.wait_for(done, PATIENCE):
                self.faults.append(f"never saw revision {revision}")

    def gaps(self):
        """Only this prefix is written, so every revision since the start belongs here."""
        before = [self.first["revision"], *self.revisions]
        return [(a, b) for a, b in zip(before, before[1:]) if b != a + 1]


def kill_follower(demo):
    leader = demo.leader()
    demo.kill(next(i for i in demo.hosts if i != leader), "a follower")


def kill_leader(demo):
    demo.kill(demo.leader(), "the leader")


class Accident(threading.Thread):
    """Happens while the import is fed from `begin` to `end`, parts of the whole: the feeding goes on
    meanwhile, so that writes are under way, but not past `end` before it has happened."""

    def __init__(self, deed, demo, begin, end):
        super().__init__(daemon=True)
        self.deed, self.demo, self.begin, self.end = deed, demo, begin, end
        self.happened = False

    def run(self):
        self.deed(self.demo)
        self.happened = True

    def pace(self, part):
        if part >= self.begin and not self.ident:
            self.start()
        if part >= self.end:
            self.join(PATIENCE)


def import_all(demo, wanted):
    accidents = [
        Accident(kill_follower, demo, *MEMBER_DIES),
        Accident(kill_leader, demo, *LEADER_DIES),
    ]
    importer = demo.start("store", "import", "-", stdin=subprocess.PIPE)
    try:
        for number, (key, value) in enumerate(wanted.items()):
            for accident in accidents:
                accident.pace(number / len(wanted))
            line = field("key", key) | field("value", value)
            importer.stdin.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        importer.stdin.close()
    except BrokenPipeError:
        pass  # the exit code tells
    try:
        code = importer.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        importer.kill()
        sys.exit(f"demo: the import did not end within {PATIENCE} s")
    if code != 0:
        sys.exit(f"demo: the import ended with code {code}")
    if not all(accident.happened for accident in accidents):
        sys.exit("demo: not every accident happened, so this proves nothing")


def exported(demo):
    text = demo.call("store", "export", "--prefix", PREFIX)
    lines = map(json.loads, text.splitlines())
    return {unfield(line, "key"): unfield(line, "value") for line in lines}


def differences(name, have, wanted):
    lost = [key for key in wanted if key not in have]
    foreign = [key for key in have if key not in wanted]
    other = [key for key in wanted if key in have and have[key] != wanted[key]]
    for what, keys in (("lacks", lost), ("has besides", foreign), ("has otherwise", other)):
        if keys:
            yield f"{name} {what} {len(keys)} keys, the first is {keys[0]!r}"


def single_reads(demo, wanted):
    """Some keys through every member, one by one."""
    chosen = random.Random(1).sample(sorted(wanted), min(SINGLE_READS, len(wanted)))
    for number, host in demo.hosts.items():
        for key in chosen:
            line = json.loads(demo.call("store", "get", key.decode(), "--json", host=host))
            if unfield(line, "value") != wanted[key]:
                yield f"m{number} reads {key!r} otherwise"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=0, help="0 means all")
    flags = parser.parse_args()
    demo = Demo(os.environ)
    wanted = packages(flags.count)
    size = sum(map(len, wanted.values())) / 1e6
    demo.say(f"{len(wanted)} packages, {size:.1f} MB, go in through 'martlet store import'")
    watcher = Watcher(demo)
    watcher.start()
    import_all(demo, wanted)
    demo.say("the import is done")
    newest = json.loads(demo.call("status", "--wait", "--json"))["revision"]
    watcher.await_revision(newest)
    demo.say(f"the watcher saw {len(watcher.pairs)} events in {len(watcher.revisions)} revisions")
    faults = list(watcher.faults)
    faults += [f"the watcher missed the revisions between {a} and {b}" for a, b in watcher.gaps()]
    faults += differences("the watcher", watcher.latest, wanted)
    faults += differences("the store", exported(demo), wanted)
    demo.say("read back and compared")
    faults += single_reads(demo, wanted)
    watcher.child.kill()
    for fault in faults[:20]:
        print("demo:", fault)
    demo.say("nothing was lost" if not faults else f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


main()
