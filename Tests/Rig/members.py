"""Three members of the store on three nodes with real systemd, and what may befall them.

Run by `compose/check`; alone: `python3 Tests/Rig/members.py [--programs PATH …] [TEST …]`.
Nothing here waits by the clock: every wait asks systemd or the member until it agrees.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
RIG = str(ROOT / "compose" / "rig")
NODES = ["n1", "n2", "n3"]
# How long an event may take before the test fails; generous, for busy machines.
PATIENCE = 30
CUT_OFF = 124  # what `timeout` says when it ended a command

CONFIG = """\
name = {name}
listen = {address}:2390
peer-listen = {address}:2380
initial-cluster = {cluster}
cluster-token = rig
"""

# A short watchdog, so that a hang is seen within a test's patience.
WATCHDOG = """\
[Service]
WatchdogSec=2s
TimeoutAbortSec=2s
"""


def rig(*words, check=True, stdin=None):
    done = subprocess.run([RIG, *words], input=stdin, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise AssertionError(f"rig {' '.join(words)}: code {done.returncode}: {done.stderr.strip()}")
    return done


def node(name, *words, check=True, stdin=None):
    return rig("exec", name, *words, check=check, stdin=stdin)


def write(name, path, text):
    node(name, "sh", "-c", 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod 644 "$1"', "sh", path, stdin=text)


def unit(name):
    return f"martlet-store@{name}.service"


def until(what, question):
    """Asks until the answer is true; each question runs a program, which paces the asking."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {PATIENCE} s: {what}")


def properties(name):
    text = node(name, "systemctl", "show", unit(name)).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def is_active(name):
    return properties(name)["ActiveState"] == "active"


def main_pid(name):
    return int(properties(name)["MainPID"])


def restarted(name, old):
    def question():
        now = properties(name)
        return now["ActiveState"] == "active" and int(now["MainPID"]) not in (0, old)

    return until(f"'{unit(name)}' runs again with another process than {old}", question)


