"""The JSON inside jobs and targets as schemas: parameters and results by kind, the summary, a new job's filter."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from api.schema.fields import closed
from api.schema.queries import filter_shape
from config_mgmt.enums import SnapshotStatus
from devices.filters import DeviceFilter
from jobs.enums import JobKind, TargetStatus
from jobs.kinds import KINDS, MOST_SECONDS

COUNT = {"type": "integer", "minimum": 0}
MILLISECONDS = {"type": ["number", "null"], "minimum": 0}


def _params_of(kind: str) -> dict[str, Any]:
    seconds = {"type": "integer", "minimum": 1, "maximum": MOST_SECONDS}
    takes = {field.name: {**seconds, "default": field.default} for field in fields(KINDS[kind].params)}
    return closed(takes, optional=True, words=f"Of a `{kind}`.")


PARAMS = {"description": "What the kind of job takes.", "anyOf": [_params_of(kind) for kind in KINDS]}

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
    JobKind.REACHABILITY: closed({"tcp_ms": MILLISECONDS, "icmp_ms": MILLISECONDS}),
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
