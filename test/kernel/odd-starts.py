"""Conversations over loopback that begin in odd ways, both ends in this one thread: a piece is written when the one before
it was read, and what is read at a time is said here, so that every system call is as planned.

Prints its port, when the connections that are older than the capture are there. Then `go` on standard input holds the
conversations and prints a JSON line with the client's port of each, and `more` moves bytes on those that a capture should
leave alone. They end with standard input.
"""
import json, socket, ssl, struct, sys

CLIENT_SSL = 0x800
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
address = listener.getsockname()
UNANSWERED = bytes(range(256)) * 32  # 8 KiB, no beginning of anything


def connection():
    client = socket.create_connection(address)
    server, _ = listener.accept()
    for each in (client, server):
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client, server


def read(source, size):
    """Each call of recv asks for what is left of `size`."""
    left = size
    while left:
        data = source.recv(left)
        assert data, "the other end closed"
        left -= len(data)


def say(source, target, data, written=(), taken=()):
    """Writes pieces of these sizes, and the rest; of each piece reads parts of these sizes, and the rest."""
    for piece in cut(data, written):
        source.sendall(piece)
        for part in cut(piece, taken):
            read(target, len(part))


def cut(data, sizes):
    at = 0
    for size in sizes:
        if at + size >= len(data):
            break
        yield data[at : at + size]
        at += size
    yield data[at:]


def packet(sequence, payload):
    return struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload


def eof(sequence):
    return packet(sequence, b"\xfe\0\0\2\0")


CAPABILITIES = 0x000AA205 | CLIENT_SSL  # PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, TRANSACTIONS
greeting = packet(
    0,
    b"\n8.0.36\0" + struct.pack("<I", 7) + b"saltsalt\0" + struct.pack("<HBHH", CAPABILITIES & 0xFFFF, 255, 2, CAPABILITIES >> 16)
    + b"\x15" + bytes(10) + b"saltsaltsalt\0" + b"mysql_native_password\0",
)
asked = struct.pack("<IIB", CAPABILITIES & ~CLIENT_SSL, 1 << 24, 45) + bytes(23)
login = packet(1, asked + b"app\0\0mysql_native_password\0")
ssl_request = packet(1, struct.pack("<IIB", CAPABILITIES, 1 << 24, 45) + bytes(23))
logged_in = packet(2, b"\0\0\0\2\0\0\0")
definition = packet(2, b"\3def\0\0\0\1x\1c\x0c\x3f\0\0\0\0\0\xfd\0\0\0\0\0")
answer = packet(1, b"\1") + definition + eof(3) + packet(4, b"\1v") + eof(5)


def query(name):
    return packet(0, b"\3SELECT '" + name.encode() + b"'")


def mysql_login(ends, written=(), taken=(), start=0):
    client, server = ends
    say(server, client, greeting[start:], written, taken)
    say(client, server, login, written, taken)
    say(server, client, logged_in, written, taken)


def mysql_query(name, ends, written=(), taken=()):
    client, server = ends
    say(client, server, query(name), written, taken)
    say(server, client, answer, written, taken)


def mysql(name, ends, written=(), taken=()):
    mysql_login(ends, written, taken)
    mysql_query(name, ends, written, taken)


def request(name):
    return f"GET /{name.replace(' ', '-')} HTTP/1.1\r\nHost: odd\r\n\r\n".encode()


response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def http(name, ends, written=(), before=b"", start=0):
    client, server = ends
    say(client, server, (before + request(name))[start:], written)
    say(server, client, response, written)


proxy_v1 = b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 3306\r\n"
proxy_v2 = (
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(">H4s4sHH", 12, bytes([192, 0, 2, 2]), bytes([198, 51, 100, 1]), 56325, 3306)
)


def behind_proxy(name, ends, header, written=()):
    client, server = ends
    say(client, server, header, written)
    mysql(name, ends)


def http_behind_proxy(name, ends, header, written=()):
    """In one piece where nothing else is said; then a second request on the same connection."""
    http(name, ends, written, header)
    http(name + " again", ends)


