#!/usr/bin/env python3
"""Three members that speak TLS with one another and with their clients, and what stands in the way.

usage: test_tls.py MARTLET-STORE MARTLET   the paths of both programs
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

store, martlet = sys.argv[1:3]
LIMIT = 20


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def run(*words, code=0, env=None):
    done = subprocess.run([martlet, *words], capture_output=True, text=True, timeout=LIMIT,
                          env={**os.environ, **(env or {})}, check=False)
    assert done.returncode == code, f"{words}: {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def until(what, condition):
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if condition():
            return
        # Lets other processes run for a moment.
        subprocess.run(["true"], check=True)
    raise AssertionError(f"it did not happen in {LIMIT} s: {what}")


class Member:
    """A member in a folder of its own; what it says goes into a file."""

    alive = []

    def __init__(self, folder, name, *more):
        self.log = os.path.join(folder, f"{name}.log")
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [store, "--name", name, "--data", os.path.join(folder, name), *more], stderr=log)
        Member.alive.append(self.process)

    def said(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def says(self, words):
        until(f"'{words}' in: {self.said()}", lambda: words in self.said())

    def ends(self, code, words):
        self.process.wait(timeout=LIMIT)
        assert self.process.returncode == code, self.said()
        assert words in self.said(), self.said()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=LIMIT)


def papers(pki, kind_name, prefix=""):
    return [f"--{prefix}cert-file", f"{pki}/{kind_name}.crt", f"--{prefix}key-file",
            f"{pki}/{kind_name}.key", f"--{prefix}ca-file", f"{pki}/ca.crt"]


def make_pki(folder, *members):
    pki = os.path.join(folder, "pki")
    run("cert", "ca", pki)
    for name in members:
        run("cert", "member", name, "--dir", pki, "--address", "127.0.0.1")
    run("cert", "client", "alice", "--dir", pki)
    return pki


def environment(pki, ports, user="alice"):
    return {"MARTLET_HOST": ",".join(f"127.0.0.1:{port}" for port in ports),
            "MARTLET_CA": f"{pki}/ca.crt", "MARTLET_CERT": f"{pki}/client-{user}.crt",
            "MARTLET_KEY": f"{pki}/client-{user}.key"}


def three_members_speak_tls_with_all(folder):
    names = ["m1", "m2", "m3"]
    pki = make_pki(folder, *names)
    ports = free_ports(6)
    clients, peers = ports[:3], ports[3:]
    cluster = ",".join(f"{name}=127.0.0.1:{peer}/127.0.0.1:{client}"
                       for name, peer, client in zip(names, peers, clients))
    members = [Member(folder, name, "--listen", f"127.0.0.1:{client}", "--peer-listen",
                      f"127.0.0.1:{peer}", "--initial-cluster", cluster,
                      *papers(pki, f"member-{name}"))
               for name, client, peer in zip(names, clients, peers)]
    env = environment(pki, clients)
    run("status", "--wait", env=env)
    run("store", "put", "greeting", "in secret", env=env)
    assert run("store", "get", "greeting", env=env) == "in secret\n"
    for port in clients:
        one = {**env, "MARTLET_HOST": f"127.0.0.1:{port}"}
        assert run("store", "get", "greeting", env=one) == "in secret\n"
    for member, others in zip(members, (["m2", "m3"], ["m1", "m3"], ["m1", "m2"])):
        for other in others:
            member.says(f"connected to member '{other}'")
    # In the open, without a certificate, at the members' door.
    plain = {"MARTLET_HOST": f"127.0.0.1:{clients[0]}"}
    assert "this address wants TLS" in run("store", "get", "a", "--timeout", "1s", code=1, env=plain)
    nameless = {**plain, "MARTLET_CA": f"{pki}/ca.crt"}
    words = run("store", "get", "a", "--timeout", "1s", code=1, env=nameless)
    assert "the other side wants a certificate" in words, words
    members[0].says("turned away 127.0.0.1:")
    wrong = {**env, "MARTLET_HOST": f"127.0.0.1:{peers[1]}"}
    words = run("store", "get", "a", "--timeout", "1s", code=1, env=wrong)
    assert "does not accept our certificate" in words, words
    members[1].says("its certificate is for 'alice', not for a member")
    # Somebody else's authority vouches for nobody here.
    other = os.path.join(folder, "other")
    run("cert", "ca", other)
    run("cert", "client", "alice", "--dir", other)
    words = run("store", "get", "a", "--timeout", "1s", code=1,
                env={**env, "MARTLET_CERT": f"{other}/client-alice.crt",
                     "MARTLET_KEY": f"{other}/client-alice.key"})
    assert "does not trust the authority of our certificate" in words, words
    words = run("store", "get", "a", "--timeout", "1s", code=1,
                env={**env, "MARTLET_CA": f"{other}/ca.crt"})
    assert "an authority that is not trusted here" in words, words
    for member in members:
        member.stop()


def a_learner_joins_by_tls(folder):
    pki = make_pki(folder, "m1", "m2")
    client, peer, client2, peer2 = free_ports(4)
    first = Member(folder, "m1", "--listen", f"127.0.0.1:{client}", "--peer-listen",
                   f"127.0.0.1:{peer}", *papers(pki, "member-m1"))
    env = environment(pki, [client])
    run("status", "--wait", env=env)
    second = Member(folder, "m2", "--listen", f"127.0.0.1:{client2}", "--peer-listen",
                    f"127.0.0.1:{peer2}", "--join", f"127.0.0.1:{client}",
                    *papers(pki, "member-m2"))
    second.says("follows 'm1'")
    first.stop()
    second.stop()


def new_files_are_used_without_a_restart(folder):
    pki = make_pki(folder, "m1")
    client, peer = free_ports(2)
    member = Member(folder, "m1", "--listen", f"127.0.0.1:{client}", "--peer-listen",
                    f"127.0.0.1:{peer}", *papers(pki, "member-m1"))
    env = environment(pki, [client])
    run("status", "--wait", env=env)
    # A file that is no good changes nothing.
    with open(f"{pki}/member-m1.crt", "r+", encoding="utf-8") as file:
        good = file.read()
        file.truncate(100)
    member.process.send_signal(signal.SIGHUP)
    member.says("The old certificate stays in use.")
    run("status", env=env)
    with open(f"{pki}/member-m1.crt", "w", encoding="utf-8") as file:
        file.write(good)
    # A new authority and all that it vouches for; here the change itself is noticed.
    other = make_pki(os.path.join(folder, "next"), "m1")
    for name in ["ca.crt", "member-m1.crt", "member-m1.key"]:
        os.replace(f"{other}/{name}", f"{pki}/{name}")
    member.says("was read anew; valid to")
    new = {**environment(other, [client]), "MARTLET_CA": f"{pki}/ca.crt"}
    until("the new certificates serve",
          lambda: subprocess.run([martlet, "status"], env={**os.environ, **new},
                                 capture_output=True, timeout=LIMIT, check=False).returncode == 0)
    words = run("store", "get", "a", "--timeout", "1s", code=1,
                env={**env, "MARTLET_CA": f"{pki}/ca.crt"})
    assert "does not trust the authority" in words, words
    member.stop()


def bad_files_are_named_at_the_start(folder):
    pki = make_pki(folder, "m1", "m2")
    client, peer = free_ports(2)
    common = ["--listen", f"127.0.0.1:{client}", "--peer-listen", f"127.0.0.1:{peer}"]

    def refuses(words, *flags, code=1):
        Member(folder, "m1", *common, *flags).ends(code, words)

    good = papers(pki, "member-m1")
    refuses("--ca-file is missing", *good[:4], code=2)
    refuses("--client-cert-auth is 'on' or 'off'", *good, "--client-cert-auth", "maybe", code=2)
    refuses("cannot use certificate '/nowhere': no such file", "--cert-file", "/nowhere", *good[2:])
    refuses("there is no certificate in PEM form in it", "--cert-file", f"{pki}/ca.key", *good[2:])
    refuses("does not belong to the certificate", *good[:2], "--key-file", f"{pki}/member-m2.key",
            *good[4:])
    refuses("it is for member 'm2', and this is 'm1'", *papers(pki, "member-m2"))
    os.chmod(f"{pki}/member-m1.key", 0o644)
    refuses("others may read or change it (mode 644)", *good)
    os.chmod(f"{pki}/member-m1.key", 0o600)
    refuses("it is not made for a server", *papers(pki, "client-alice"))
    run("cert", "server", "s", "--dir", pki, "--address", "127.0.0.1")
    refuses("it names no member", *good, *papers(pki, "server-s", "peer-"))
    other = os.path.join(folder, "other")
    run("cert", "ca", other)
    refuses("an authority that is not trusted here", *good[:4], "--ca-file", f"{other}/ca.crt")


def one_host_needs_tls_for_clients_alone(folder):
    pki = make_pki(folder)
    run("cert", "server", "s", "--dir", pki, "--address", "127.0.0.1", "--days", "10")
    client, peer = free_ports(2)
    path = os.path.join(folder, "s")
    member = Member(folder, "m1", "--listen", f"127.0.0.1:{client}", "--listen-unix", path,
                    "--peer-listen", f"127.0.0.1:{peer}", "--client-cert-auth", "off",
                    *papers(pki, "server-s"))
    env = {"MARTLET_CA": f"{pki}/ca.crt", "MARTLET_HOST": f"127.0.0.1:{client}"}
    run("status", "--wait", env=env)
    run("status", env={"MARTLET_HOST": f"unix:{path}", "MARTLET_CA": f"{pki}/ca.crt"})
    member.says("expires on")
    member.stop()
    outside = Member(folder, "m1", "--peer-listen", f"0.0.0.0:{peer}", "--listen-unix", path,
                     *papers(pki, "server-s"))
    outside.ends(1, "members would talk in the open at 0.0.0.0")
    # Without any TLS it is said once and done.
    member = Member(folder, "open", "--listen", f"0.0.0.0:{client}", "--listen-unix", path,
                    "--peer-listen", f"127.0.0.1:{peer}")
    member.says("everybody on the network can read and write here")
    member.stop()


def main():
    failed = 0
    for test in [three_members_speak_tls_with_all, a_learner_joins_by_tls,
                 new_files_are_used_without_a_restart, bad_files_are_named_at_the_start,
                 one_host_needs_tls_for_clients_alone]:
        folder = tempfile.mkdtemp(prefix="martlet-tls-")
        try:
            os.makedirs(os.path.join(folder, "next"))
            test(folder)
            print("ok", test.__name__)
        except Exception as fault:  # noqa: BLE001
            failed += 1
            print("FAILED", test.__name__, repr(fault))
        finally:
            for process in Member.alive:
                if process.poll() is None:
                    process.kill()
                process.wait()
            Member.alive.clear()
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if failed else 0)


main()
