"""The JSON inside jobs and targets as schemas: parameters and results by kind, the summary, a new job's filter."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from api.schema.fields import closed
from api.schema.queries import filter_shape
from config_mgmt.enums import SnapshotStatus
from devices.filters import DeviceFilter
from jobs.enums import JobKind, TargetStatus
from jobs.kinds import KINDS, MOST_COMMANDS, MOST_PROBES, MOST_SECONDS
from networkops.readonly import LONGEST

COUNT = {"type": "integer", "minimum": 0}
MILLISECONDS = {"type": ["number", "null"], "minimum": 0}
PERCENT = {"type": ["number", "null"], "minimum": 0, "maximum": 100}


PRINTABLE = "^[ -~]*[!-~][ -~]*$"
COMMAND = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": PRINTABLE, "format": "command"}
COMMANDS = {"type": "array", "items": COMMAND, "minItems": 1, "maxItems": MOST_COMMANDS}
NEEDED = {"commands"}
MOST = {"count": MOST_PROBES}
"""Of whole numbers that are no seconds."""


def _params_of(kind: str) -> dict[str, Any]:
    defaults = KINDS[kind].params()
    takes: dict[str, Any] = {}
    for name in (field.name for field in fields(KINDS[kind].params)):
        value = getattr(defaults, name)
        if name in NEEDED:
            takes[name] = COMMANDS
        elif isinstance(value, bool):
            takes[name] = {"type": "boolean", "default": value}
        else:
            takes[name] = {"type": "integer", "minimum": 1, "maximum": MOST.get(name, MOST_SECONDS), "default": value}
    shape = closed(takes, optional=True, words=f"Of a `{kind}`.")
    return {**shape, "required": sorted(NEEDED & set(takes))} if NEEDED & set(takes) else shape


def _when(kind: str) -> dict[str, Any]:
    """What a new job of this kind has to say."""
    shape = _params_of(kind)
    then: dict[str, Any] = {"properties": {"params": shape}}
    if "required" in shape:
        then["required"] = ["params"]
    return {"if": {"properties": {"kind": {"const": str(kind)}}, "required": ["kind"]}, "then": then}


PARAMS = {"description": "What the kind of job takes.", "anyOf": [_params_of(kind) for kind in KINDS]}
PARAMS_BY_KIND = [_when(kind) for kind in KINDS]

RESULTS: dict[str, dict[str, Any]] = {
    JobKind.CONFIG_BACKUP: {
        "type": "object",
        "properties": {
            "status": {"type": "string", "enum": SnapshotStatus.values},
            "version": {"type": "integer", "minimum": 1},
            "new_version": {"type": "boolean"},
        },
        "required": ["status"],
        "additionalProperties": False,
    },
    JobKind.RUN_COMMANDS: closed({"commands": COUNT, "answered": COUNT}),
    JobKind.REFRESH_FACTS: closed(
        {
            "interfaces": {**COUNT, "type": ["integer", "null"]},
            "changed": {"type": "array", "items": {"type": "string", "enum": ["model", "os_version", "serial"]}},
            "problems": COUNT,
        }
    ),
    JobKind.TOPOLOGY_DISCOVERY: closed({"neighbours": COUNT}),
    JobKind.REACHABILITY: {
        **closed({"tcp_ms": MILLISECONDS, "tcp_loss": PERCENT, "icmp_ms": MILLISECONDS, "icmp_loss": PERCENT}),
        "required": ["tcp_ms", "icmp_ms"],  # all that older jobs have
    },
}
RESULT = {
    "description": "What the kind of job found out; empty until then.",
    "oneOf": [*RESULTS.values(), closed({}, words="Nothing yet.")],
}

SUMMARY = closed(
    {
        "targets": closed(dict.fromkeys(TargetStatus.values, COUNT), optional=True, words="Targets by status."),
        "reasons": {
            "type": "object",
            "description": "Failed targets by reason.",
            "additionalProperties": closed({"count": COUNT, "devices": {"type": "array", "items": {"type": "string"}}}),
        },
    },
    optional=True,
    words="Empty until the job has ended.",
)

WITHOUT = frozenset({"customer"})
FILTER = closed(
    filter_shape(DeviceFilter, WITHOUT), optional=True, words="Which of the customer's devices; empty for all of them."
)
