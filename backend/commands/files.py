"""A job's outputs as files that stream: text to read, CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from commands.models import CommandOutput
from commands.selectors import text_of
from core.export import csv_file, json_file, text_file
from core.reading import in_batches
from jobs.models import Job

FORMATS = ("txt", "csv", "json")
COLUMNS = ("device", "command", "problem", "cut", "took_ms", "output")
AT_ONCE = 50
"""Outputs that are in memory: each may have a million characters."""


def output_file(kind: str, job: Job, outputs: QuerySet[CommandOutput]) -> StreamingHttpResponse:
    """`outputs` are some of the job's; `kind` is one of FORMATS."""
    rows = outputs.select_related("text", "target__device")
    name = f"job-{job.pk}-outputs.{kind}"
    commands = job.params["commands"]
    batches: AsyncIterator[list[dict[str, Any]]] = in_batches(rows, lambda row: _told(row, commands), AT_ONCE)
    if kind == "csv":
        return csv_file(name, COLUMNS, batches)
    return json_file(name, batches) if kind == "json" else text_file(name, _as_text(batches))


def _told(output: CommandOutput, commands: list[str]) -> dict[str, Any]:
    return {
        "device": output.target.device.hostname,
        "command": commands[output.position],
        "problem": output.problem,
        "cut": output.is_cut,
        "took_ms": output.took_ms,
        "output": text_of(output),
    }


async def _as_text(batches: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[str]:
    async for batch in batches:
        for row in batch:
            said = f"({row['problem']})\n" if row["problem"] else row["output"]
            yield f"===== {row['device']}: {row['command']} =====\n{said}\n"
