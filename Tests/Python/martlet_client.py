"""A client for martlet-store, written from proto/ alone.

It needs protoc and the PyPI package protobuf; the .proto files are compiled into a temporary folder
when this module is loaded. One thread, one connection, blocking calls.

    client = Client("127.0.0.1:7001")          # or "unix:/run/martlet/store.sock"
    client.put(b"key", b"value")
    for pair in client.range(b"key").kvs: ...
"""

import importlib
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"


def _compile():
    folder = tempfile.TemporaryDirectory(prefix="martlet-proto-")
    files = sorted(path.name for path in PROTO.glob("*.proto"))
    subprocess.run(["protoc", f"-I{PROTO}", f"--python_out={folder.name}", *files], check=True)
    sys.path.insert(0, folder.name)
    try:
        return folder, *(importlib.import_module(name) for name in ("wire_pb2", "store_pb2"))
    finally:
        sys.path.remove(folder.name)


_folder, wire, store = _compile()

MAGIC = b"M\x01"
HEADER = struct.Struct("<2sBBIIII")  # magic, type, flags, length, stream, method, deadline
HEADER_SIZE = HEADER.size + 4  # and the checksum
MAXIMUM_FRAME = 2 * 1024 * 1024
FOREVER = 0xFFFFFFFF

# Response message of each method, as the comments of wire.Method name them.
RESPONSES = {
    wire.PUT: store.PutResponse,
    wire.RANGE: store.RangeResponse,
    wire.DELETE_RANGE: store.DeleteRangeResponse,
    wire.TXN: store.TxnResponse,
    wire.COMPACT: store.CompactResponse,
    wire.WATCH: store.WatchResponse,
    wire.LEASE_GRANT: store.LeaseGrantResponse,
    wire.LEASE_REVOKE: store.LeaseRevokeResponse,
    wire.LEASE_KEEP_ALIVE: store.LeaseKeepAliveResponse,
    wire.LEASE_TIME_TO_LIVE: store.LeaseTimeToLiveResponse,
    wire.LEASE_LIST: store.LeaseListResponse,
    wire.STATUS: store.StatusResponse,
    wire.MEMBER_LIST: store.MemberListResponse,
}


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


class Frame:
    def __init__(self, type, flags=0, stream=0, method=0, deadline=0, body=b""):
        self.type, self.flags, self.stream = type, flags, stream
        self.method, self.deadline, self.body = method, deadline, body

    def encode(self):
        head = HEADER.pack(MAGIC, self.type, self.flags, len(self.body), self.stream,
                           self.method, self.deadline)
        return head + struct.pack("<I", crc32c(head + self.body)) + self.body

    def __repr__(self):
        return (f"{wire.FrameType.Name(self.type)} stream {self.stream} method {self.method} "
                f"flags {self.flags}, {len(self.body)} bytes")


class CallError(Exception):
    """An ERROR frame: `error` is the wire.Error, `stream` the call, 0 for the connection."""

    def __init__(self, stream, error):
        super().__init__(f"{wire.ErrorCode.Name(error.code)}: {error.message}")
        self.stream, self.error, self.code = stream, error, error.code


class Closed(Exception):
    """The other side has closed the connection."""


class ProtocolError(Exception):
    """The other side does not keep to proto/wire.proto."""


