"""What a simulated device is asked to be: its spec, its fault, its links."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

_HOSTNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


class SpecError(ValueError):
    """A spec that no device can be made of; its words name the field."""


class FaultKind(StrEnum):
    """The ways in which a device can misbehave."""

    UNREACHABLE = "unreachable"
    SILENT = "silent"
    WRONG_PASSWORD = "wrong_password"  # a fault's name  # noqa: S105  # nosec B105
    CHANGED_HOST_KEY = "changed_host_key"
    SLOW = "slow"
    HANGS = "hangs"
    CUTS_OFF = "cuts_off"
    GARBAGE = "garbage"
    INVALID_INPUT = "invalid_input"
    CLOSES = "closes"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `delay_ms` is how long a slow device waits before it answers a command."""

    kind: FaultKind
    delay_ms: int = 3000

    @classmethod
    def of(cls, value: Fault | FaultKind | str | Mapping[str, Any] | None) -> Fault | None:
        """A fault from its name, or from `{"kind": …, "delay_ms": …}`; None and "" mean no fault."""
        if isinstance(value, Fault) or not value:
            return value if isinstance(value, Fault) else None
        settings = {"kind": value} if isinstance(value, str) else dict(value)
        try:
            return cls(FaultKind(settings["kind"]), int(settings.get("delay_ms", 3000)))
        except (KeyError, ValueError, TypeError) as error:
            known = ", ".join(FaultKind)
            raise SpecError(f"fault: {value!r} is none of {known}") from error


@dataclass(frozen=True, slots=True)
class Link:
    """A cable from one of this device's interfaces to another device's, as LLDP tells it."""

    interface: str
    peer: str
    peer_interface: str
    peer_address: str = ""
    """Where the peer says that it is managed; empty: it does not say."""


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """One device. `hostname` is its name in the fleet and seeds all that is made up about it.

    `platform` is one of `ios`, `eos`, `junos`, `frr`. Port 0 takes a free one. `config_lines` is roughly how long its
    configuration is (0: what its seed says, 150-400). `config` replaces the made-up configuration altogether.
    """

    hostname: str
    platform: str = "ios"
    role: str = ""
    """`switch` or `router`; empty: as the seed says."""
    username: str = "admin"
    password: str = field(default="admin", repr=False)
    enable_secret: str = field(default="", repr=False)
    public_key: str = ""
    """OpenSSH public key that may log in as `username` beside the password."""
    seed: int = 0
    fault: Fault | None = None
    """A fault's name will do as well."""
    latency_ms: float = 0
    address: str = "127.0.0.1"
    port: int = 0
    links: tuple[Link, ...] = ()
    config_lines: int = 0
    config: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not _HOSTNAME.fullmatch(self.hostname):
            raise SpecError(f"hostname: {self.hostname!r} is not a host name")
        object.__setattr__(self, "fault", Fault.of(self.fault))
        if self.role not in ("", "switch", "router"):
            raise SpecError(f"role: {self.role!r} is neither switch nor router")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DeviceSpec:
        """A spec from one JSON object with the same names; unknown names are refused."""
        values = dict(data)
        known = {spec_field.name for spec_field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise SpecError(f"unknown field: {', '.join(unknown)}")
        if "hostname" not in values:
            raise SpecError("hostname: missing")
        values["links"] = tuple(Link(**link) for link in values.get("links", ()))
        return cls(**values)


def load_specs(path: Path) -> list[DeviceSpec]:
    """Specs from a JSON file: a list of objects, or `{"devices": […]}`."""
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SpecError(f"{path}: {error}") from error
    devices = data.get("devices") if isinstance(data, dict) else data
    if not isinstance(devices, list):
        raise SpecError(f"{path}: expected a list of devices")
    return [DeviceSpec.from_json(device) for device in devices]
