"""The words that jobs and the engine exchange: host specs in, events out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from networkops.errors import NetworkError
from networkops.platforms import Platform


@dataclass(frozen=True, slots=True)
class HostSpec:
    """All that a run needs to know of one device. `key` names it in events (the job target's id)."""

    key: int
    hostname: str
    address: str
    port: int
    platform: str
    """A key of `networkops.platforms.PLATFORMS`."""
    username: str
    password: str = field(repr=False, default="")
    enable_secret: str = field(repr=False, default="")
    private_key: str = field(repr=False, default="")
    """PEM or OpenSSH text; used instead of the password where set."""
    host_key: str = ""
    """Pinned key as `"ssh-ed25519 AAAA…"`; empty: pin the one that is seen first."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Connection options of the device's record, e.g. `{"legacy_ssh": true}`."""
    attempt: int = 1
    """Number of this host's first try in this run; above 1 after a lost worker."""
    rate_keys: tuple[str, ...] = ()
    """Names of the connect-rate budgets it draws from, e.g. `("site:3", "credential:7")`."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a retryable error is tried again; `backoff_s` doubles with each try."""

    max_attempts: int = 1
    backoff_s: float = 2.0


@dataclass(frozen=True, slots=True)
class HostStarted:
    """A thread took the host up."""

    key: int
    at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line for the job's log. `level` is one of debug, info, warning, error."""

    key: int
    at: datetime
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class HostKeySeen:
    """First contact: the key that the device showed and that this run has pinned."""

    key: int
    host_key: str


@dataclass(frozen=True, slots=True)
class HostDone:
    """The host's end in this run; exactly one per host. `error` is None when it succeeded."""

    key: int
    at: datetime
    attempts: int
    duration_s: float
    result: Any = None
    error: NetworkError | None = None


Event = HostStarted | Line | HostKeySeen | HostDone

Admit = Callable[[HostSpec], float]
"""Asked in the iterator's own thread before each connect: seconds to wait until this host may connect.

0 grants the connect, which follows at once; anything else refuses it, and the host is asked for again after that time.
A refusal holds up the hosts behind it that draw from the same budgets, unless it is `Alone`.
"""


class Alone(float):
    """Seconds for which this one host is refused."""


class Log(Protocol):
    """How a task writes a line of the job's log. `level` is one of debug, info, warning, error."""

    def __call__(self, text: str, level: str = "info") -> None: ...


class Connection(Protocol):
    """What a task sees of a device, whatever the driver under it."""

    def show(self, command: str, timeout_s: float | None = None) -> str:
        """Output of one exec command, without echo and prompt. Raises NetworkError.

        After a DeviceTimeout the answer may still come, and be taken for the next command's.
        """
        ...

    def running_config(self) -> str:
        """The running configuration as the device prints it, from first line to end marker."""
        ...


class PlatformConnection(Connection, Protocol):
    """A connection that says what platform is behind it."""

    platform: Platform


@dataclass(frozen=True, slots=True)
class FetchedConfig:
    """Result of a backup task. `problems` is empty when the text proved to be whole."""

    text: str = field(repr=False)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A device's answer to one command, its secrets masked."""

    command: str
    text: str = field(repr=False)
    problem: str = ""
    """Why there is no whole answer, in words."""
    is_cut: bool = False
    """The answer went on; the text ends with a line that says so."""
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outputs:
    """Result of a run_commands task: an output for each command, and what fails the device as a whole."""

    outputs: tuple[Output, ...]
    error: NetworkError | None = None


PROBES = 3
"""TCP connects, and ICMP echoes, of a reachability task."""


@dataclass(frozen=True, slots=True)
class Probes:
    """What a number of equal probes found. `times_ms` has an entry for each that was answered."""

    sent: int
    times_ms: tuple[float, ...] = ()
    problem: str = ""
    """Why none could be sent (`sent` is 0), or what the last one that failed was told."""

    @property
    def answered(self) -> int:
        return len(self.times_ms)

    @property
    def lost(self) -> int:
        return self.sent - self.answered

    @property
    def avg_ms(self) -> float | None:
        return sum(self.times_ms) / len(self.times_ms) if self.times_ms else None


@dataclass(frozen=True, slots=True)
class Reached:
    """Result of a reachability task. `error` when no TCP connect succeeded; what ICMP found stands all the same."""

    tcp: Probes
    icmp: Probes
    error: NetworkError | None = None
