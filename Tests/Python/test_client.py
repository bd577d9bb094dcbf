#!/usr/bin/env python3
"""Checks a running martlet-store from outside, as a stranger's client would meet it.

    test_client.py ADDRESS          host:port or unix:/path, of any member

Prints one line for each check; exits 1 when one failed. It writes keys that begin with
"python-check/" and a compaction, so give it a store that is there to be tested.
"""

import socket
import struct
import sys
import traceback

import martlet_client
from martlet_client import (FOREVER, HEADER_SIZE, MAXIMUM_FRAME, CallError, Client, Closed, Frame,
                            Watch, store, wire)

PREFIX = b"python-check/"
AFTER_PREFIX = b"python-check0"
ADDRESS = None
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def key(name):
    return PREFIX + (name if isinstance(name, bytes) else name.encode())


def connect(**fields):
    return Client(ADDRESS, **fields)


def equal(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what or 'it'} is {found!r}, not {wanted!r}")


def name(code):
    return wire.ErrorCode.Name(code)


def refused(code, action):
    """Runs `action`, which must end in ERROR `code` on its own call; returns the wire.Error."""
    try:
        result = action()
    except CallError as error:
        equal(name(error.code), name(code), "the code")
        if error.stream == 0:
            raise AssertionError("the connection was ended for what concerns one call") from None
        if code != wire.CANCELLED and (not error.error.message or "\n" in error.error.message):
            raise AssertionError(f"the message is not one line: {error.error.message!r}")
        return error.error
    raise AssertionError(f"it was taken, and answered with {result!r}")


def ends(client, code):
    """The connection must end: ERROR or GOAWAY `code` on stream 0, then the end."""
    found = None
    try:
        while True:
            frame = client.receive()
            if frame.stream == 0 and frame.type == wire.ERROR:
                found = wire.Error.FromString(frame.body)
            elif frame.stream == 0 and frame.type == wire.GOAWAY:
                found = found or wire.Goaway.FromString(frame.body)
    except Closed:
        pass
    except socket.timeout:
        raise AssertionError("the connection was left open") from None
    finally:
        client.close()
    if found is None:
        raise AssertionError("the connection was closed without a word")
    equal(name(found.code), name(code), "the code")
    if not found.message or "\n" in found.message:
        raise AssertionError(f"the message is not one line: {found.message!r}")


def healthy():
    """A new connection works, and so does the store behind it."""
    with connect() as client:
        revision = client.put(key("health"), b"well").header.revision
        pair = client.range(key("health")).kvs[0]
        equal((pair.value, pair.mod_revision), (b"well", revision), "what was put")


# What a client wants.


@check
def hello_is_answered():
    with connect() as client:
        equal(client.peer.required_features, 0, "required_features")
        if not 0 < client.peer.maximum_frame <= MAXIMUM_FRAME:
            raise AssertionError(f"maximum_frame is {client.peer.maximum_frame}")
        if not client.peer.software or not client.peer.cluster_id or not client.peer.member_id:
            raise AssertionError(f"the Hello does not say who is there: {client.peer}")


@check
def ping_comes_back():
    with connect() as client:
        equal(client.ping(b""), b"")
        equal(client.ping(bytes(range(64))), bytes(range(64)))


@check
def put_and_range():
    with connect() as client:
        client.delete(PREFIX, AFTER_PREFIX)
        first = client.put(key("a"), b"1").header
        if not first.cluster_id or not first.member_id or not first.raft_term:
            raise AssertionError(f"the header is not filled in: {first}")
        second = client.put(key("a"), b"2", previous=True)
        equal(second.header.revision, first.revision + 1, "the next revision")
        equal((second.previous.value, second.previous.mod_revision), (b"1", first.revision))
        answer = client.range(key("a"))
        equal((answer.count, answer.more, len(answer.kvs)), (1, False, 1))
        pair = answer.kvs[0]
        equal((pair.key, pair.value, pair.version), (key("a"), b"2", 2))
        equal((pair.create_revision, pair.mod_revision),
              (first.revision, second.header.revision))


