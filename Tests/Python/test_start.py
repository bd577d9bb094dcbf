#!/usr/bin/env python3
"""What martlet-store says when it must not start, and how it ends.

usage: test_start.py PROGRAM...   PROGRAM is the path of martlet-store
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
import urllib.error
import urllib.request

program = sys.argv[1] if len(sys.argv) > 1 else "martlet-store"
LIMIT = 20


class Skip(Exception):
    pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Member:
    """A single member in a folder of its own."""

    alive = []

    def __init__(self, folder, *more, name="m1", data=None, peer=None):
        self.socket = os.path.join(folder, f"{name}-{free_port()}.sock")
        self.arguments = [program, "--name", name, "--data", data or os.path.join(folder, "data"),
                          "--listen-unix", self.socket,
                          "--peer-listen", f"127.0.0.1:{peer or free_port()}", *more]
        self.process = subprocess.Popen(self.arguments, stderr=subprocess.PIPE, text=True)
        Member.alive.append(self.process)

    def started(self):
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    probe.connect(self.socket)
                    return self
                except OSError:
                    if self.process.poll() is not None:
                        raise AssertionError("it ended: " + self.process.stderr.read())
                    select_nothing()
        raise AssertionError("it does not listen")

    def ends(self, code):
        words = self.process.communicate(timeout=LIMIT)[1]
        assert self.process.returncode == code, f"exit code {self.process.returncode}: {words}"
        return words

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.communicate(timeout=LIMIT)[1]


def await_leadership(member):
    """Reads what the member says until it leads."""
    for line in member.process.stderr:
        if "leads in term" in line:
            return
    raise AssertionError("it ended before it led")


def select_nothing():
    """Lets other processes run for a moment."""
    os.sched_yield()
    subprocess.run(["true"], check=True)


def refused(member, *patterns, code=1):
    words = member.ends(code)
    for pattern in patterns:
        assert re.search(pattern, words), f"'{pattern}' is not in: {words}"


def founded(folder, *more, **named):
    """A data directory that was used once."""
    member = Member(folder, *more, **named).started()
    member.stop()
    return os.path.join(folder, "data")


def starts_and_stops(folder):
    member = Member(folder).started()
    words = member.stop()
    assert member.process.returncode == 0, words
    assert "started" in words and "stopping" in words, words


def starts_again(folder):
    founded(folder, peer=free_port())
    peer = free_port()
    first = Member(folder, "--initial-cluster", f"m1=127.0.0.1:{peer}", peer=peer,
                   data=os.path.join(folder, "other"))
    first.started().stop(signal.SIGKILL)
    again = Member(folder, "--initial-cluster", f"m1=127.0.0.1:{peer}", peer=peer,
                   data=os.path.join(folder, "other"))
    again.started().stop()
    assert again.process.returncode == 0


def another_cluster(folder):
    peer = free_port()
    listing = ["--initial-cluster", f"m1=127.0.0.1:{peer}"]
    founded(folder, *listing, "--cluster-token", "one", peer=peer)
    refused(Member(folder, *listing, "--cluster-token", "two", peer=peer), "belongs to cluster")


def another_member(folder):
    listing = ["--initial-cluster", "m1=127.0.0.1:1,m2=127.0.0.1:2"]
    founded(folder, *listing)
    refused(Member(folder, *listing, name="m2"), "belongs to member")


def not_in_the_list(folder):
    refused(Member(folder, "--initial-cluster", "m2=127.0.0.1:2"), "'m1' is not in")


def bad_list(folder):
    refused(Member(folder, "--initial-cluster", "m1"), "name=host:port")


def port_in_use(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(Member(folder, "--listen", f"127.0.0.1:{port}"), f"127.0.0.1:{port}", "in use")
        refused(Member(folder, peer=port), f"127.0.0.1:{port}", "in use")


def directory_in_use(folder):
    member = Member(folder).started()
    try:
        refused(Member(folder), f"process {member.process.pid}")
    finally:
        member.stop()


def open_to_others(folder):
    data = os.path.join(folder, "data")
    os.mkdir(data)
    os.chmod(data, 0o755)
    refused(Member(folder), "lets other users in", "chmod 0700")


def not_a_directory(folder):
    with open(os.path.join(folder, "data"), "w"):
        pass
    refused(Member(folder), "not a directory")


def parent_is_missing(folder):
    refused(Member(folder, data=os.path.join(folder, "no", "data")), "cannot use data directory")


def mounted(folder, options, test):
    """Runs a test in a file system of its own; only root can make one."""
    if os.geteuid() != 0:
        raise Skip("only root can mount a file system")
    place = os.path.join(folder, "mounted")
    os.mkdir(place)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place]).returncode:
        raise Skip("a file system cannot be mounted here")
    try:
        test(place)
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def full_disk(folder):
    mounted(folder, "size=64m,mode=700",
            lambda place: refused(Member(folder, data=os.path.join(place, "data")), "MiB are free"))


def read_only_disk(folder):
    def test(place):
        os.mkdir(os.path.join(place, "data"), 0o700)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        refused(Member(folder, data=os.path.join(place, "data")), "cannot write|Read-only")
    mounted(folder, "size=1g,mode=700", test)


def newer_format(folder):
    data = founded(folder)
    path = os.path.join(data, "identity")
    with open(path) as file:
        text = file.read()
    os.chmod(path, 0o600)
    with open(path, "w") as file:
        file.write(re.sub(r"format \d+", "format 99", text))
    refused(Member(folder), "newer program", "format 99|99")


def clock_went_back(folder):
    member = Member(folder).started()
    await_leadership(member)
    member.stop()
    if shutil.which("faketime") is None:
        raise Skip("faketime is not installed")
    environment = dict(os.environ)
    member = subprocess.run(
        ["faketime", "-f", "-1h", program, "--name", "m1",
         "--data", os.path.join(folder, "data"),
         "--listen-unix", os.path.join(folder, "s.sock"),
         "--peer-listen", f"127.0.0.1:{free_port()}"],
        stderr=subprocess.PIPE, text=True, timeout=LIMIT, env=environment)
    assert member.returncode == 1, member.stderr
    assert "the clock is" in member.stderr and "--accept-clock" in member.stderr, member.stderr


def damage_in_the_middle(folder):
    data = os.path.join(folder, "data")
    log = os.path.join(data, "log")
    for life in range(4):
        member = Member(folder).started()
        await_leadership(member)
        member.stop()
    segment = os.path.join(log, min(n for n in os.listdir(log) if n.startswith("segment")))
    with open(segment, "r+b") as file:
        written = bytearray(file.read().rstrip(b"\0"))
        # The first page is the header of the segment; behind it stands one group for each life.
        groups = len(written) - 4096
        for place in range(4096 + groups // 4, 4096 + groups // 2, 8):
            written[place] ^= 0xFF
        file.seek(0)
        file.write(written)
    refused(Member(folder), "damaged", "Nothing was changed", "No other member", "store restore")
    refused(Member(folder, "--repair", "never"), "damaged", "Nothing was changed", "--repair=auto")


class Trio:
    """Three members of one cluster."""

    def __init__(self, folder):
        self.folder = folder
        self.peers = {name: free_port() for name in ("a", "b", "c")}
        self.ports = {name: free_port() for name in self.peers}
        self.listing = ",".join(
            f"{name}=127.0.0.1:{peer}/127.0.0.1:{self.ports[name]}"
            for name, peer in self.peers.items())
        self.members = {}
        for name in self.peers:
            self.start(name)
        martlet(self.ports["a"], "status", "--wait")

    def start(self, name):
        self.members[name] = Member(
            self.folder, "--initial-cluster", self.listing, "--listen",
            f"127.0.0.1:{self.ports[name]}", "--scrub-rate", "off", name=name,
            data=os.path.join(self.folder, name), peer=self.peers[name]).started()

    def follower(self):
        leader = json.loads(martlet(self.ports["a"], "status", "--json"))["leader_name"]
        return next(name for name in self.peers if name != leader)

    def heals(self, name):
        """Waits until every member is sound and all hold the same."""
        words = ""
        deadline = time.monotonic() + 3 * LIMIT
        while time.monotonic() < deadline:
            try:
                words = martlet(self.ports[name], "store", "scrub", "--now", "--json")
                if all(m.get("health") == "sound" for m in json.loads(words)["members"]):
                    martlet(self.ports[name], "store", "digest")
                    martlet(self.ports[name], "status", "--wait")
                    return
            except AssertionError as error:
                words = str(error)
            select_nothing()
        raise AssertionError(f"it does not heal: {words}")

    def stop(self):
        for member in self.members.values():
            member.process.kill()


def damage_of_a_log_heals(folder):
    trio = Trio(folder)
    name = trio.follower()
    for number in range(12):
        martlet(trio.ports[name], "store", "put", f"key{number}", "x" * 500)
    trio.members[name].stop(signal.SIGKILL)
    log = os.path.join(folder, name, "log")
    segment = os.path.join(log, min(n for n in os.listdir(log) if n.startswith("segment")))
    with open(segment, "r+b") as file:
        written = file.read()
        place = written.index(b"x" * 500) + 100
        file.seek(place)
        file.write(b"y")
    trio.start(name)
    trio.heals(name)
    assert martlet(trio.ports[name], "store", "get", "key0") == "x" * 500 + "\n"
    names = [n for n in os.listdir(log) if n.startswith("segment")]
    assert os.path.basename(segment) not in names, f"the damaged segment stays: {names}"
    words = trio.members[name].stop()
    assert "gives no votes" in words and "sound again" in words, words
    trio.start(name)
    trio.heals(name)
    trio.stop()


def damage_of_a_state_heals(folder):
    trio = Trio(folder)
    name = trio.follower()
    value = "z" * (1 << 20)
    rows = "".join(json.dumps({"key": f"big{n}", "value": value}) + "\n" for n in range(72))
    done = subprocess.run(
        [os.path.join(os.path.dirname(os.path.abspath(program)), "martlet"),
         "--host", f"127.0.0.1:{trio.ports[name]}", "store", "import", "--timeout", "60s"],
        input=rows, capture_output=True, text=True, timeout=6 * LIMIT)
    assert done.returncode == 0, done.stderr
    martlet(trio.ports[name], "store", "put", "last", "one")
    path = os.path.join(folder, name, "state")
    needle = b"z" * 100_000
    deadline = time.monotonic() + LIMIT
    place = -1
    while place < 0 and time.monotonic() < deadline:
        select_nothing()
        with open(path, "rb") as file:
            place = file.read().find(needle)
    assert place >= 0, "no checkpoint was made"
    # Its last page is what makes it one.
    calm, last = 0, None
    while calm < 300:
        select_nothing()
        now = os.stat(path).st_mtime_ns
        calm, last = calm + 1 if now == last else 0, now
    trio.members[name].stop(signal.SIGKILL)
    with open(path, "r+b") as file:
        file.seek(place + 50_000)
        file.write(b"!")
    trio.start(name)
    trio.heals(name)
    words = trio.members[name].stop()
    assert "fails its checksum" in words and "sound again" in words, words
    trio.stop()


def misused(folder):
    for words, expected in [
        (["--repair", "maybe"], "auto or never"),
        (["--scrub-rate", "fast"], "bytes a second"),
        (["--nam", "m1"], "--name"),
        (["--election-ms", "20", "--heartbeat-ms", "20"], "two heartbeats"),
        (["--listen", "nonsense:port"], "nonsense"),
        (["--log-level", "loud"], "error, warning"),
        (["--join", "127.0.0.1:1", "--initial-cluster", "m1=127.0.0.1:1"], "one of them"),
    ]:
        refused(Member(folder, *words), expected, code=2)


def config_file(folder):
    path = os.path.join(folder, "store.conf")
    with open(path, "w") as file:
        file.write("# a comment\nelection-ms = 300\nheartbeet-ms = 50\n")
    refused(Member(folder, "--config", path), "store.conf:3", "heartbeat-ms", code=2)
    with open(path, "w") as file:
        file.write("election-ms = soon\n")
    refused(Member(folder, "--config", path), "store.conf:1", "milliseconds", code=2)
    refused(Member(folder, "--config", path + ".missing"), "missing", code=2)
    with open(path, "w") as file:
        file.write("election-ms = 300\nheartbeat-ms = 60\n")
    Member(folder, "--config", path).started().stop()


def joining_nobody(folder):
    refused(Member(folder, "--join", f"127.0.0.1:{free_port()}"), "cannot join")


def martlet(port, *words):
    """What the CLI answers, which lies beside the daemon."""
    done = subprocess.run(
        [os.path.join(os.path.dirname(os.path.abspath(program)), "martlet"),
         "--host", f"127.0.0.1:{port}", *words], capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def joining_and_leaving(folder):
    first, second, peer = free_port(), free_port(), free_port()
    one = Member(folder, "--listen", f"127.0.0.1:{first}", name="m1").started()
    martlet(first, "status", "--wait")
    martlet(first, "store", "put", "before", "it joined")
    two = Member(folder, "--listen", f"127.0.0.1:{second}", "--join", f"127.0.0.1:{first}",
                 "--learner", name="m2", data=os.path.join(folder, "two"), peer=peer).started()
    assert "learner" in martlet(first, "store", "member", "list")
    for attempt in range(100):
        try:
            martlet(first, "store", "member", "promote", "m2")
            break
        except AssertionError as error:  # It may not have caught up yet.
            assert "caught up" in str(error), error
    assert "learner" not in martlet(first, "store", "member", "list")
    assert martlet(second, "store", "get", "before") == "it joined\n"
    # One that is a member already cannot join again under the same name.
    refused(Member(folder, "--join", f"127.0.0.1:{first}", name="m2",
                   data=os.path.join(folder, "three")), "exists already", "member replace")
    # With two voters both are needed, and one that comes back goes on where it was.
    two.stop(signal.SIGKILL)
    two = Member(folder, "--listen", f"127.0.0.1:{second}", name="m2",
                 data=os.path.join(folder, "two"), peer=peer).started()
    martlet(first, "status", "--wait")
    martlet(first, "store", "put", "after", "it came back")
    martlet(first, "store", "member", "remove", "m2", "--yes")
    assert "m2" not in martlet(first, "store", "member", "list")
    martlet(first, "store", "put", "alone", "again")
    one.stop()


def page(port, path, status=200):
    """What the member says by HTTP."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=LIMIT) as answer:
            code, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        code, text = error.code, error.read().decode()
    assert code == status, f"{path}: {code} {text}"
    return text