def status(name):
    done = node(name, "timeout", "5", "martlet", "status", "--json", check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {}


def leader(among=NODES, other_than=None):
    """The name of the leader that all of these members agree on."""

    def question():
        names = {status(name).get("leader_name") for name in among}
        return len(names) == 1 and not names & {None, "", other_than} and names.pop()

    return until(f"{among} agree on a leader that is not {other_than!r}", question)


def put(name, key, value, check=True):
    return node(name, "timeout", "10", "martlet", "store", "put", key, value, check=check)


def get(name, key):
    return node(name, "timeout", "10", "martlet", "store", "get", key).stdout.rstrip("\n")


def others(name):
    return [other for other in NODES if other != name]


def install():
    cluster = ",".join(f"{name}=10.99.0.{name[1:]}:2380/10.99.0.{name[1:]}:2390" for name in NODES)
    for name in NODES:
        address = f"10.99.0.{name[1:]}"
        config = CONFIG.format(name=name, address=address, cluster=cluster)
        write(name, f"/etc/martlet/store/{name}.conf", config)
        write(name, "/etc/systemd/system/martlet-store@.service.d/watchdog.conf", WATCHDOG)
        node(name, "systemctl", "daemon-reload")
        node(name, "systemctl", "preset", "martlet.target")
        node(name, "systemctl", "enable", "martlet-store.socket", unit(name))
        node(name, "systemctl", "start", "--no-block", "martlet.target")
    for name in NODES:
        until(f"'{unit(name)}' is ready", lambda: is_active(name))


def settle():
    """Every test begins with three members that agree on a leader."""
    for name in NODES:
        until(f"'{unit(name)}' is ready", lambda: is_active(name))
    return leader()


# --- tests ----------------------------------------------------------------------------------------


def test_a_member_is_stopped_started_and_restarted_alone():
    victim = others(settle())[0]
    bystanders = {name: main_pid(name) for name in others(victim)}
    node(victim, "systemctl", "stop", unit(victim))
    assert properties(victim)["ActiveState"] == "inactive", "a stopped member is inactive, not failed"
    put(others(victim)[0], "alone", "while one is stopped")
    node(victim, "systemctl", "start", unit(victim))
    assert get(victim, "alone") == "while one is stopped"
    old = main_pid(victim)
    node(victim, "systemctl", "restart", unit(victim))
    assert is_active(victim) and main_pid(victim) != old
    assert get(victim, "alone") == "while one is stopped"
    assert bystanders == {name: main_pid(name) for name in bystanders}, "the others were left alone"


def test_a_killed_member_is_started_again_by_systemd():
    victim = others(settle())[0]
    put(victim, "killed", "before")
    before = properties(victim)
    node(victim, "kill", "-KILL", before["MainPID"])
    restarted(victim, int(before["MainPID"]))
    assert int(properties(victim)["NRestarts"]) == int(before["NRestarts"]) + 1
    assert get(victim, "killed") == "before"


def test_a_member_that_hangs_is_killed_by_the_watchdog():
    victim = others(settle())[0]
    old = main_pid(victim)
    node(victim, "kill", "-STOP", str(old))
    restarted(victim, old)
    journal = node(victim, "journalctl", "--no-pager", "-u", unit(victim)).stdout
    assert "Watchdog timeout" in journal, "systemd's journal names the watchdog"
    leader()


def test_the_leaders_node_is_lost_and_the_others_go_on():
    lost = settle()
    survivors = others(lost)
    put(lost, "lost", "written by the leader")
    rig("crash", lost)
    leader(survivors, other_than=lost)
    assert get(survivors[0], "lost") == "written by the leader"
    put(survivors[0], "lost", "written without it")
    rig("start", lost)
    settle()
    assert get(lost, "lost") == "written without it"


def test_a_leader_that_is_cut_off_cannot_write():
    old = settle()
    majority = others(old)
    put(old, "cut", "before")
    rig("cut", old)
    leader(majority, other_than=old)
    assert put(old, "cut", "by the old leader", check=False).returncode != 0
    put(majority[0], "cut", "by the majority")
    rig("heal", old)
    settle()
    for name in NODES:
        assert get(name, "cut") == "by the majority", f"'{name}' read something else"


def test_two_members_that_cannot_see_each_other_still_serve():
    first, second = others(settle())
    rig("cut", first, second)
    put(first, "between", "one")
    assert get(second, "between") == "one"
    rig("heal", first, second)
    settle()


def test_a_node_is_powered_off_and_comes_back():
    victim = settle()
    put(victim, "power", "off")
    rig("poweroff", victim)
    leader(others(victim), other_than=victim)
    rig("start", victim)
    settle()
    assert get(victim, "power") == "off"


def test_the_socket_belongs_to_the_group():
    settle()
    words = node("n1", "stat", "-c", "%a %G %F", "/run/martlet/store.sock").stdout.strip()
    assert words == "660 martlet socket", words
    refused = node("n1", "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                   "martlet", "status", check=False)
    assert refused.returncode != 0, "someone outside the group was served"


def test_a_member_without_its_configuration_does_not_start():
    done = node("n1", "systemctl", "start", "martlet-store@stranger.service", check=False)
    assert done.returncode != 0
    journal = node("n1", "journalctl", "--no-pager", "-u", "martlet-store@stranger.service").stdout
    assert "/etc/martlet/store/stranger.conf" in journal, journal


# --- running ----------------------------------------------------------------------------------------


def report(name, fault, tally):
    print("failed:" if fault else "passed:", name, flush=True)
    if fault:
        print("".join(traceback.format_exception(fault)), flush=True)
    if tally:
        with open(tally, "a") as file:
            file.write(f"{'failed' if fault else 'passed'} 1 {name}\n")


def show_members():
    for name in NODES:
        done = rig("exec", name, "journalctl", "--no-pager", "-n", "15", "-u", unit(name), check=False)
        print(f"--- {name}\n{done.stdout}", flush=True)


def run(test, tally):
    began = time.monotonic()
    name = test.__name__.removeprefix("test_").replace("_", " ")
    fault = None
    try:
        test()
    except (AssertionError, KeyError, ValueError) as caught:
        fault = caught
    report(f"{name} ({time.monotonic() - began:.1f} s)", fault, tally)
    if fault:
        show_members()
    return fault is None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", nargs="*", default=[], help="instead of the release build's")
    parser.add_argument("--tally", help="where compose/check counts")
    parser.add_argument("--keep", action="store_true", help="leave the rig up")
    parser.add_argument("tests", nargs="*", help="parts of the names of the wanted tests")
    flags = parser.parse_args()
    wanted = [test for name, test in globals().items() if name.startswith("test_")]
    if flags.tests:
        wanted = [test for test in wanted if any(part in test.__name__ for part in flags.tests)]
    rig("down")
    rig("up", str(len(NODES)), *flags.programs)
    try:
        install()
        return 0 if all([run(test, flags.tally) for test in wanted]) else 1
    finally:
        if not flags.keep:
            rig("down")


sys.exit(main())