@check
def ranges_are_ordered_and_limited():
    with connect() as client:
        client.delete(PREFIX, AFTER_PREFIX)
        names = [b"b", b"a\xff", b"a", b"a\0", b"c"]
        for each in names:
            client.put(key(each), each)
        answer = client.range(PREFIX, AFTER_PREFIX)
        equal([pair.key for pair in answer.kvs], sorted(key(each) for each in names), "the order")
        answer = client.range(PREFIX, AFTER_PREFIX, limit=2)
        equal((len(answer.kvs), answer.more, answer.count), (2, True, 5), "with limit 2")
        answer = client.range(PREFIX, AFTER_PREFIX, keys_only=True)
        equal({pair.value for pair in answer.kvs}, {b""}, "values of keys only")
        answer = client.range(PREFIX, AFTER_PREFIX, count_only=True)
        equal((len(answer.kvs), answer.count), (0, 5), "count only")
        answer = client.range(key(b"a"), key(b"b"))
        equal(answer.count, 3, "the half-open interval")
        answer = client.range(key(b"b"), b"\0")
        equal([pair.key for pair in answer.kvs][:2], [key(b"b"), key(b"c")], "to the end")
        answer = client.range(PREFIX, AFTER_PREFIX, serializable=True)
        if answer.count > 5:
            raise AssertionError("a serializable read invents keys")


@check
def older_revisions_are_kept():
    with connect() as client:
        first = client.put(key("old"), b"1").header.revision
        client.put(key("old"), b"2")
        client.delete(key("old"))
        equal(client.range(key("old")).count, 0)
        equal(client.range(key("old"), revision=first).kvs[0].value, b"1")
        equal(client.range(key("old"), revision=first + 1).kvs[0].value, b"2")


@check
def ranges_come_in_parts():
    with connect(stream_credit=MAXIMUM_FRAME) as client:
        client.delete(PREFIX, AFTER_PREFIX)
        for index in range(5):
            client.put(key(f"big/{index}"), bytes([index]) * 1_000_000)
        pairs, count = client.range_in_parts(key("big/"), key("big0"))
        equal([pair.value for pair in pairs], [bytes([i]) * 1_000_000 for i in range(5)])
        equal(count, 5, "the count")
        whole = client.range(key("big/"), key("big0"))
        equal((whole.more, whole.count), (True, 5), "not chunked, what fits one frame")
        client.delete(key("big/"), key("big0"))


@check
def delete_range():
    with connect() as client:
        client.delete(PREFIX, AFTER_PREFIX)
        for each in (b"1", b"2", b"3"):
            client.put(key(each), each)
        answer = client.delete(key(b"1"), key(b"3"), previous=True)
        equal(answer.deleted, 2)
        equal([pair.value for pair in answer.previous], [b"1", b"2"])
        before = answer.header.revision
        answer = client.delete(key(b"1"), key(b"3"))
        equal((answer.deleted, answer.header.revision), (0, before), "deleting nothing")


@check
def transactions():
    with connect() as client:
        client.delete(PREFIX, AFTER_PREFIX)
        absent = store.Compare(result=store.EQUAL, target=store.VERSION, key=key("t"), number=0)
        put = store.Operation(put=store.PutRequest(key=key("t"), value=b"1"))
        other = store.Operation(put=store.PutRequest(key=key("u"), value=b"1"))
        get = store.Operation(range=store.RangeRequest(key=key("t")))
        first = client.txn([absent], [put, other, get], [get])
        equal((first.succeeded, len(first.responses)), (True, 3))
        equal(first.responses[2].range.kvs[0].value, b"1", "a range after a put in it")
        pairs = client.range(PREFIX, AFTER_PREFIX).kvs
        equal({pair.mod_revision for pair in pairs}, {first.header.revision}, "one revision")
        second = client.txn([absent], [put], [get])
        equal((second.succeeded, second.header.revision), (False, first.header.revision))
        nested = store.TxnRequest(compare=[absent], failure=[get])
        third = client.txn([], [store.Operation(txn=nested)])
        equal(third.responses[0].txn.responses[0].range.count, 1, "in a nested transaction")


@check
def leases():
    with connect() as client:
        lease = client.grant(3600)
        equal(lease.ttl, 3600)
        client.put(key("leased"), b"1", lease=lease.id)
        left = client.time_to_live(lease.id, keys=True)
        equal((list(left.keys), left.granted_ttl), ([key("leased")], 3600))
        if not 3500 < left.ttl <= 3600:
            raise AssertionError(f"{left.ttl} seconds are left")
        equal(client.keep_alive(lease.id).ttl, 3600)
        refused(wire.LEASE_EXISTS, lambda: client.grant(60, id=lease.id))
        client.revoke(lease.id)
        equal(client.range(key("leased")).count, 0, "the key of a revoked lease")


