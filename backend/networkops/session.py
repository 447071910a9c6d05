"""One try on one host: its deadline, its sockets, what it is doing, and the way its events take to the iterator."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from networkops.errors import Cancelled, DeviceTimeout, HostUnreachable, NetworkError, TooMuchOutput
from networkops.types import Event, HostKeySeen, HostSpec, Line

MOST_BYTES = 16 * 2**20
"""Longest answer to one command. The largest routers' configurations have a few megabytes."""
CONNECT_TIMEOUT_S = 10.0
"""Silence on a TCP connect means unreachable long before a host's whole time is up."""


def seconds(value: float) -> str:
    """`30 s`, `2.5 s`: for messages."""
    return f"{value:.1f} s" if value < 10 and value != int(value) else f"{value:.0f} s"


class Session:
    """Lives in the thread that works on the host; only `abort` and `timed_out` are called from outside it."""

    def __init__(self, spec: HostSpec, timeout_s: float, emit: Callable[[Event], None]) -> None:
        self.spec = spec
        self.host_key = spec.host_key
        self.timeout_s = timeout_s
        self.deadline = time.monotonic() + timeout_s
        self.doing = "starting"
        self.received = 0
        self.tail = ""
        self.result: tuple[object] | None = None
        """What the task returned, once it has."""
        self._emit = emit
        self._aborted = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    @property
    def where(self) -> str:
        """`10.0.0.1:22`, `[2001:db8::1]:22`."""
        host = f"[{self.spec.address}]" if ":" in self.spec.address else self.spec.address
        return f"{host}:{self.spec.port}"

    def log(self, text: str, level: str = "info") -> None:
        """One line for the job's log."""
        self._emit(Line(self.spec.key, datetime.now(UTC), level, text))

    def key_seen(self, host_key: str) -> None:
        """First contact: pin this key."""
        self.host_key = host_key
        self._emit(HostKeySeen(self.spec.key, host_key))

    def count(self, received: int) -> None:
        """So many bytes more have come for the command under way. Raises TooMuchOutput."""
        self.received += received
        if self.received > MOST_BYTES:
            raise TooMuchOutput(f"more than {MOST_BYTES // 2**20} MB came while {self.doing}; it was given up")

    def remaining(self) -> float:
        """Seconds until the deadline, at least a tenth."""
        return max(0.1, self.deadline - time.monotonic())

    def check(self) -> None:
        """Raise Cancelled when the engine has given this try up."""
        if self._aborted:
            raise Cancelled("given up")

    def connect(self) -> socket.socket:
        """A TCP connection to the device that `abort` can shut down at any moment. Raises HostUnreachable."""
        self.doing = "connecting"
        limit = min(CONNECT_TIMEOUT_S, self.remaining())
        try:
            found = socket.getaddrinfo(self.spec.address, self.spec.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise HostUnreachable(f"the name {self.spec.address} is not known to DNS") from error
        family, kind, proto, _, address = found[0]
        sock = self._track(socket.socket(family, kind, proto))
        try:
            sock.settimeout(limit)
            sock.connect(address)
        except TimeoutError as error:
            raise self._silent(limit) from error
        except OSError as error:
            self.check()
            raise HostUnreachable(
                f"no TCP connection to {self.where}: {(error.strerror or str(error)).lower()}"
            ) from error
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _track(self, sock: socket.socket) -> socket.socket:
        with self._lock:
            if self._aborted:
                sock.close()
                raise Cancelled("given up")
            self._sockets.append(sock)
        return sock

    def abort(self) -> None:
        """From another thread: make everything that waits for the device fail at once."""
        with self._lock:
            self._aborted = True
            for sock in self._sockets:
                _shutdown(sock)

    def hang_up(self) -> None:
        """End of what we have to say: the device hangs up too, and whatever still reads from it sees the end."""
        with self._lock:
            for sock in self._sockets:
                _shutdown(sock, socket.SHUT_WR)

    def release(self) -> None:
        """The thread is through with its sockets."""
        with self._lock:
            for sock in self._sockets:
                _shutdown(sock)  # wakes a transport thread that still reads from it
                sock.close()
            self._sockets.clear()

    def timed_out(self) -> NetworkError:
        """What the deadline means for what the try was doing."""
        if self.doing == "connecting":
            return self._silent(self.timeout_s)
        got = f"; {self.received:,} bytes had arrived" if self.received else ""
        return DeviceTimeout(f"not finished within {seconds(self.timeout_s)}, while {self.doing}{got}")

    def _silent(self, limit: float) -> HostUnreachable:
        return HostUnreachable(f"no TCP connection to {self.where}: no answer within {seconds(limit)}")


def _shutdown(sock: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    try:
        sock.shutdown(how)
    except OSError:
        return  # never connected, or closed already
