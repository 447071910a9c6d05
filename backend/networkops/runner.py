"""Nornir as the engine uses it: an inventory from specs, our connection plugins, and a runner that does not wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import AggregatedResult, Task

from networkops.drivers.plugins import SessionNapalm, SessionNetmiko
from networkops.errors import NotConfigured
from networkops.platforms import PLATFORMS
from networkops.session import Session
from networkops.tasks import TaskKind
from networkops.types import HostSpec

# Nornir keeps the plugins of every kind in one dict: names of our own cannot meet those that somebody else registered.
NAPALM, NETMIKO = "webnet_napalm", "webnet_netmiko"


class HandOver:
    """A Nornir runner that starts nothing: it keeps the task for the engine, which paces, times and ends the hosts."""

    def __init__(self) -> None:
        self.task: Task | None = None

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        self.task = task
        return AggregatedResult(task.name)


def prepare(specs: Sequence[HostSpec], work: Callable[..., None]) -> Task:
    """A Nornir task over an inventory of `specs`, ready to be started host by host with `start`."""
    ConnectionPluginRegister.register(NAPALM, SessionNapalm)
    ConnectionPluginRegister.register(NETMIKO, SessionNetmiko)
    hosts = Hosts({str(spec.key): inventory_host(spec) for spec in specs})
    runner = HandOver()
    Nornir(Inventory(hosts=hosts, defaults=Defaults()), runner=runner).run(work)
    if runner.task is None:
        raise RuntimeError("Nornir did not hand its task over")
    return runner.task


def inventory_host(spec: HostSpec, session: Session | None = None) -> Host:
    """A fresh Nornir host; each try has its own, since a Nornir host holds its connections."""
    options = ConnectionOptions(extras={"session": session})
    return Host(
        name=str(spec.key),
        hostname=spec.address,
        port=spec.port,
        username=spec.username,
        platform=spec.platform,
        connection_options={NAPALM: options, NETMIKO: options} if session else {},
    )


def start(task: Task, session: Session, kind: TaskKind, params: Any, end: Callable[..., None]) -> None:
    """Run a copy of `task` on the session's host, in the calling thread."""
    copy = task.copy()
    copy.params = {"session": session, "kind": kind, "params": params, "end": end}  # type: ignore[dict-item]
    copy.start(inventory_host(session.spec, session))


def run_kind(task: Task, session: Session, kind: TaskKind, params: Any) -> Any:
    """The task's work on one host: open what it needs, call its function, close."""
    if not kind.needs_login:
        return kind.function(session, params, session.log)
    row = PLATFORMS.get(session.spec.platform)
    if row is None:
        raise NotConfigured(f"the platform '{session.spec.platform}' is unknown")
    session.log(f"connecting to {session.where} ({row.key}, {'napalm' if row.napalm else 'netmiko'})")
    name = NAPALM if row.napalm else NETMIKO
    connection = task.host.get_connection(name, task.nornir.config)
    try:
        result = kind.function(connection, params, session.log)
        session.result = (result,)
        return result
    finally:
        session.doing = "closing"
        _close(task.host, name, session)


def _close(host: Host, name: str, session: Session) -> None:
    started = time.monotonic()
    try:
        host.close_connection(name)
    except Exception as error:  # the work is done: how the goodbye went changes nothing
        session.log(f"closing took {time.monotonic() - started:.1f} s and failed: {type(error).__name__}", "debug")
