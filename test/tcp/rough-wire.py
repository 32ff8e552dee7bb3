"""A bad wire between two interfaces: forwards Ethernet frames both ways, late, twice, out of order, or not at all.

`rough-wire.py A B SEED` forwards until its standard input ends; `rough-wire.py plain A` first makes what A sends look as it
does on a wire. Works where the kernel has no sch_netem.
"""
import array, fcntl, heapq, random, select, socket, struct, sys, time

SIOCETHTOOL = 0x8946
ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO = 0x17, 0x1F, 0x24
LOST, TWICE, LATE = 0.03, 0.03, 0.15


def make_plain(interface):
    """Frames get the size and the checksum that they would have on a wire."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for command in (ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM):
        value = array.array("B", struct.pack("II", command, 0))
        fcntl.ioctl(sock, SIOCETHTOOL, struct.pack("16sP", interface.encode(), value.buffer_info()[0]))


def opened(interface):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.bind((interface, 0))
    return sock


if sys.argv[1] == "plain":
    make_plain(sys.argv[2])
    sys.exit()
interfaces, seed = sys.argv[1:3], int(sys.argv[3])
chance = random.Random(seed)
ends = [opened(each) for each in interfaces]
waiting, count = [], 0
counts = {"forwarded": 0, "lost": 0, "twice": 0, "late": 0}
print("ready", flush=True)
while True:
    timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else 0.5
    readable, _, _ = select.select([*ends, sys.stdin], [], [], timeout)
    if sys.stdin in readable:
        break
    for end in ends:
        if end not in readable:
            continue
        frame, (_, _, kind, *_) = end.recvfrom(70000)
        if kind == socket.PACKET_OUTGOING:
            continue
        other = ends[1 - ends.index(end)]
        # ARP has nobody who sends it again at once
        is_ip = frame[12:14] == b"\x08\x00"
        if is_ip and chance.random() < LOST:
            counts["lost"] += 1
            continue
        copies = 2 if is_ip and chance.random() < TWICE else 1
        counts["twice"] += copies - 1
        for _ in range(copies):
            late = is_ip and chance.random() < LATE
            counts["late"] += late
            count += 1
            at = time.monotonic() + (chance.random() * 0.02 if late else 0)
            heapq.heappush(waiting, (at, count, other, frame))
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, other, frame = heapq.heappop(waiting)
        try:
            other.send(frame)
            counts["forwarded"] += 1
        except OSError:
            pass
print(counts, flush=True)
