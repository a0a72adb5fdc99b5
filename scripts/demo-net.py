#!/usr/bin/python3
"""The demo's programs: an internet of a few services, and the tasks of a small server.

    demo-net.py internet            answers until it is killed; prints "ready" first
    demo-net.py tcp NAME 4|6 PORT   resolve NAME, connect, expect a greeting
    demo-net.py udp NAME 4|6 PORT   resolve NAME, send a datagram, expect it back

Resolving asks the demo's own name server, over IPv4 and over IPv6. Needs nothing but Python's standard library.
"""
import selectors
import socket
import struct
import sys

RESOLVERS = {"4": "203.0.113.53", "6": "2001:db8:2::53"}
HOSTS = {
    "api.example.net": ("198.51.100.20", "2001:db8:2::20"),
    "deb.example.org": ("203.0.113.80", "2001:db8:2::80"),
    "ntp.example.net": ("203.0.113.123", "2001:db8:2::123"),
    "elsewhere.example.com": ("198.51.100.66", "2001:db8:2::66"),
}
RECORD_TYPE = {"4": 1, "6": 28}
FAMILY = {"4": socket.AF_INET, "6": socket.AF_INET6}
TCP_PORTS = (80, 443, 8443)
PATIENCE = 3  # seconds


def question(name, record_type):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return labels + b"\0" + struct.pack("!HH", record_type, 1)


def answer(query):
    """To one DNS question of the plainest kind (RFC 1035, 4.1)."""
    end = query.index(b"\0", 12)
    labels, at = [], 12
    while at < end:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += query[at] + 1
    record_type = struct.unpack("!H", query[end + 1 : end + 3])[0]
    addresses = HOSTS.get(".".join(labels))
    version = {1: "4", 28: "6"}.get(record_type)
    asked = query[12 : end + 5]
    if addresses is None or version is None:
        return query[:2] + struct.pack("!HHHHH", 0x8183, 1, 0, 0, 0) + asked
    data = socket.inet_pton(FAMILY[version], addresses[0 if version == "4" else 1])
    record = struct.pack("!HHHIH", 0xC00C, record_type, 1, 60, len(data)) + data
    return query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + asked + record


def resolve(name, version):
    """Asks over both families, as a host with two name servers does; takes the last answer."""
    address = None
    for transport, server in RESOLVERS.items():
        with socket.socket(FAMILY[transport], socket.SOCK_DGRAM) as asking:
            asking.settimeout(PATIENCE)
            asking.connect((server, 53))
            asked = question(name, RECORD_TYPE[version])
            asking.send(struct.pack("!HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + asked)
            reply = asking.recv(512)
            count = struct.unpack("!H", reply[6:8])[0]
            if count == 0:
                sys.exit(f"no such name: {name}")
            data = reply[12 + len(asked) + 12 :]
            address = socket.inet_ntop(FAMILY[version], data)
    return address


def internet():
    selector = selectors.DefaultSelector()
    for addresses in [tuple(RESOLVERS.values()), *HOSTS.values()]:
        for version, address in zip(("4", "6"), addresses):
            for port in (53, 123):
                service = socket.socket(FAMILY[version], socket.SOCK_DGRAM)
                bind_anywhere(service, address, port)
                selector.register(service, selectors.EVENT_READ, "dns" if port == 53 else "echo")
            for port in TCP_PORTS:
                service = socket.socket(FAMILY[version], socket.SOCK_STREAM)
                service.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                bind_anywhere(service, address, port)
                service.listen()
                selector.register(service, selectors.EVENT_READ, "tcp")
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.data == "tcp":
                connection, _ = key.fileobj.accept()
                connection.sendall(b"hello\n")
                connection.close()
            else:
                data, peer = key.fileobj.recvfrom(512)
                key.fileobj.sendto(answer(data) if key.data == "dns" else data, peer)


def bind_anywhere(service, address, port):
    ip_freebind, ipv6_freebind = 15, 78  # ip(7), linux/in6.h
    if service.family == socket.AF_INET:
        service.setsockopt(socket.IPPROTO_IP, ip_freebind, 1)
    else:
        service.setsockopt(socket.IPPROTO_IPV6, ipv6_freebind, 1)
    service.bind((address, port))


def task(kind, name, version, port):
    types = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
    with socket.socket(FAMILY[version], types[kind]) as talking:
        talking.settimeout(PATIENCE)
        talking.connect((resolve(name, version), int(port)))
        if kind == "udp":
            talking.send(b"what time is it?")
        if not talking.recv(512):
            sys.exit("nothing was said")


if __name__ == "__main__":
    if sys.argv[1:] == ["internet"]:
        internet()
    else:
        try:
            task(*sys.argv[1:])
        except OSError as error:
            sys.exit(f"{' '.join(sys.argv[1:])}: {error}")
