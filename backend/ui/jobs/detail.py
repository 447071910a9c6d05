"""What a job's page shows: its status, a page of its targets, the last window of its log."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.enums import JobKind, TargetStatus
from jobs.models import Job, JobTarget
from jobs.selectors import retries_of, target_counts, targets_for, targets_in_order
from networkops.errors import ERRORS
from notifications.selectors import deliveries_of
from ui.jobs.log import LEVEL_CHOICES, BadQuery, LogFilter
from ui.jobs.status import status_context
from ui.jobs.window import log_window
from ui.paging import counted_page, searched
from ui.scope import user_of

STATUS_CHOICES = [("", "Any status"), *TargetStatus.choices]


def detail_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """The whole page."""
    user = user_of(request)
    try:
        chosen = LogFilter.from_query(request.GET)
    except BadQuery:
        chosen = LogFilter()
    return {
        **status_context(user, job),
        **targets_context(request, job),
        "retries": retries_of(user, job),
        "deliveries": deliveries_of(user, job) if job.is_ended else (),
        "tabs": job_tabs(job, "log"),
        "window": log_window(job, chosen),
        "log_device": targets_for(user).filter(job=job, device=chosen.device).select_related("device").first(),
        "log_level": ",".join(chosen.levels),
        "level_choices": LEVEL_CHOICES,
        "log_url": reverse("ui:job_log", args=[job.pk]),
        "socket_url": f"/ws/jobs/{job.pk}/",
    }


def job_tabs(job: Job, current: str) -> list[dict[str, Any]]:
    """Pages of a job whose kind has more than a log."""
    if job.kind != JobKind.RUN_COMMANDS:
        return []
    rows = (
        ("log", "Log and devices", "scroll-text", "ui:job_detail"),
        ("outputs", "Outputs", "rows-3", "ui:job_outputs"),
    )
    return [
        {"label": label, "icon": icon, "url": reverse(url, args=[job.pk]), "current": key == current, "count": None}
        for key, label, icon, url in rows
    ]


def targets_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """A page of the targets, filtered and sorted."""
    query = request.GET
    rows = targets_for(user_of(request)).filter(job=job)
    if words := searched(query):
        rows = rows.filter(device__hostname__icontains=words)
    status = query.get("status", "")
    if status in TargetStatus.values:
        rows = rows.filter(status=status)
    load = targets_for(user_of(request)).select_related("device").only(*_SHOWN)
    page = counted_page(targets_in_order(rows, query.get("sort", "")), load, query)
    for target in page:
        target.words = target_words(target)  # type: ignore[attr-defined]
    counts = target_counts(job)
    # while the job runs the select stays on the page and its targets reach states that none has yet
    offered = set(TargetStatus.values) if not job.is_ended else {name for name, count in counts.items() if count}
    choices = [(value, label, counts.get(value)) for value, label in STATUS_CHOICES if not value or value in offered]
    chip = {"name": "status", "label": "Status", "value": dict(STATUS_CHOICES).get(status, "")}
    return {
        "job": job,
        "page": page,
        "total": page.paginator.count,
        "status_choices": choices,
        "status": status,
        "chips": [chip] if chip["value"] and status else [],
    }


_SHOWN = (
    "status", "attempts", "started_at", "finished_at", "error_code", "error_text", "result", "job_id",
    "device__hostname",
)  # fmt: skip


def facts_words(result: dict[str, Any]) -> str:
    """Of a reading of facts: how many interfaces, and what is another than before."""
    names = {"model": "model", "os_version": "version", "serial": "serial number"}
    changed = [f"other {names[name]}" for name in result.get("changed", ()) if name in names]
    count = result["interfaces"]
    what = "Interfaces not read" if count is None else f"{count:,} interface{'' if count == 1 else 's'}"
    return ", ".join([what, *changed])


def target_words(target: JobTarget) -> str:
    """How the target ended, in words."""
    if target.error_text:
        known = ERRORS.get(target.error_code)
        return f"{known.label}: {target.error_text}" if known else target.error_text
    result = target.result
    if result.get("version"):
        new = "changed" if result.get("new_version") else "unchanged"
        return "First version" if new == "changed" and result["version"] == 1 else f"Version {result['version']}, {new}"
    if "interfaces" in result:
        return facts_words(result)
    if result.get("commands"):
        return f"{result['answered']} of {result['commands']} commands answered"
    if result.get("tcp_ms") is not None:
        icmp = f", ICMP {result['icmp_ms']:.1f} ms" if result.get("icmp_ms") is not None else ""
        return f"TCP {result['tcp_ms']:.1f} ms{icmp}"
    return ""