def tells_of_itself(folder):
    port, pages = free_port(), free_port()
    member = Member(folder, "--listen", f"127.0.0.1:{port}",
                    "--metrics-address", f"127.0.0.1:{pages}").started()
    martlet(port, "status", "--wait")
    martlet(port, "store", "put", "k", "v")
    text = page(pages, "/metrics")
    assert "\netcd_mvcc_put_total 1\n" in text and "\netcd_server_has_leader 1\n" in text, text
    assert text.replace(" ", "").count("#TYPE") == text.count("# HELP")
    assert page(pages, "/health") == '{"health":"true","reason":""}\n'
    assert page(pages, "/livez") == "ok\n"
    assert "[+]linearizable_read ok" in page(pages, "/readyz?verbose")
    page(pages, "/nothing", 404)
    assert "etcd_disk_wal_fsync_duration_seconds" in martlet(port, "store", "metrics")
    recording = os.path.join(folder, "m1.rec")
    martlet(port, "store", "recording", recording)
    refused(Member(folder, "--metrics-address", f"127.0.0.1:{pages}", name="m2",
                   data=os.path.join(folder, "two")), "in use")
    member.stop()
    simulate = os.path.join(os.path.dirname(os.path.abspath(program)), "martlet-simulate")
    if os.path.exists(simulate):
        done = subprocess.run([simulate, "--recording", recording], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0 and "all decided again" in done.stdout, done.stdout


def rights(folder):
    """Root by its uid on the unix socket, others by their passwords."""
    port = free_port()
    one = Member(folder, "--listen", f"127.0.0.1:{port}", "--audit", "all").started()
    martlet(port, "status", "--wait")
    martlet(port, "store", "user", "add", "root:secret")
    martlet(port, "store", "user", "grant-role", "root", "root")
    martlet(port, "store", "role", "add", "clerk")
    martlet(port, "store", "role", "grant", "clerk", "readwrite", "app/", "--prefix")
    martlet(port, "store", "user", "add", "bob:pw")
    martlet(port, "store", "user", "grant-role", "bob", "clerk")
    denied(port, "sign in as a user with the role 'root' first", "store", "auth", "enable")
    martlet(port, "store", "auth", "enable", "--user", "root:secret")
    denied(port, "belongs to no user", "store", "put", "app/x", "1")
    denied(port, "name or the password is wrong", "store", "get", "app/x", "--user", "bob:no")
    martlet(port, "store", "put", "app/x", "1", "--user", "bob:pw")
    denied(port, "user 'bob' may not write the key 'b'", "store", "put", "b", "1", "--user", "bob:pw")
    own = subprocess.run(
        [os.path.join(os.path.dirname(os.path.abspath(program)), "martlet"), "--host",
         "unix:" + one.socket, "store", "auth", "status"], capture_output=True, text=True,
        timeout=LIMIT)
    assert "you are user 'root'" in own.stdout, own
    words = one.stop()
    assert re.search(r"audit: 'bob' from .*put write the key 'app/x': done", words), words
    assert re.search(r"audit: nobody from .*put write the key 'app/x': refused", words), words
    assert "secret" not in words, words


def denied(port, words, *arguments):
    try:
        martlet(port, *arguments)
    except AssertionError as error:
        assert words in str(error), error
    else:
        raise AssertionError(f"{arguments} was not refused")


def main():
    tests = [joining_and_leaving, tells_of_itself, starts_and_stops, starts_again, another_cluster, another_member, not_in_the_list,
             bad_list, port_in_use, directory_in_use, open_to_others, not_a_directory,
             parent_is_missing, full_disk, read_only_disk, newer_format, clock_went_back,
             damage_in_the_middle, damage_of_a_log_heals, damage_of_a_state_heals, misused, config_file, joining_nobody, rights]
    passed = failed = skipped = 0
    for test in tests:
        folder = tempfile.mkdtemp(prefix="martlet-start-")
        try:
            test(folder)
            passed += 1
            print(f"ok      {test.__name__}", flush=True)
        except Skip as reason:
            skipped += 1
            print(f"skipped {test.__name__}: {reason}", flush=True)
        except Exception as error:  # A test that fails must not hide the next.
            failed += 1
            print(f"FAILED  {test.__name__}: {error}", flush=True)
        finally:
            for process in Member.alive:
                process.kill()
            Member.alive.clear()
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
