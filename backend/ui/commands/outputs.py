"""What the devices of a job answered: groups of equal answers, one of them in full, as a table, or against another."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render

from commands.files import FORMATS, output_file
from commands.models import CommandOutput
from commands.selectors import Group, difference, group_counts, groups_of, outputs_of, table_for, text_of
from config_mgmt.diff import lines_of
from jobs.models import Job
from jobs.selectors import jobs_for
from ui.decorators import page
from ui.jobs.detail import job_tabs
from ui.jobs.log import visible
from ui.scope import user_of
from users.permissions import Permission

VIEWS = ("text", "table", "diff")
MOST_LINES = 5_000
MOST_ROWS = 1_000


@page(Permission.VIEW)
def job_outputs(request: HttpRequest, pk: int) -> HttpResponse:
    """`?command=` its position, `&show=` an output of the group to look at, `&view=` text, table or diff."""
    job = _job(request, pk)
    outputs = outputs_of(user_of(request), job)
    commands: list[str] = job.params.get("commands", [])
    position = _number(request.GET.get("command", ""), len(commands))
    groups = groups_of(outputs, position)
    counts = group_counts(outputs)
    context: dict[str, Any] = {
        "job": job,
        "tabs": job_tabs(job, "outputs"),
        "commands": [(number, text, counts.get(number, 0)) for number, text in enumerate(commands)],
        "position": position,
        "groups": groups,
        "formats": FORMATS,
    }
    if groups:
        context |= _chosen(request, outputs.filter(position=position), groups, commands[position])
    return render(request, "commands/outputs.html", context)


@page(Permission.VIEW)
def job_outputs_file(request: HttpRequest, pk: int) -> HttpResponse:
    """All outputs of a job, or those to one command, as text, CSV or JSON."""
    job = _job(request, pk)
    rows = outputs_of(user_of(request), job)
    if command := request.GET.get("command", ""):
        rows = rows.filter(position=_number(command, len(job.params.get("commands", []))))
    kind = request.GET.get("format", "")
    file: StreamingHttpResponse = output_file(kind if kind in FORMATS else FORMATS[0], job, rows)
    return file  # type: ignore[return-value]  # a page like any other, but no HttpResponse to the type checker


def _job(request: HttpRequest, pk: int) -> Job:
    return get_object_or_404(jobs_for(user_of(request)).select_related("customer", "requested_by"), pk=pk)


def _number(given: str, below: int) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 4 and int(given) < below else 0


def _chosen(request: HttpRequest, outputs: Any, groups: list[Group], command: str) -> dict[str, Any]:
    """The group that is looked at: by default the largest, which is also what the others are compared with."""
    group = _group(request, outputs, groups)
    output: CommandOutput = outputs.select_related("text", "target__device").get(pk=group.output.pk)
    table = table_for(output, command)
    base = None if group is groups[0] else groups[0]
    view = request.GET.get("view", VIEWS[0])
    if view not in VIEWS or (view == "table" and not table) or (view == "diff" and not base):
        view = VIEWS[0]
    shown: dict[str, Any] = {"chosen": group, "base": base, "view": view, "table": table}
    if view == "diff" and base:
        shown["diff"] = difference(outputs.select_related("text").get(pk=base.output.pk), output)
    elif view == "table" and table:
        shown |= {"rows": [list(map(visible, row)) for row in table.rows[:MOST_ROWS]]}
        shown["unshown"] = max(0, len(table.rows) - MOST_ROWS)
    else:
        lines = lines_of(text_of(output))
        shown |= {"lines": [visible(line) for line in lines[:MOST_LINES]], "unshown": max(0, len(lines) - MOST_LINES)}
    return shown


def _group(request: HttpRequest, outputs: Any, groups: list[Group]) -> Group:
    given = request.GET.get("show", "")
    if not given:
        return groups[0]
    pk = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
    asked = get_object_or_404(outputs.select_related("target__device", "text").defer("text__packed"), pk=pk)
    same = (one for one in groups if (one.output.text_id, one.output.problem) == (asked.text_id, asked.problem))
    device = asked.target.device
    return next(same, Group(asked, 1, ((device.pk, device.hostname),)))
