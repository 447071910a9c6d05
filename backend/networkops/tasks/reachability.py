"""Is the device there: TCP connect and ICMP echo, with latency, without a login."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

from networkops.session import Session
from networkops.types import Log, Reached

ICMP_TIMEOUT_S = 1.0


def check(session: Session, params: Mapping[str, Any], log: Log) -> Reached:
    """Latencies of a TCP connect to the management port and of one ICMP echo. Raises HostUnreachable. No params."""
    started = time.perf_counter()
    sock = session.connect()
    tcp_ms = (time.perf_counter() - started) * 1000
    session.doing = "waiting for an ICMP echo"
    try:
        icmp_ms = ping(sock.getpeername()[0], sock.family, min(ICMP_TIMEOUT_S, session.remaining()))
        icmp = "no answer" if icmp_ms is None else f"{icmp_ms:.1f} ms"
    except PermissionError:
        icmp_ms, icmp = None, "not permitted on this machine"
    log(f"reachable: TCP {tcp_ms:.1f} ms, ICMP {icmp}")
    return Reached(round(tcp_ms, 2), None if icmp_ms is None else round(icmp_ms, 2))


def ping(address: str, family: int, timeout_s: float) -> float | None:
    """Milliseconds of one echo, None without an answer. Raises PermissionError where the kernel allows us no ICMP."""
    ipv6 = family == socket.AF_INET6
    protocol = socket.getprotobyname("ipv6-icmp") if ipv6 else socket.IPPROTO_ICMP
    try:
        with socket.socket(family, socket.SOCK_DGRAM, protocol) as sock:
            sock.settimeout(timeout_s)
            started = time.perf_counter()
            sock.sendto(_echo_request(ipv6), (address, 0))
            # The kernel passes a datagram ICMP socket only the answers to its own identifier.
            sock.recv(1024)
            return (time.perf_counter() - started) * 1000
    except PermissionError:
        raise
    except OSError:
        return None


def _echo_request(ipv6: bool) -> bytes:
    # The kernel fills in the identifier and the checksum.
    return struct.pack("!BBHHH", 128 if ipv6 else 8, 0, 0, 0, 1) + os.urandom(16)
