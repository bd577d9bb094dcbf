#!/usr/bin/env python3
"""Locks and elections of the CLI, against three real members one of which is killed.

usage: test_locks.py PROGRAM...   PROGRAM is the path of martlet-store; martlet lies beside it
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

program = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "martlet-store"
cli = os.path.join(os.path.dirname(program), "martlet")
LIMIT = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    def __init__(self, folder):
        names = ["m1", "m2", "m3"]
        peers = {name: free_port() for name in names}
        self.ports = {name: free_port() for name in names}
        listing = ",".join(f"{name}=127.0.0.1:{peers[name]}" for name in names)
        self.members = {
            name: subprocess.Popen(
                [program, "--name", name, "--data", os.path.join(folder, name),
                 "--listen-unix", os.path.join(folder, name + ".sock"),
                 "--listen", f"127.0.0.1:{self.ports[name]}",
                 "--peer-listen", f"127.0.0.1:{peers[name]}", "--initial-cluster", listing],
                stderr=subprocess.DEVNULL)
            for name in names}
        self.host = ",".join(f"127.0.0.1:{port}" for port in self.ports.values())
        self.run("status", "--wait")

    def start(self, *words):
        return subprocess.Popen(
            [cli, "--host", self.host, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)

    def run(self, *words, code=0):
        done = subprocess.run([cli, "--host", self.host, *words], capture_output=True, text=True,
                              timeout=LIMIT)
        assert done.returncode == code, f"exit code {done.returncode}: {done.stderr}"
        return done.stdout

    def kill_leader(self):
        name = json.loads(self.run("store", "leader", "show", "--json"))["name"]
        leader = self.members.pop(name)
        leader.kill()
        leader.wait()

    def stop(self):
        for member in self.members.values():
            member.kill()
            member.wait()


def until(what, holds):
    deadline = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < deadline, f"it did not happen: {what}"
        subprocess.run(["true"], check=True)


def line(cluster, name):
    return cluster.run("store", "range", name + "/", "--prefix", "--keys-only").split()


def runs_a_command(cluster, folder):
    done = cluster.start("store", "lock", "door", "--", "sh", "-c",
                         "echo $MARTLET_LOCK_KEY $MARTLET_LOCK_TOKEN; exit 5")
    out, errors = done.communicate(timeout=LIMIT)
    assert done.returncode == 5, errors
    assert re.fullmatch(r"door/[0-9a-f]+ [0-9]+\n", out), out
    assert line(cluster, "door") == []


def one_at_a_time(cluster, folder):
    """Each adds one to a number in a file, with a pause between reading and writing it."""
    path = os.path.join(folder, "number")
    with open(path, "w") as file:
        file.write("0")
    script = f'n=$(cat {path}); sleep 0.02; echo $((n + 1)) > {path}; echo $MARTLET_LOCK_TOKEN'
    runs = [cluster.start("store", "lock", "count", "--", "sh", "-c", script) for _ in range(6)]
    tokens = {int(run.communicate(timeout=LIMIT)[0]) for run in runs}
    with open(path) as file:
        assert file.read() == "6\n"
    assert len(tokens) == 6


def a_dead_holder_loses_it(cluster, folder):
    first = cluster.start("store", "lock", "gate", "--ttl", "2", "--json")
    token = int(re.search(r'"token":(\d+)', first.stdout.readline()).group(1))
    second = cluster.start("store", "lock", "gate", "--ttl", "2", "--json")
    until("the second stands in line", lambda: len(line(cluster, "gate")) == 2)
    first.kill()
    next_token = int(re.search(r'"token":(\d+)', second.stdout.readline()).group(1))
    assert next_token > token
    second.send_signal(signal.SIGINT)
    assert second.wait(LIMIT) == 0
    first.wait()
    assert line(cluster, "gate") == []


def a_lost_lock_ends_the_command(cluster, folder):
    run = cluster.start("store", "lock", "yard", "--", "sh", "-c", "echo $MARTLET_LOCK_KEY; sleep 60")
    key = run.stdout.readline().strip()
    cluster.run("store", "delete", key)
    assert run.wait(LIMIT) == 1
    assert "its key was deleted" in run.stderr.read()


def elections_are_followed(cluster, folder):
    listen = cluster.start("store", "elect", "boss", "--listen")
    assert listen.stdout.readline() == "nobody leads\n"
    first = cluster.start("store", "elect", "boss", "ada")
    assert listen.stdout.readline().endswith("\tada\n")
    second = cluster.start("store", "elect", "boss", "bob")
    until("the second stands", lambda: len(line(cluster, "boss")) == 2)
    first.send_signal(signal.SIGTERM)
    assert first.wait(LIMIT) == 0
    assert listen.stdout.readline().endswith("\tbob\n")
    second.send_signal(signal.SIGTERM)
    assert second.wait(LIMIT) == 0
    assert listen.stdout.readline() == "nobody leads\n"
    listen.send_signal(signal.SIGINT)
    assert listen.wait(LIMIT) == 0


def waits_over_an_election(cluster, folder):
    first = cluster.start("store", "lock", "hall", "--json")
    token = int(re.search(r'"token":(\d+)', first.stdout.readline()).group(1))
    second = cluster.start("store", "lock", "hall", "--json")
    until("the second stands in line", lambda: len(line(cluster, "hall")) == 2)
    cluster.kill_leader()
    cluster.run("--timeout", "20s", "store", "put", "after", "the leader", "--once")
    first.send_signal(signal.SIGINT)
    assert first.wait(LIMIT) == 0
    next_token = int(re.search(r'"token":(\d+)', second.stdout.readline()).group(1))
    assert next_token > token
    second.send_signal(signal.SIGINT)
    assert second.wait(LIMIT) == 0


def main():
    tests = [runs_a_command, one_at_a_time, a_dead_holder_loses_it, a_lost_lock_ends_the_command,
             elections_are_followed, waits_over_an_election]
    folder = tempfile.mkdtemp(prefix="martlet-locks-")
    failed = 0
    cluster = None
    try:
        cluster = Cluster(folder)
        for test in tests:
            try:
                test(cluster, folder)
                print(f"ok      {test.__name__}", flush=True)
            except Exception as error:  # A test that fails must not hide the next.
                failed += 1
                print(f"FAILED  {test.__name__}: {error}", flush=True)
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
