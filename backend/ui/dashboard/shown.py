"""What the dashboard shows: the state of the user's devices and what happened last."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from config_mgmt.models import ConfigSnapshot
from config_mgmt.selectors import latest, snapshots_for
from devices.enums import BackupState, Reachability
from devices.models import Device
from devices.selectors import backup_is, devices_for, tallies
from jobs.enums import JOB_ENDED, JobStatus
from jobs.models import Job
from jobs.selectors import jobs_for
from networkops.platforms import LABELS
from ui.scope import current_customer, customers_of, narrowed, user_of

SHOWN = 8
"""Rows of each of the dashboard's lists."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of the devices, drawn as a bar that leads to the list."""

    label: str
    query: str
    count: int
    width: str
    tone: str = "run"


def overview(request: HttpRequest) -> dict[str, Any]:
    """Everything; the number of queries does not depend on what there is."""
    rows = tallies(narrowed(request, devices_for(user_of(request))))
    counts: Counter[str] = Counter()
    platforms: Counter[str] = Counter()
    for row in rows:
        platforms[row["platform"]] += row["devices"]
        counts[f"is_{row['reachability']}"] += row["devices"]
        for name in ("devices", *BackupState.values):
            counts[name] += row[name]
    return {
        "counts": counts,
        "covered": percent(counts[BackupState.FRESH], counts["devices"]),
        "reachability": _reachability(counts),
        "coverage": _coverage(counts),
        "platforms": _platforms(platforms, counts["devices"]),
        "ended": _jobs(request).filter(status__in=JOB_ENDED)[:SHOWN],
        "failing": _failing(request) if counts[BackupState.FAILING] else [],
        "changes": _changes(request),
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
        **running(request),
    }


def running(request: HttpRequest) -> dict[str, Any]:
    """Jobs under way, each with its counts for the progress bar."""
    jobs = list(_jobs(request).filter(status__in=[JobStatus.QUEUED, JobStatus.RUNNING])[:SHOWN])
    return {"running": [(job, _counts(job)) for job in jobs]}


def _jobs(request: HttpRequest) -> Any:
    jobs = narrowed(request, jobs_for(user_of(request)))
    return jobs.select_related("customer", "requested_by").order_by("-id")


def _counts(job: Job) -> dict[str, int]:
    return {
        "succeeded": job.targets_succeeded,
        "failed": job.targets_failed,
        "skipped": job.targets_other,
        "pending": job.targets_total - job.targets_done,
    }


def _failing(request: HttpRequest) -> list[tuple[Device, ConfigSnapshot | None]]:
    """Devices whose last backup did not end well, the latest first, with the attempt that says why."""
    devices = narrowed(request, devices_for(user_of(request))).filter(backup_is(BackupState.FAILING))
    rows = list(devices.select_related("customer").order_by("-last_backup_at", "-id")[:SHOWN])
    attempts = latest([device.pk for device in rows])
    return [(device, attempts.get(device.pk)) for device in rows]


def _changes(request: HttpRequest) -> Any:
    """Latest new versions but the first ones, which are no change."""
    rows = narrowed(request, snapshots_for(user_of(request))).filter(is_new_version=True, version__gt=1)
    return rows.select_related("device", "customer").order_by("-taken_at", "-id")[:SHOWN]


def _reachability(counts: Counter[str]) -> list[Bar]:
    tones = {Reachability.REACHABLE: "ok", Reachability.UNREACHABLE: "bad", Reachability.UNKNOWN: "off"}
    return [
        _bar(state.label, f"reachability={state.value}", counts[f"is_{state.value}"], counts["devices"], tone)
        for state, tone in tones.items()
    ]


def _coverage(counts: Counter[str]) -> list[Bar]:
    tones = {BackupState.FRESH: "ok", BackupState.STALE: "warn", BackupState.NEVER: "off"}
    return [
        _bar(str(state.label), f"backup={state.value}", counts[state], counts["devices"], tone)
        for state, tone in tones.items()
    ]


def _platforms(platforms: Counter[str], total: int) -> list[Bar]:
    return [_bar(LABELS.get(key, key), f"platform={key}", count, total) for key, count in platforms.most_common(SHOWN)]


def _bar(label: str, query: str, count: int, total: int, tone: str = "run") -> Bar:
    return Bar(label, query, count, f"{count / total * 1000:.1f}" if total else "0", tone)


def percent(part: int, total: int) -> str:
    """Rounded down: 100 % means all of them."""
    return f"{part * 1000 // total / 10:g} %" if total else "–"