def encrypted(side):
    """Without a certificate: the key exchange is anonymous."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if side == "server" else ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if side == "client":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("AECDH-AES256-SHA:@SECLEVEL=0")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    return context.wrap_bio(incoming, outgoing, server_side=side == "server"), incoming, outgoing


def tls(ends, inside, written=()):
    """A whole handshake, then `inside` from the client, all of it moved by this thread."""
    far = {"client": (ends[0], ends[1], encrypted("client")), "server": (ends[1], ends[0], encrypted("server"))}
    open_sides = {"client", "server"}
    for side in ["client", "server"] * 8:
        source, target, (session, _, outgoing) = far[side]
        if side in open_sides:
            try:
                session.do_handshake()
                open_sides.discard(side)
            except ssl.SSLWantReadError:
                pass
        if outgoing.pending:
            flight = outgoing.read()
            say(source, target, flight, written)
            far["server" if side == "client" else "client"][2][1].write(flight)
    assert not open_sides, "the handshake did not end"
    session, _, outgoing = far["client"][2]
    session.write(inside)
    say(ends[0], ends[1], outgoing.read())


old = {name: connection() for name in ("old mysql", "old mysql in an answer", "old http", "old stranger")}
mysql_login(old["old mysql"])
mysql_login(old["old mysql in an answer"])
client, server = old["old mysql in an answer"]
say(client, server, query("before the capture"))
say(server, client, answer[:5])
http("before the capture", old["old http"])
say(*old["old stranger"], UNANSWERED)

spoken, strange = {}, {"old stranger": old["old stranger"]}
pieces = (1,) * 1000


def begin(name):
    spoken[name] = connection()
    return name, spoken[name]


def stranger(name):
    strange[name] = connection()
    return strange[name]


def converse():
    # their first bytes, then nothing while all the others talk
    silent = {name: begin(name)[1] for name in ("silent", "silent in the header", "silent in the greeting", "silent in the method")}
    say(silent["silent in the header"][1], silent["silent in the header"][0], greeting[:2])
    say(silent["silent in the greeting"][1], silent["silent in the greeting"][0], greeting[:6])
    say(*silent["silent in the method"], request("silent in the method")[:2])

    mysql(*begin("byte by byte"), pieces)
    mysql(*begin("two pieces"), (2,))
    mysql(*begin("three pieces"), (4, 3))
    mysql(*begin("header written alone"), (4,))
    mysql(*begin("header read alone"), (), (4,))
    mysql(*begin("read byte by byte"), (), pieces)
    behind_proxy(*begin("proxy v1"), proxy_v1)
    behind_proxy(*begin("proxy v1 in pieces"), proxy_v1, (3, 4, 20))
    behind_proxy(*begin("proxy v2"), proxy_v2)
    behind_proxy(*begin("proxy v2 in pieces"), proxy_v2, (1, 3, 1, 7, 4))

    http(*begin("http"))
    http(*begin("http byte by byte"), pieces)
    http(*begin("http in three pieces"), (2, 6))
    http(*begin("http after an empty line"), (), b"\r\n")
    http(*begin("http after an empty line in pieces"), pieces, b"\r\n")
    http_behind_proxy(*begin("http behind proxy v1"), proxy_v1)
    http_behind_proxy(*begin("http behind proxy v1 in pieces"), proxy_v1, pieces)
    http_behind_proxy(*begin("http behind proxy v2"), proxy_v2)
    http_behind_proxy(*begin("http behind proxy v2 in pieces"), proxy_v2, (14, 9, 7))

    for name, ends in old.items():
        if ends in strange.values():
            continue
        spoken[name] = ends
        if name == "old http":
            http(name, ends)
            continue
        if name == "old mysql in an answer":
            say(ends[1], ends[0], answer[5:])
        mysql_query(name, ends)

    client, server = stranger("mysql over tls")
    say(server, client, greeting)
    say(client, server, ssl_request)
    tls((client, server), packet(2, b"a login that nobody reads"))
    client, server = stranger("mysql over tls in pieces")
    say(server, client, greeting, (4,))
    say(client, server, ssl_request, (4,))
    tls((client, server), packet(2, b"a login that nobody reads"), (1, 2))
    client, server = stranger("tls behind proxy")
    say(client, server, proxy_v2)
    tls((client, server), b"GET / HTTP/1.1\r\n\r\n")
    tls(stranger("tls"), b"GET / HTTP/1.1\r\n\r\n")
    tls(stranger("tls in pieces"), b"GET / HTTP/1.1\r\n\r\n", (1, 1, 1, 2))

    client, server = stranger("ssh")
    say(server, client, b"SSH-2.0-OpenSSH_9.2\r\n", (1,))
    say(client, server, b"SSH-2.0-OpenSSH_9.3\r\n")
    say(*stranger("redis"), b"*1\r\n$4\r\nPING\r\n", (1,))
    say(*stranger("postgresql"), struct.pack(">III", 8, 80877103, 0), (1, 3))
    say(*stranger("http/2"), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (5,))

    mysql("silent", silent["silent"])
    mysql_login(silent["silent in the header"], start=2)
    mysql_query("silent in the header", silent["silent in the header"])
    mysql_login(silent["silent in the greeting"], start=6)
    mysql_query("silent in the greeting", silent["silent in the greeting"])
    http("silent in the method", silent["silent in the method"], start=2)


def ports(conversations):
    return {name: client.getsockname()[1] for name, (client, _) in conversations.items()}


print(address[1], flush=True)
for line in sys.stdin:
    if line.strip() == "go":
        converse()
        print(json.dumps({"spoken": ports(spoken), "strange": ports(strange)}), flush=True)
    else:
        for client, server in strange.values():
            for _ in range(16):
                say(client, server, UNANSWERED)
                say(server, client, UNANSWERED)
        print("done", flush=True)
