"""Prints a port P such that P…P+2 (clients), P-10…P-8 (peers) and P+10…P+12 (metrics) are free on loopback."""

import random
import socket
import sys

ATTEMPTS = 100


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


# Below the range from which the kernel takes ports for outgoing connections.
for _ in range(ATTEMPTS):
    base = random.randrange(20_010, 32_000)
    if all(is_free(base + offset + i) for offset in (-10, 0, 10) for i in range(3)):
        print(base)
        sys.exit(0)
sys.exit(f"ports: none of {ATTEMPTS} attempts found nine free ports on 127.0.0.1")
