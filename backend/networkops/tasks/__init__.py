"""The tasks that `engine.stream` knows: plain functions on one host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from networkops.tasks import backup, commands, facts, reachability, topology


@dataclass(frozen=True, slots=True)
class TaskKind:
    """`function(connection, params, log)` where the task logs in, `function(session, params, log)` where not."""

    function: Callable[..., Any]
    needs_login: bool = True


TASKS: dict[str, TaskKind] = {
    "config_backup": TaskKind(backup.fetch_config),
    "run_commands": TaskKind(commands.run_commands),
    "topology_discovery": TaskKind(topology.discover),
    "refresh_facts": TaskKind(facts.read_facts),
    "reachability": TaskKind(reachability.check, needs_login=False),
}