def dial(address, timeout):
    if address.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        sock.connect(address[len("unix:"):])
        return sock
    host, _, port = address.rpartition(":")
    sock = socket.create_connection((host.strip("[]"), int(port)), timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Client:
    """One connection. Hello fields may be given by name: Client(address, stream_credit=100)."""

    def __init__(self, address, timeout=10.0, hello=True, **fields):
        self.sock = dial(address, timeout)
        self.buffer = bytearray()
        self.last_stream = 0
        self.waiting = []  # frames of other calls than the one that was asked about
        self.peer = None
        self.goaway = None
        defaults = dict(maximum_frame=MAXIMUM_FRAME, stream_credit=4 * MAXIMUM_FRAME,
                        connection_credit=16 * MAXIMUM_FRAME, software="martlet-python/1")
        self.hello = wire.Hello(**{**defaults, **fields})
        if hello:
            self.send(Frame(wire.HELLO, body=self.hello.SerializeToString()))
            self.receive_hello()

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Frames.

    def send(self, frame):
        self.send_raw(frame.encode())

    def send_raw(self, data):
        self.sock.sendall(data)

    def _fill(self, count):
        while len(self.buffer) < count:
            try:
                data = self.sock.recv(1 << 20)
            except ConnectionError:
                data = b""
            if not data:
                raise Closed()
            self.buffer += data

    def receive(self):
        """The next frame, whatever it is; checked as a receiver must."""
        self._fill(HEADER_SIZE)
        head = bytes(self.buffer[:HEADER.size])
        magic, type, flags, length, stream, method, deadline = HEADER.unpack(head)
        if magic != MAGIC:
            raise ProtocolError(f"magic {magic!r}")
        if length > self.hello.maximum_frame:
            raise ProtocolError(f"{length} bytes of body, over what was allowed")
        self._fill(HEADER_SIZE + length)
        (checksum,) = struct.unpack_from("<I", self.buffer, HEADER.size)
        body = bytes(self.buffer[HEADER_SIZE:HEADER_SIZE + length])
        if checksum != crc32c(head + body):
            raise ProtocolError("checksum")
        del self.buffer[:HEADER_SIZE + length]
        if type not in wire.FrameType.values() or deadline != 0 and type != wire.REQUEST:
            raise ProtocolError(f"type {type}, deadline {deadline}")
        return Frame(type, flags, stream, method, deadline, body)

    def receive_hello(self):
        frame = self.receive()
        if frame.type in (wire.ERROR, wire.GOAWAY):
            self._serve(frame)
        if frame.type != wire.HELLO or frame.stream != 0 or frame.method != 0:
            raise ProtocolError(f"first frame is {frame}, not HELLO")
        self.peer = wire.Hello.FromString(frame.body)

    def _serve(self, frame):
        """What concerns the connection; true when it was such a frame."""
        if frame.stream != 0:
            return False
        if frame.type == wire.ERROR:
            raise CallError(0, wire.Error.FromString(frame.body))
        if frame.type == wire.PING and frame.flags & wire.ACK == 0:
            self.send(Frame(wire.PING, wire.ACK, body=frame.body))
        if frame.type == wire.GOAWAY:
            self.goaway = wire.Goaway.FromString(frame.body)
        return True

    # Calls.

    def open(self, method, request, deadline=10_000, flags=0):
        """Sends a REQUEST and returns its number. `request` is a message, or bytes as they are."""
        self.last_stream += 1
        body = request if isinstance(request, bytes) else request.SerializeToString()
        self.send(Frame(wire.REQUEST, flags, self.last_stream, method, deadline, body))
        return self.last_stream

    def next(self, stream):
        """The next frame of this call: STREAM or RESPONSE. Raises CallError for ERROR."""
        frame = self._next(stream)
        if frame.type == wire.ERROR:
            raise CallError(stream, wire.Error.FromString(frame.body))
        return frame

    def _next(self, stream):
        for index, frame in enumerate(self.waiting):
            if frame.stream == stream:
                return self.waiting.pop(index)
        while True:
            frame = self.receive()
            if self._serve(frame):
                continue
            if frame.stream == stream:
                return frame
            self.waiting.append(frame)

    def call(self, method, request, deadline=10_000):
        frame = self.next(self.open(method, request, deadline))
        if frame.type != wire.RESPONSE or frame.method != method:
            raise ProtocolError(f"{frame} is no answer to method {method}")
        return RESPONSES[method].FromString(frame.body)

    def ping(self, data=b"?"):
        self.send(Frame(wire.PING, body=data))
        while True:
            frame = self.receive()
            if frame.type == wire.PING and frame.flags & wire.ACK:
                return frame.body
            if not self._serve(frame):
                self.waiting.append(frame)

    def credit(self, stream, count, method=0):
        """Lets the other side send `count` more bytes: on this call, or with stream 0 at all."""
        self.send(Frame(wire.CREDIT, 0, stream, method,
                        body=wire.Credit(bytes=count).SerializeToString()))

    # The store.

    def put(self, key, value=b"", **fields):
        return self.call(wire.PUT, store.PutRequest(key=key, value=value, **fields))

    def range(self, key, range_end=b"", **fields):
        return self.call(wire.RANGE, store.RangeRequest(key=key, range_end=range_end, **fields))

    def range_in_parts(self, key, range_end=b"", **fields):
        """Pairs of any amount, and their count; credit is given back as parts arrive."""
        request = store.RangeRequest(key=key, range_end=range_end, chunked=True, **fields)
        stream, pairs = self.open(wire.RANGE, request), []
        while True:
            frame = self.next(stream)
            part = store.RangeResponse.FromString(frame.body)
            pairs += part.kvs
            if frame.type == wire.RESPONSE:
                return pairs, part.count
            self.credit(stream, len(frame.body), wire.RANGE)
            self.credit(0, len(frame.body))

    def delete(self, key, range_end=b"", **fields):
        return self.call(wire.DELETE_RANGE,
                         store.DeleteRangeRequest(key=key, range_end=range_end, **fields))

    def txn(self, compare=(), success=(), failure=()):
        return self.call(wire.TXN, store.TxnRequest(compare=compare, success=success,
                                                    failure=failure))

    def compact(self, revision):
        return self.call(wire.COMPACT, store.CompactRequest(revision=revision))

    def grant(self, ttl, id=0):
        return self.call(wire.LEASE_GRANT, store.LeaseGrantRequest(ttl=ttl, id=id))

    def revoke(self, id):
        return self.call(wire.LEASE_REVOKE, store.LeaseRevokeRequest(id=id))

    def keep_alive(self, id):
        return self.call(wire.LEASE_KEEP_ALIVE, store.LeaseKeepAliveRequest(id=id))

    def time_to_live(self, id, keys=False):
        return self.call(wire.LEASE_TIME_TO_LIVE,
                         store.LeaseTimeToLiveRequest(id=id, keys=keys))

    def status(self):
        return self.call(wire.STATUS, store.StatusRequest())

    def watch(self, key, range_end=b"", **fields):
        return Watch(self, store.WatchRequest(key=key, range_end=range_end, **fields))


class Watch:
    """A watch: iterate over it for WatchResponse messages. It pays its own way with `refill`."""

    def __init__(self, client, request, refill=True):
        self.client, self.refill, self.received = client, refill, 0
        self.stream = client.open(wire.WATCH, request, deadline=FOREVER)
        first = self.next()
        if not first.created or first.events:
            raise ProtocolError("the first answer of a watch is `created`, without events")
        self.start = first.header.revision

    def next(self):
        frame = self.client.next(self.stream)
        if frame.type != wire.STREAM or frame.method != wire.WATCH:
            raise ProtocolError(f"{frame} in a watch")
        self.received += len(frame.body)
        if self.refill:
            self.give(len(frame.body))
        return store.WatchResponse.FromString(frame.body)

    def give(self, count):
        self.client.credit(self.stream, count, wire.WATCH)
        self.client.credit(0, count)

    def cancel(self):
        """Ends it; returns the code that the other side ends it with."""
        self.client.send(Frame(wire.CANCEL, 0, self.stream, wire.WATCH))
        while True:
            try:
                self.next()
            except CallError as error:
                return error.code

    def __iter__(self):
        while True:
            yield self.next()
