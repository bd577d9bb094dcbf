#!/usr/bin/env python3
"""Three members are lost, and a new cluster is made from their backups.

usage: test_disaster.py MARTLET_STORE MARTLET   the paths of the two programs
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

program, martlet = sys.argv[1:3] if len(sys.argv) > 2 else ("martlet-store", "martlet")
LIMIT = 60


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Cluster:
    """Members in folders of their own, started with one list."""

    alive = []

    def __init__(self, folder, names, ports):
        self.folder, self.names = folder, names
        self.peers, self.clients = ports[:len(names)], ports[len(names):]
        self.list = ",".join(f"{name}=127.0.0.1:{peer}/127.0.0.1:{client}" for name, peer, client
                             in zip(names, self.peers, self.clients))
        self.host = ",".join(f"127.0.0.1:{client}" for client in self.clients)
        self.processes = []

    def data(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        for name, peer, client in zip(self.names, self.peers, self.clients):
            process = subprocess.Popen(
                [program, "--name", name, "--data", self.data(name), "--listen",
                 f"127.0.0.1:{client}", "--peer-listen", f"127.0.0.1:{peer}", "--initial-cluster",
                 self.list], stderr=subprocess.PIPE, text=True)
            threading.Thread(target=process.stderr.read, daemon=True).start()
            self.processes.append(process)
            Cluster.alive.append(process)
        self.call("status", "--wait", timeout="60s")
        return self

    def call(self, *words, timeout="20s", code=0):
        return run(*words, "--host", self.host, "--timeout", timeout, code=code)

    def kill(self):
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait(LIMIT)
        self.processes = []


def run(*words, code=0):
    done = subprocess.run([martlet, *words], capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == code, f"{words}: exit code {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout if code == 0 else done.stderr


class Load:
    """Writes numbered keys until it is told to stop; knows which were acknowledged."""

    def __init__(self, cluster):
        self.cluster, self.count, self.going = cluster, 0, True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while self.going:
            self.cluster.call("store", "put", f"load/{self.count:05}", str(self.count))
            self.count += 1

    def wait(self, count):
        deadline = time.monotonic() + LIMIT
        while self.count < count:
            assert time.monotonic() < deadline and self.thread.is_alive(), "nothing is written"
            subprocess.run(["true"], check=True)

    def stop(self):
        self.going = False
        self.thread.join(LIMIT)


def all_are_lost(folder):
    old = Cluster(folder, ["m1", "m2", "m3"], free_ports(6)).start()
    old.call("store", "put", "first", "1")
    load = Load(old)
    load.wait(10)
    full = os.path.join(folder, "full.backup")
    before = load.count
    old.call("store", "backup", full)
    assert "exists" in old.call("store", "backup", full, code=1)
    load.wait(before + 10)
    load.stop()
    more = os.path.join(folder, "more.backup")
    answer = json.loads(old.call("store", "backup", more, "--since", full, "--json"))
    wanted = old.call("store", "range", "--all", "--json")
    mistake = json.loads(old.call("store", "put", "first", "oops", "--json"))["revision"]
    last = os.path.join(folder, "last.backup")
    old.call("store", "backup", last, "--since", more)
    words = run("store", "restore", full, "--data-dir", old.data("m1"), "--name", "m1", code=1)
    assert "living member" in words, words
    old.kill()
    assert "sound" in run("store", "verify", "--data-dir", old.data("m1"))
    for file in [full, more, last]:
        assert json.loads(run("store", "verify", file, "--json"))["sound"]
    new = Cluster(os.path.join(folder, "new"), old.names, old.peers + old.clients)
    os.mkdir(new.folder)
    for name in new.names:
        run("store", "restore", full, more, last, "--data-dir", new.data(name), "--name", name,
            "--initial-cluster", new.list, "--to-revision", str(mistake - 1))
    new.start()
    keys = new.call("store", "range", "--all", "--json")
    strip = lambda text: json.loads(text.splitlines()[0]).get("kvs") or text
    assert strip(keys) == strip(wanted), "the restored keys are not those that were there"
    assert load.count >= before + 10 and answer["revision"] == mistake - 1
    new.call("store", "put", "after", "1")
    new.kill()


def all_but_one_are_lost(folder):
    old = Cluster(folder, ["m1", "m2", "m3"], free_ports(6)).start()
    for number in range(20):
        old.call("store", "put", f"k{number}", str(number))
    old.kill()
    data = old.data("m2")
    assert "add --yes" in run("store", "force-new-cluster", "--data-dir", data, code=2)
    answer = json.loads(run("store", "force-new-cluster", "--data-dir", data, "--yes", "--json"))
    assert os.path.isdir(answer["kept"])
    alone = Cluster(folder, ["m2"], [old.peers[1], old.clients[1]])
    # It is started with the flags that it always had.
    alone.list = old.list
    alone.start()
    found = [alone.call("store", "get", f"k{number}").strip() for number in range(20)]
    assert len([value for value in found if value]) >= 19, found
    alone.call("store", "put", "after", "1")
    alone.kill()


def main():
    failed = 0
    for test in [all_are_lost, all_but_one_are_lost]:
        folder = tempfile.mkdtemp(prefix="martlet-")
        os.chmod(folder, 0o700)
        try:
            test(folder)
            print(f"ok    {test.__name__}")
        except (AssertionError, subprocess.TimeoutExpired) as problem:
            failed += 1
            print(f"FAILED {test.__name__}: {problem}")
        finally:
            for process in Cluster.alive:
                process.kill()
            Cluster.alive.clear()
            shutil.rmtree(folder)
    sys.exit(1 if failed else 0)


main()
