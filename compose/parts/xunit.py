"""Turns xUnit files into lines of a tally: `passed 12`, `failed 1 Suite.test`, `skipped 1 …`."""

import sys
import xml.etree.ElementTree as xml


def cases(paths):
    for path in paths:
        yield from xml.parse(path).getroot().iter("testcase")


def main(paths):
    passed = 0
    for case in cases(paths):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            print("failed 1", name)
        elif case.find("skipped") is not None:
            print("skipped 1", name)
        else:
            passed += 1
    print("passed", passed)


main(sys.argv[1:])
