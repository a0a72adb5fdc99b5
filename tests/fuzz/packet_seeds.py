#!/usr/bin/env python3
"""Writes the seeds of fuzz_packet: one small packet a file, below corpus/fuzz_packet."""
import pathlib
import struct

HERE = pathlib.Path(__file__).parent / "corpus" / "fuzz_packet"
V4 = bytes([192, 0, 2, 10]), bytes([198, 51, 100, 7])
V6 = bytes.fromhex("20010db8000000000000000000000010"), bytes.fromhex("20010db8000100000000000000000007")

TCP = struct.pack("!HHIIBBHHH", 41234, 443, 1, 0, 0x50, 0x02, 64240, 0, 0)
UDP = struct.pack("!HHHH", 41234, 53, 12, 0) + b"\0\1\1\0"
SCTP = struct.pack("!HHII", 41234, 36412, 0, 0)
ECHO = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
ECHO_V6 = struct.pack("!BBHHH", 128, 0, 0, 7, 1)


def ipv4(protocol, payload, fragment=0, options=b""):
    words = 5 + len(options) // 4
    return struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, 4 * words + len(payload), 1, fragment, 64, protocol, 0,
                       *V4) + options + payload


def ipv6(protocol, payload):
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64, *V6) + payload


def extension(following, units=0):
    """Hop-by-hop, routing and destination options have the same frame."""
    return struct.pack("!BB", following, units) + b"\1\4" + bytes(4 + 8 * units)


def fragment(following, offset, more):
    return struct.pack("!BBHI", following, 0, offset << 3 | more, 7)


SEEDS = {
    "v4_tcp": ipv4(6, TCP),
    "v4_tcp_options": ipv4(6, TCP, options=b"\x94\x04\0\0"),
    "v4_udp": ipv4(17, UDP),
    "v4_echo": ipv4(1, ECHO),
    "v4_sctp": ipv4(132, SCTP),
    "v4_gre": ipv4(47, b"\0\0\x08\0"),
    "v4_first_fragment": ipv4(17, UDP, fragment=0x2000),
    "v4_later_fragment": ipv4(17, UDP, fragment=0x0001),
    "v4_unreachable": ipv4(1, struct.pack("!BBHI", 3, 3, 0, 0) + ipv4(17, UDP)),
    "v4_cut": ipv4(6, TCP)[:22],
    "v6_tcp": ipv6(6, TCP),
    "v6_udp": ipv6(17, UDP),
    "v6_echo": ipv6(58, ECHO_V6),
    "v6_hop_by_hop": ipv6(0, extension(58) + ECHO_V6),
    "v6_chain": ipv6(0, extension(43) + extension(60, 1) + extension(44) + fragment(6, 0, 1) + TCP),
    "v6_first_fragment": ipv6(44, fragment(17, 0, 1) + UDP),
    "v6_later_fragment": ipv6(44, fragment(17, 64, 0) + UDP),
    "v6_unreachable": ipv6(58, struct.pack("!BBHI", 1, 4, 0, 0) + ipv6(17, UDP)),
    "v6_authentication": ipv6(51, struct.pack("!BBHII", 6, 1, 0, 1, 1) + TCP),
    "v6_long_extension": ipv6(60, struct.pack("!BB", 6, 255) + bytes(6)),
    "no_version": b"\0",
}

for name, packet in SEEDS.items():
    (HERE / name).write_bytes(packet)
