"""Is the device there: several TCP connects and ICMP echoes, with latency and loss, without a login."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import struct
import sys
import time
from collections.abc import Mapping
from typing import Any, Protocol

from networkops.errors import HostUnreachable
from networkops.session import Session, seconds
from networkops.types import PROBES, Log, Probes, Reached

GAP_S = 0.2
"""Between two probes, so that they are not lost to the same burst."""
ANSWER_S = 2.0
"""How long the answer to the last probe may take."""
LATE_S = 0.5
"""How late a thread may get its turn on a busy machine."""
NOT_PERMITTED = "not permitted on this machine"
TOKEN_BYTES = 16

# The kernel's own clock: a thread that has to wait for its turn would add that to what it measures.
TCP_INFO = getattr(socket, "TCP_INFO", None)
RTT_AT, RETRANSMITS_AT, TCP_INFO_BYTES = 68, 100, 104
"""Places of `tcpi_rtt` (microseconds) and `tcpi_total_retrans` in Linux's `struct tcp_info`."""
SO_TIMESTAMPNS = 35 if sys.platform == "linux" else None


def check(session: Session, params: Mapping[str, Any], log: Log) -> Reached:
    """Probe the management port and ICMP `count` times at once. A refused or silent port is `Reached.error`.

    A connection is closed as soon as the device takes it: it occupies no line there. Raises HostUnreachable for a name
    that DNS does not know. Nothing is logged: of ten thousand devices one line each is enough, which the result makes.
    """
    session.doing = "connecting"
    family, address = _address(session)
    count = params.get("count", PROBES)
    tcp, icmp = _Tcp(family, address), _Icmp(family, address[0])
    try:
        waited = _probe(session, count, tcp, icmp)
    finally:
        tcp.close()
        icmp.close()
    return _judged(session, tcp.found(), icmp.found(), waited)


def in_words(probes: Probes) -> str:
    """`1.2 ms`, `1.2 ms with 1 of 3 lost`, `no answer`, `not permitted on this machine`."""
    if not probes.sent:
        return probes.problem
    if probes.avg_ms is None:
        return "no answer"
    lost = f" with {probes.lost} of {probes.sent} lost" if probes.lost else ""
    return f"{probes.avg_ms:.1f} ms{lost}"


def _judged(session: Session, tcp: Probes, icmp: Probes, waited: float) -> Reached:
    if tcp.answered:
        return Reached(tcp, icmp)
    why = tcp.problem or f"no answer within {seconds(waited)}"
    words = f"no TCP connection to {session.where}: {why}"
    # what engineers look at next: a device that answers ICMP has power and a route
    if icmp.sent:
        words += f"; ICMP {in_words(icmp)}"
    return Reached(tcp, icmp, HostUnreachable(words))