@check
def watch_sees_every_revision_once():
    with connect() as client:
        client.delete(PREFIX, AFTER_PREFIX)
        watch = client.watch(PREFIX, AFTER_PREFIX, previous=True)
        revisions = [client.put(key("w"), bytes([index])).header.revision for index in range(5)]
        revisions.append(client.delete(key("w")).header.revision)
        seen = []
        while len(seen) < 6:
            seen += watch.next().events
        equal([event.kv.mod_revision for event in seen], revisions)
        equal([event.type for event in seen],
              [store.EVENT_PUT] * 5 + [store.EVENT_DELETE], "the types")
        equal(seen[1].previous.value, bytes([0]), "the pair before")
        equal(name(watch.cancel()), "CANCELLED", "the end of a cancelled watch")
        again = client.watch(key("w"), start_revision=revisions[2])
        seen = []
        while len(seen) < 4:
            seen += again.next().events
        equal([event.kv.mod_revision for event in seen], revisions[2:], "after resuming")


@check
def watch_keeps_to_its_credit():
    with connect(stream_credit=1000) as client:
        client.delete(PREFIX, AFTER_PREFIX)
        watch = Watch(client, store.WatchRequest(key=key("c")), refill=False)
        revisions = [client.put(key("c"), b"v" * 200).header.revision for _ in range(20)]
        client.ping()  # an answer passes a watch that waits for credit
        events, given = [], 1000
        while len(events) < 20:
            arrived = [frame for frame in client.waiting if frame.stream == watch.stream]
            if not arrived:
                given += 300
                watch.give(300)
                client.ping()
                continue
            events += watch.next().events
            if watch.received > given:
                raise AssertionError(f"{watch.received} bytes came for {given} of credit")
        equal([event.kv.mod_revision for event in events], revisions)


@check
def one_way_has_no_answer():
    with connect() as client:
        request = store.PutRequest(key=key("one-way"), value=b"1")
        client.open(wire.PUT, request, flags=wire.ONE_WAY)
        client.put(key("two-way"), b"1")
        equal(client.range(key("one-way")).count, 1)
        equal(client.waiting, [], "what came for the one-way call")


@check
def calls_overlap():
    with connect() as client:
        streams = [client.open(wire.PUT, store.PutRequest(key=key("many"), value=b"%d" % index))
                   for index in range(500)]
        for stream in reversed(streams):
            equal(client.next(stream).type, wire.RESPONSE)
        equal(client.range(key("many")).kvs[0].value, b"499", "the last of them")


# What a client must not send: the connection.


def ping_frame():
    return Frame(wire.PING, body=b"x").encode()


def ends_after(data, code, **fields):
    client = connect(**fields)
    client.send_raw(data)
    ends(client, code)


