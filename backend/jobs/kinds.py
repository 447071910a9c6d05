"""The table of job kinds: what runs on the devices, who takes the results, who may start it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from django.utils.module_loading import import_string

from customers.models import Customer
from devices.models import Device
from jobs.enums import JobKind
from jobs.models import Job, JobTarget
from networkops.errors import NetworkError
from networkops.types import PROBES, RetryPolicy
from users.models import User
from users.permissions import Permission


@dataclass(frozen=True, slots=True)
class Finished:
    """A target whose device is done: with a result of the kind's task, or with an error."""

    target: JobTarget
    result: Any = None
    error: NetworkError | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler made of a `Finished`: JSON for the target, lines for the log, an error that fails it after all."""

    result: dict[str, Any]
    error: NetworkError | None = None
    line: str = ""
    level: str = "info"


Check = Callable[[User | None, Customer, dict[str, Any], Sequence[Device]], None]
"""Called before a job is written, with who asks (a schedule: None), parameters and devices. Raises BadParams,
NotAllowed."""

Recheck = Callable[[Job, Mapping[int, Device]], dict[int, NetworkError]]
"""Called before a shard runs, with the devices by target id; returns the targets that must not run, and why."""

Handler = Callable[[Job, Sequence[Finished]], dict[int, Outcome]]
"""Called in the transaction that ends the targets; returns an outcome per target id."""


@dataclass(frozen=True, slots=True)
class BackupParams:
    """A configuration backup."""

    timeout_s: int = 60


@dataclass(frozen=True, slots=True)
class ReachabilityParams:
    """A reachability check: so many TCP connects, and so many ICMP echoes, to each device."""

    count: int = PROBES
    timeout_s: int = 10


@dataclass(frozen=True, slots=True)
class CommandsParams:
    """Commands, in their order. `beyond_list`: such as are not known to only read, too."""

    commands: list[str] = field(default_factory=list)
    beyond_list: bool = False
    command_timeout_s: int = 60
    timeout_s: int = 300


@dataclass(frozen=True, slots=True)
class TopologyParams:
    """Asking devices for their neighbours."""

    timeout_s: int = 60


@dataclass(frozen=True, slots=True)
class FactsParams:
    """Asking devices what they are, and for their interfaces."""

    timeout_s: int = 90


@dataclass(frozen=True, slots=True)
class Kind:
    """How webnet runs one kind of job; on the device, that is the engine's task of the same name.

    The handler is a dotted path, because its app stands above this one.
    """

    handler_path: str
    params: type[BackupParams | ReachabilityParams | CommandsParams | TopologyParams | FactsParams]
    permission: Permission
    changes_device: bool
    needs_login: bool
    retry: RetryPolicy
    width: int = 1
    """So many times the usual number of devices are in one shard, and in work at once: for what hardly works."""
    check_path: str = ""
    recheck_path: str = ""

    @property
    def handler(self) -> Handler:
        handler: Handler = import_string(self.handler_path)
        return handler

    def check(self, actor: User | None, customer: Customer, params: dict[str, Any], devices: Sequence[Device]) -> None:
        if self.check_path:
            check: Check = import_string(self.check_path)
            check(actor, customer, params, devices)

    def recheck(self, job: Job, devices: Mapping[int, Device]) -> dict[int, NetworkError]:
        if not self.recheck_path:
            return {}
        recheck: Recheck = import_string(self.recheck_path)
        return recheck(job, devices)

    def changes(self, params: Mapping[str, Any]) -> bool:
        """Whether a job with these parameters may change a device: then nothing is ever sent to it twice."""
        return self.changes_device or bool(params.get("beyond_list"))


KINDS: dict[str, Kind] = {
    JobKind.CONFIG_BACKUP: Kind(
        handler_path="config_mgmt.services.keep_snapshots",
        params=BackupParams,
        permission=Permission.RUN_READ_JOBS,
        changes_device=False,
        needs_login=True,
        retry=RetryPolicy(max_attempts=2, backoff_s=2.0),
    ),
    JobKind.REACHABILITY: Kind(
        handler_path="monitoring.services.keep_checks",
        params=ReachabilityParams,
        permission=Permission.RUN_READ_JOBS,
        changes_device=False,
        needs_login=False,
        retry=RetryPolicy(max_attempts=1),
        width=5,
    ),
    JobKind.RUN_COMMANDS: Kind(
        handler_path="commands.services.keep_outputs",
        check_path="commands.services.check_commands",
        recheck_path="commands.services.refused_now",
        params=CommandsParams,
        permission=Permission.RUN_READ_JOBS,
        changes_device=False,
        needs_login=True,
        retry=RetryPolicy(max_attempts=2, backoff_s=2.0),
    ),
    JobKind.TOPOLOGY_DISCOVERY: Kind(
        handler_path="topology.handlers.keep_neighbours",
        params=TopologyParams,
        permission=Permission.RUN_READ_JOBS,
        changes_device=False,
        needs_login=True,
        retry=RetryPolicy(max_attempts=2, backoff_s=2.0),
    ),
    JobKind.REFRESH_FACTS: Kind(
        handler_path="discovery.services.keep_facts",
        params=FactsParams,
        permission=Permission.RUN_READ_JOBS,
        changes_device=False,
        needs_login=True,
        retry=RetryPolicy(max_attempts=2, backoff_s=2.0),
    ),
}


MOST_SECONDS = 3600
MOST_COMMANDS = 20
MOST_PROBES = 20


class BadParams(ValueError):
    """Parameters that the kind does not take; says which and why, one thing a problem."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def read_params(kind: Kind, given: dict[str, Any]) -> dict[str, Any]:
    """The kind's parameters with defaults filled in."""
    defaults = kind.params()
    known = {one.name: getattr(defaults, one.name) for one in fields(kind.params)}
    if unknown := sorted(set(given) - set(known)):
        raise BadParams(f"Unknown parameter {', '.join(unknown)}.")
    return {name: _READERS.get(name, _seconds)(name, given.get(name, default)) for name, default in known.items()}


def _seconds(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_SECONDS:
        raise BadParams(f"{name} is a whole number of seconds from 1 to {MOST_SECONDS}.")
    return value


def _probes(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PROBES:
        raise BadParams(f"{name} is a whole number from 1 to {MOST_PROBES}.")
    return value


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadParams(f"{name} is true or false.")
    return value


def _commands(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise BadParams(f"{name} is a list of at least one command.")
    if len(value) > MOST_COMMANDS:
        raise BadParams(f"{name} holds at most {MOST_COMMANDS} commands.")
    return value


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "commands": _commands,
    "beyond_list": _yes_or_no,
    "count": _probes,
}
"""By a parameter's name; all others are seconds."""