def _address(session: Session) -> tuple[int, Any]:
    spec = session.spec
    try:
        family, _, _, _, address = socket.getaddrinfo(spec.address, spec.port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise HostUnreachable(f"the name {spec.address} is not known to DNS") from error
    return family, address


class _Prober(Protocol):
    """Sends one probe after the other, and takes the answers that the selector tells of."""

    @property
    def is_waiting(self) -> bool: ...

    def send(self, selector: selectors.BaseSelector) -> None: ...

    def take(self, ready: Any, selector: selectors.BaseSelector) -> None: ...


def _probe(session: Session, count: int, *probers: _Prober) -> float:
    """Send `count` probes by each, and wait for their answers; returns the seconds that the last one was given."""
    left = session.remaining()
    budget = left - max(left / 10, min(LATE_S, left / 2))  # the engine's deadline would lose what was measured
    gap = min(GAP_S, budget / (2 * count))
    answer = min(ANSWER_S, budget - gap * (count - 1))
    started, sent = time.monotonic(), 0
    with selectors.DefaultSelector() as selector:
        while True:
            now = time.monotonic() - started
            if sent < count and now >= sent * gap:
                for prober in probers:
                    prober.send(selector)
                sent += 1
            if sent == count and (now >= gap * (count - 1) + answer or not any(one.is_waiting for one in probers)):
                return answer
            moment = sent * gap if sent < count else gap * (count - 1) + answer
            for key, _ in selector.select(max(0.0, moment - now)):
                key.data.take(key.fileobj, selector)
            session.check()


class _Tcp:
    """TCP connects, each with a socket of its own."""

    def __init__(self, family: int, address: Any) -> None:
        self._family, self._address = family, address
        self._open: dict[socket.socket, float] = {}
        self._sent, self._problem = 0, ""
        self._times: list[float] = []

    @property
    def is_waiting(self) -> bool:
        return bool(self._open)

    def send(self, selector: selectors.BaseSelector) -> None:
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        sock.setblocking(False)
        self._sent += 1
        self._open[sock] = time.perf_counter()
        code = sock.connect_ex(self._address)
        if code == errno.EINPROGRESS:
            selector.register(sock, selectors.EVENT_WRITE, self)
        else:
            self._end(sock, code)

    def take(self, ready: socket.socket, selector: selectors.BaseSelector) -> None:
        selector.unregister(ready)
        self._end(ready, ready.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def _end(self, sock: socket.socket, code: int) -> None:
        took = (time.perf_counter() - self._open.pop(sock)) * 1000
        if code:
            self._problem = os.strerror(code).lower()
        else:
            self._times.append(_round_trip(sock) or took)
        sock.close()

    def found(self) -> Probes:
        return Probes(self._sent, tuple(self._times), self._problem)

    def close(self) -> None:
        for sock in self._open:
            sock.close()


def _round_trip(sock: socket.socket) -> float | None:
    """Milliseconds between our SYN and the answer; None where the kernel does not tell, or had to send it again."""
    if TCP_INFO is None or sys.platform != "linux":
        return None
    info = sock.getsockopt(socket.IPPROTO_TCP, TCP_INFO, TCP_INFO_BYTES)
    if len(info) < TCP_INFO_BYTES or struct.unpack_from("=I", info, RETRANSMITS_AT)[0]:
        return None
    return float(struct.unpack_from("=I", info, RTT_AT)[0]) / 1000


class _Icmp:
    """ICMP echoes over a datagram socket, which needs no privilege where `net.ipv4.ping_group_range` has our group."""

    def __init__(self, family: int, address: str) -> None:
        self._ipv6, self._address = family == socket.AF_INET6, address
        self._open: dict[bytes, tuple[float, int]] = {}
        self._sent, self._problem = 0, ""
        self._times: list[float] = []
        self._sock: socket.socket | None = None
        protocol = socket.getprotobyname("ipv6-icmp") if self._ipv6 else socket.IPPROTO_ICMP
        try:
            self._sock = socket.socket(family, socket.SOCK_DGRAM, protocol)
        except PermissionError:
            self._problem = NOT_PERMITTED
        except OSError as error:
            self._problem = f"not possible on this machine ({(error.strerror or str(error)).lower()})"
        else:
            self._sock.setblocking(False)
            if SO_TIMESTAMPNS:
                self._sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)

    @property
    def is_waiting(self) -> bool:
        return bool(self._open)

    def send(self, selector: selectors.BaseSelector) -> None:
        if self._sock is None:
            return
        if not self._sent:
            selector.register(self._sock, selectors.EVENT_READ, self)
        self._sent += 1
        token = os.urandom(TOKEN_BYTES)
        # The kernel fills in the identifier and the checksum, and passes us the answers to that identifier alone.
        request = struct.pack("!BBHHH", 128 if self._ipv6 else 8, 0, 0, 0, self._sent) + token
        self._open[token] = time.perf_counter(), time.time_ns()
        try:
            self._sock.sendto(request, (self._address, 0))
        except OSError as error:  # lost before it began, for example without a route
            del self._open[token]
            self._problem = (error.strerror or str(error)).lower()

    def take(self, ready: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            answer, told, _, _ = ready.recvmsg(1024, 64)
        except OSError:
            return  # a router on the way says no: the echo stays without an answer
        sent = self._open.pop(answer[-TOKEN_BYTES:], None)
        if sent is not None:
            took = (time.perf_counter() - sent[0]) * 1000
            self._times.append(min(took, _received(told, sent[1]) or took))

    def found(self) -> Probes:
        return Probes(self._sent, tuple(self._times), self._problem)

    def close(self) -> None:
        if self._sock is not None:
            self._sock.close()


def _received(told: list[tuple[int, int, bytes]], sent_ns: int) -> float | None:
    """Milliseconds until the kernel had the answer; None where it does not tell, or the clock was set meanwhile."""
    for level, kind, data in told:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) == 16:
            whole, rest = struct.unpack("=qq", data)
            return max(0.0, whole * 1e9 + rest - sent_ns) / 1e6 or None
    return None