@check
def wrong_magic():
    ends_after(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", wire.BAD_MAGIC)


@check
def wrong_magic_before_hello():
    client = Client(ADDRESS, hello=False)
    client.send_raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    ends(client, wire.BAD_MAGIC)


@check
def wrong_version():
    ends_after(b"M\x02" + ping_frame()[2:], wire.BAD_VERSION)


@check
def wrong_checksum():
    frame = bytearray(ping_frame())
    frame[-1] ^= 1
    ends_after(bytes(frame), wire.BAD_CHECKSUM)


@check
def frame_too_large():
    with connect() as client:
        limit = client.peer.maximum_frame
    head = bytearray(Frame(wire.REQUEST, 0, 1, wire.PUT, FOREVER).encode())
    struct.pack_into("<I", head, 4, limit + 1)
    ends_after(bytes(head), wire.FRAME_TOO_LARGE)


@check
def unknown_type():
    ends_after(Frame(77).encode(), wire.BAD_FRAME)


@check
def unknown_flag():
    ends_after(Frame(wire.PING, 0x80).encode(), wire.BAD_FRAME)


@check
def header_that_contradicts_itself():
    for frame in (Frame(wire.REQUEST, 0, 0, 0, 1000), Frame(wire.PING, stream=5),
                  Frame(wire.PING, body=b"x" * 65), Frame(wire.CANCEL, stream=5, body=b"x"),
                  Frame(wire.CREDIT, deadline=1)):
        ends_after(frame.encode(), wire.BAD_FRAME)


@check
def stream_number_used_twice():
    put = Frame(wire.REQUEST, 0, 1, wire.PUT, FOREVER,
                store.PutRequest(key=key("twice")).SerializeToString())
    ends_after(put.encode() + put.encode(), wire.BAD_FRAME)


@check
def no_hello():
    client = Client(ADDRESS, hello=False)
    client.send_raw(ping_frame())
    ends(client, wire.BAD_FRAME)


@check
def second_hello():
    ends_after(Frame(wire.HELLO, body=wire.Hello().SerializeToString()).encode(), wire.BAD_FRAME)


@check
def garbage_after_a_good_frame():
    client = connect()
    stream = client.open(wire.PUT, store.PutRequest(key=key("good"), value=b"1"))
    equal(client.next(stream).type, wire.RESPONSE, "the answer to the good frame")
    client.send_raw(ping_frame() + b"garbage")
    equal(client.receive().body, b"x", "the echo")
    ends(client, wire.BAD_MAGIC)


@check
def truncated_frame_then_close():
    frame = Frame(wire.REQUEST, 0, 1, wire.PUT, FOREVER,
                  store.PutRequest(key=key("cut"), value=b"1").SerializeToString()).encode()
    for count in (1, HEADER_SIZE - 1, HEADER_SIZE, len(frame) - 1):
        with connect() as client:
            client.send_raw(frame[:count])
    with connect() as client:
        equal(client.range(key("cut")).count, 0, "what was cut off")


@check
def frame_in_many_pieces():
    with connect() as client:
        for byte in ping_frame():
            client.send_raw(bytes([byte]))
        equal(client.receive().body, b"x")


def hello_refused(code, **fields):
    client = Client(ADDRESS, hello=False, **fields)
    client.send(Frame(wire.HELLO, body=client.hello.SerializeToString()))
    ends(client, code)


@check
def unknown_required_feature():
    hello_refused(wire.UNKNOWN_FEATURE, required_features=1 << 63)


@check
def unknown_optional_feature_is_skipped():
    with connect(optional_features=1 << 63) as client:
        client.ping()


@check
def another_cluster_and_member():
    with connect() as client:
        cluster, member = client.peer.cluster_id, client.peer.member_id
    with connect(cluster_id=cluster, target_id=member) as client:
        client.ping()
    hello_refused(wire.CLUSTER_MISMATCH, cluster_id=cluster ^ 1)
    hello_refused(wire.MEMBER_MISMATCH, target_id=member ^ 1)


@check
def hello_that_does_not_parse():
    client = Client(ADDRESS, hello=False)
    client.send(Frame(wire.HELLO, body=b"\x4a\xff"))
    ends(client, wire.BAD_MESSAGE)


@check
def credit_overrun():
    client = connect()
    given = max(client.peer.stream_credit, client.peer.connection_credit)
    sent = 0
    try:
        while sent <= given:
            body = bytes(min(given - sent + 1, 1 << 20))
            client.send(Frame(wire.STREAM, 0, 1, wire.PUT, body=body))
            sent += len(body)
    except ConnectionError:
        pass  # it was refused before all was sent
    ends(client, wire.CREDIT_OVERRUN)


# What a client must not send: one call. The connection lives on.


def call_refused(code, action, **fields):
    with connect(**fields) as client:
        error = refused(code, lambda: action(client))
        client.ping()
        return error


@check
def unknown_method():
    call_refused(wire.UNKNOWN_METHOD, lambda client: client.call(9999, b""))
    call_refused(wire.UNKNOWN_METHOD, lambda client: client.call(0, b""))


@check
def body_that_does_not_parse():
    for method in (wire.PUT, wire.RANGE, wire.TXN, wire.WATCH, wire.LEASE_GRANT):
        call_refused(wire.BAD_MESSAGE, lambda client: client.call(method, b"\x0a\xff\x01"))


@check
def transactions_nested_too_deep():
    txn = store.TxnRequest()
    for _ in range(40):
        txn = store.TxnRequest(success=[store.Operation(txn=txn)])
    call_refused(wire.BAD_MESSAGE, lambda client: client.call(wire.TXN, txn))


@check
def deadline_zero():
    request = store.PutRequest(key=key("late"), value=b"1")
    call_refused(wire.DEADLINE_EXCEEDED, lambda client: client.call(wire.PUT, request, 0))
    with connect() as client:
        equal(client.range(key("late")).count, 0, "what came too late")


@check
def empty_key():
    call_refused(wire.KEY_EMPTY, lambda client: client.put(b"", b"1"))
    call_refused(wire.KEY_EMPTY, lambda client: client.range(b""))
    call_refused(wire.KEY_EMPTY, lambda client: client.delete(b""))


@check
def over_long_key():
    longest = key(b"k" * (4096 - len(PREFIX)))
    with connect() as client:
        client.put(longest, b"1")
        equal(client.range(longest).count, 1)
        client.delete(longest)
    call_refused(wire.KEY_TOO_LONG, lambda client: client.put(longest + b"k", b"1"))


@check
def binary_keys():
    with connect() as client:
        for each in (b"\0", b"\xff\xfe", bytes(range(256)), b"\n\r\x1b[31m"):
            client.put(key(each), each[::-1])
            equal(client.range(key(each)).kvs[0].value, each[::-1])


@check
def value_over_the_limit():
    with connect() as client:
        client.put(key("large"), b"v" * (1 << 20))
        equal(len(client.range(key("large")).kvs[0].value), 1 << 20)
        client.delete(key("large"))
    call_refused(wire.VALUE_TOO_LARGE,
                 lambda client: client.put(key("large"), b"v" * ((1 << 20) + 1)))


@check
def unknown_lease():
    missing = 0x7EADBEEF
    for action in (lambda client: client.put(key("x"), b"1", lease=missing),
                   lambda client: client.revoke(missing),
                   lambda client: client.keep_alive(missing),
                   lambda client: client.time_to_live(missing)):
        call_refused(wire.LEASE_NOT_FOUND, action)


@check
def lease_of_no_length():
    for ttl in (0, -1, 9_000_000_001):
        call_refused(wire.INVALID_ARGUMENT, lambda client: client.grant(ttl))


@check
def future_revision():
    with connect() as client:
        now = client.put(key("now"), b"1").header.revision
    error = call_refused(wire.FUTURE_REVISION,
                         lambda client: client.range(key("now"), revision=now + 1_000_000))
    if error.revision < now:
        raise AssertionError(f"the newest revision is said to be {error.revision}, below {now}")


@check
def compacted_revision():
    with connect() as client:
        first = client.put(key("compacted"), b"1").header.revision
        second = client.put(key("compacted"), b"2").header.revision
        client.compact(second)
        equal(client.range(key("compacted"), revision=second).kvs[0].value, b"2")
    error = call_refused(wire.COMPACTED,
                         lambda client: client.range(key("compacted"), revision=first))
    equal(error.revision, second, "the oldest revision")
    error = call_refused(wire.COMPACTED,
                         lambda client: client.watch(key("compacted"), start_revision=first).next())
    equal(error.revision, second, "the oldest revision")
    call_refused(wire.COMPACTED, lambda client: client.compact(first))
    call_refused(wire.FUTURE_REVISION, lambda client: client.compact(second + 1_000_000))


@check
def range_with_end_before_start():
    for action in (lambda client: client.range(key("b"), key("a")),
                   lambda client: client.range(key("b"), key("b")),
                   lambda client: client.delete(key("b"), key("a")),
                   lambda client: client.watch(key("b"), key("a"))):
        call_refused(wire.INVALID_ARGUMENT, action)


@check
def transactions_that_are_refused_leave_nothing():
    put = store.Operation(put=store.PutRequest(key=key("refused"), value=b"1"))
    call_refused(wire.DUPLICATE_KEY, lambda client: client.txn([], [put, put]))
    many = [store.Operation(put=store.PutRequest(key=key(f"refused/{index}")))
            for index in range(129)]
    call_refused(wire.TOO_MANY_OPERATIONS, lambda client: client.txn([], many))
    missing = store.Operation(put=store.PutRequest(key=key("refused/2"), lease=0x7EADBEEF))
    call_refused(wire.LEASE_NOT_FOUND, lambda client: client.txn([], [put, missing]))
    with connect() as client:
        equal(client.range(key("refused"), key("refused0")).count, 0, "what was left behind")


@check
def keeping_what_is_not_there():
    call_refused(wire.KEY_NOT_FOUND,
                 lambda client: client.put(key("never"), ignore_value=True))


def run(function):
    try:
        function()
        healthy()
        print(f"ok      {function.__name__}", flush=True)
        return True
    except Exception as error:  # one check's failure must not hide the others
        print(f"FAILED  {function.__name__}: {type(error).__name__}: {error}", flush=True)
        traceback.print_exc()
        return False


def main():
    global ADDRESS
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    ADDRESS = sys.argv[1]
    try:
        connect().close()
    except OSError as error:
        sys.exit(f"test_client.py: cannot reach a store at '{ADDRESS}': {error}. Is it running?")
    wanted = [each for each in CHECKS if not sys.argv[2:] or each.__name__ in sys.argv[2:]]
    failed = [each.__name__ for each in wanted if not run(each)]
    print(f"{len(wanted) - len(failed)} of {len(wanted)} checks passed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
