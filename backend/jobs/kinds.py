"""The table of job kinds: what runs on the devices, who takes the results, who may start it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.utils.module_loading import import_string

from jobs.enums import JobKind
from jobs.models import Job, JobTarget
from networkops.errors import NetworkError
from networkops.types import RetryPolicy
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


Handler = Callable[[Job, Sequence[Finished]], dict[int, Outcome]]
"""Called in the transaction that ends the targets; returns an outcome per target id."""


@dataclass(frozen=True, slots=True)
class BackupParams:
    """A configuration backup."""

    timeout_s: int = 60


@dataclass(frozen=True, slots=True)
class ReachabilityParams:
    """A reachability check."""

    timeout_s: int = 10


@dataclass(frozen=True, slots=True)
class Kind:
    """How webnet runs one kind of job; on the device, that is the engine's task of the same name.

    The handler is a dotted path, because its app stands above this one.
    """

    handler_path: str
    params: type[BackupParams] | type[ReachabilityParams]
    permission: Permission
    changes_device: bool
    needs_login: bool
    retry: RetryPolicy

    @property
    def handler(self) -> Handler:
        handler: Handler = import_string(self.handler_path)
        return handler


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
        handler_path="jobs.handlers.keep_reachability",
        params=ReachabilityParams,
        permission=Permission.RUN_READ_JOBS,
        changes_device=False,
        needs_login=False,
        retry=RetryPolicy(max_attempts=1),
    ),
}


MOST_SECONDS = 3600


class BadParams(ValueError):
    """Parameters that the kind does not take; says which and why."""


def read_params(kind: Kind, given: dict[str, Any]) -> dict[str, Any]:
    """The kind's parameters with defaults filled in. All of today's are whole numbers of seconds."""
    known = {field.name: field.default for field in fields(kind.params)}
    if unknown := sorted(set(given) - set(known)):
        raise BadParams(f"Unknown parameter {', '.join(unknown)}.")
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_SECONDS:
            raise BadParams(f"{name} is a whole number of seconds from 1 to {MOST_SECONDS}.")
    return {**known, **given}
