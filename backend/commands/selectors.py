"""What a user sees of commands and their outputs; outputs that are equal, as groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Min, QuerySet, Window
from django.db.models.functions import RowNumber

from commands.models import AllowedCommand, CommandOutput
from config_mgmt.diff import Diff, Side, compare
from core.crypto import unpack
from customers.models import Customer
from jobs.models import Job
from networkops.parsers.tables import Table, table_of
from networkops.platforms import LABELS
from networkops.readonly import refusal
from users.models import User
from users.selectors import visible

MOST_GROUPS = 100
NAMED = 50
"""Devices of a group that are named."""


@dataclass(frozen=True, slots=True)
class Group:
    """Devices that gave the same answer to a command."""

    output: CommandOutput
    """One of them, with its text's size but without the text."""
    count: int
    devices: tuple[tuple[int, str], ...]
    """Ids and names of the first ones."""

    @property
    def more(self) -> int:
        return self.count - len(self.devices)


def allowed_commands_for(user: User) -> QuerySet[AllowedCommand]:
    return visible(AllowedCommand.objects.all(), user)


def outputs_for(user: User) -> QuerySet[CommandOutput]:
    return visible(CommandOutput.objects.all(), user)


def outputs_of(user: User, job: Job | int) -> QuerySet[CommandOutput]:
    return outputs_for(user).filter(target__job=job)


def text_of(output: CommandOutput) -> str:
    """The answer. The caller got the output from one of the above."""
    return unpack(output.text.packed) if output.text else ""


def table_for(output: CommandOutput, command: str) -> Table | None:
    """The answer as a table, where a template knows the command."""
    return table_of(text_of(output), output.target.device.platform, command) if output.text else None


def group_counts(outputs: QuerySet[CommandOutput]) -> dict[int, int]:
    """How many different answers each command got, by its position."""
    different = outputs.order_by().values_list("position", "text_id", "problem").distinct()
    counts: dict[int, int] = defaultdict(int)
    for position, _, _ in different:
        counts[position] += 1
    return dict(counts)


def groups_of(outputs: QuerySet[CommandOutput], position: int, most: int = MOST_GROUPS) -> list[Group]:
    """The different answers to a command, the most frequent first; problems are told apart by their words."""
    rows = outputs.filter(position=position)
    counted = rows.order_by().values("text_id", "problem").annotate(count=Count("pk"), first=Min("pk"))
    found = list(counted.order_by("-count", "first")[:most])
    shown = rows.select_related("text", "target__device").defer("text__packed")
    examples = {row.pk: row for row in shown.filter(pk__in=[group["first"] for group in found])}
    named = _named(rows)
    return [
        Group(examples[one["first"]], one["count"], tuple(named[one["text_id"], one["problem"]]))
        for one in found
        if one["first"] in examples
    ]


def _named(rows: QuerySet[CommandOutput]) -> dict[tuple[int | None, str], list[tuple[int, str]]]:
    """The first devices of each group."""
    number = Window(
        RowNumber(), partition_by=[F("text_id"), F("problem")], order_by=[F("target__device__hostname"), F("pk")]
    )
    first = rows.annotate(number=number).filter(number__lte=NAMED).order_by("target__device__hostname")
    named: dict[tuple[int | None, str], list[tuple[int, str]]] = defaultdict(list)
    for text, problem, pk, name in first.values_list(
        "text_id", "problem", "target__device_id", "target__device__hostname"
    ):
        named[text, problem].append((pk, name))
    return named


def difference(old: CommandOutput, new: CommandOutput) -> Diff:
    return compare(Side.of(text_of(old)), Side.of(text_of(new)))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that is not known to only read on a platform."""

    command: str
    platform: str
    words: str

    def __str__(self) -> str:
        label = LABELS.get(self.platform, self.platform)
        return f"'{self.command}' on {label}: {self.words}."


def refusals(customer: Customer | int, commands: Sequence[str], platforms: Iterable[str]) -> list[Refusal]:
    """Which of the commands the customer's operators may not send to which of the platforms, and why."""
    allowed: dict[str, list[str]] = defaultdict(list)
    for platform, command in AllowedCommand.objects.filter(customer=customer).values_list("platform", "command"):
        allowed[platform].append(command)
    pairs = ((command, platform) for command in commands for platform in sorted(set(platforms)))
    return [
        Refusal(command, platform, words)
        for command, platform in pairs
        if (words := refusal(command, platform, allowed[platform]))
    ]
