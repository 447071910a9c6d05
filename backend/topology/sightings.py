"""Storing what devices hear: each neighbour once, with when it was heard first and last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from core.text import storable
from devices.models import Device
from jobs.models import Job
from networkops.neighbours import Heard
from topology.enums import MatchedBy
from topology.matching import Directory, Known, Match
from topology.models import Neighbour

_T = TypeVar("_T")
MOST_GONE = 500
"""Neighbours of one device that it hears no more. Beyond that the oldest are forgotten: telephones come and go."""
AT_ONCE = 500
_SAID = ("interface", "protocol", "name", "chassis", "port")
"""What makes a neighbour on an interface the same one as before."""
_MAY_CHANGE = ("port_description", "address", "description")
_WRITTEN = [*_MAY_CHANGE, "last_seen_at", "is_current", "job", "remote", "matched_by", "problem"]


@dataclass(frozen=True, slots=True)
class Told:
    """A device's whole answer."""

    device: int
    heard: tuple[Heard, ...]


def keep_sightings(job: Job, told: Sequence[Told], now: datetime) -> None:
    """What is heard now is current; what the same device said before, and says no more, is kept as past."""
    if not told:
        return
    devices = [one.device for one in told]
    before: dict[tuple[object, ...], Neighbour] = {
        (row.device_id, *_same(row)): row for row in Neighbour.objects.filter(device__in=devices).order_by("-pk")
    }
    fresh: dict[tuple[object, ...], Neighbour] = {}
    still: dict[tuple[object, ...], Neighbour] = {}
    for device, one in ((answer.device, one) for answer in told for one in answer.heard):
        said = _row(job, device, one, now)
        key = (device, *_same(said))
        row = before.get(key) or fresh.setdefault(key, said)
        for name in _MAY_CHANGE:
            setattr(row, name, getattr(said, name))
        row.last_seen_at, row.is_current, row.job = now, True, job
        if key in before:
            still[key] = row
    recognise(job.customer_id, [*fresh.values(), *still.values()])
    Neighbour.objects.bulk_create(fresh.values(), batch_size=AT_ONCE)
    Neighbour.objects.bulk_update(still.values(), _WRITTEN, batch_size=AT_ONCE)
    gone = [row.pk for key, row in before.items() if key not in still and row.is_current]
    for part in _parts(gone):
        Neighbour.objects.filter(pk__in=part).update(is_current=False)
    _forget(row for key, row in before.items() if key not in still)


def _row(job: Job, device: int, one: Heard, now: datetime) -> Neighbour:
    return Neighbour(
        customer_id=job.customer_id, device_id=device, interface=storable(one.interface), protocol=one.protocol,
        name=storable(one.name), chassis=storable(one.chassis), port=storable(one.port),
        port_description=storable(one.port_description), address=one.address or None,
        description=storable(one.description), first_seen_at=now, last_seen_at=now, job=job,
    )  # fmt: skip


def _same(row: Neighbour) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _SAID)


def _forget(past: Iterable[Neighbour]) -> None:
    by_device: dict[int, list[Neighbour]] = defaultdict(list)
    for row in past:
        by_device[row.device_id].append(row)
    for rows in by_device.values():
        rows.sort(key=lambda row: (row.last_seen_at, row.pk), reverse=True)
        for part in _parts([row.pk for row in rows[MOST_GONE:]]):
            Neighbour.objects.filter(pk__in=part).delete()


def recognise(customer_id: int, rows: Sequence[Neighbour]) -> list[Neighbour]:
    """Say of each row which of the customer's devices it is; returns those of which that changed. Writes nothing."""
    if not rows:
        return []
    devices = _devices(customer_id)
    directory = Directory.of(devices)
    found = [directory.find(row.name, row.address or "", row.chassis) for row in rows]
    unknown = {row.chassis for row, match in zip(rows, found, strict=True) if match == Match() and row.chassis}
    if unknown:
        directory = Directory.of(devices, _whose(customer_id, unknown))
        found = [directory.find(row.name, row.address or "", row.chassis) for row in rows]
    return [row for row, match in zip(rows, found, strict=True) if _note(row, match)]


def _note(row: Neighbour, match: Match) -> bool:
    """Whether that is something new."""
    old = (row.remote_id, row.matched_by, row.problem)
    row.remote_id, row.matched_by, row.problem = match.device, match.by, match.problem[:300]
    return old != (row.remote_id, row.matched_by, row.problem)


def _devices(customer_id: int) -> list[Known]:
    rows = Device.objects.filter(customer=customer_id).order_by()
    return [Known(*row) for row in rows.values_list("pk", "hostname", "mgmt_ip")]


def _whose(customer_id: int, chassis: Iterable[str]) -> dict[str, set[int]]:
    """Whose chassis is whose, as learned from neighbours that said their name or address, too."""
    found: dict[str, set[int]] = defaultdict(set)
    sure = Neighbour.objects.filter(
        customer=customer_id, remote__isnull=False, matched_by__in=[MatchedBy.NAME, MatchedBy.ADDRESS], is_current=True
    )
    for part in _parts(sorted(chassis)):
        for one, remote in sure.filter(chassis__in=part).order_by().values_list("chassis", "remote").distinct():
            if remote is not None:
                found[one].add(remote)
    return found


def _parts(values: list[_T]) -> Iterator[list[_T]]:
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
