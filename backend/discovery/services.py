"""Keeping what devices say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from core.services import Entry, audit_many
from core.text import storable
from devices.models import Device
from discovery.models import DeviceFacts, Interface, InterfaceAddress, sort_key
from jobs.kinds import Finished, Outcome
from jobs.models import Job
from networkops.facts.types import FactsRead, InterfaceSeen

TOLD = {"serial": "serial number", "model": "model", "os_version": "version"}
"""Of what a change is told in the log and audited."""
HARDWARE = ("serial", "model")
CLOCKS_DIFFER = timedelta(minutes=5)
"""Between two readings of a device's boot that are the same one."""
CHUNK = 500  # SQLite binds a limited number of values
PROBLEMS_KEPT = 50
COLUMNS = ("sort_key", "description", "mac", "mtu", "speed_kbps", "enabled", "up", "last_seen_at")


@dataclass
class Known:
    """What stands of a device from the reading before."""

    facts: DeviceFacts | None = None
    interfaces: dict[str, int] = field(default_factory=dict)
    """Ids by name."""


@dataclass
class Reading:
    """One device's answer on its way into the tables."""

    device: Device
    found: FactsRead
    known: Known
    before: dict[str, str]
    after: dict[str, str]
    is_whole: bool
    """False: the device once knew more of itself, and what is missing in its answer need not be gone."""
    restarted: bool


def keep_facts(job: Job, finished: Sequence[Finished]) -> dict[int, Outcome]:
    """Write what each finished device said; of one that failed, what was known before stands."""
    now = timezone.now()
    outcomes = {done.target.pk: Outcome({}, done.error) for done in finished if done.error is not None}
    good = [done for done in finished if done.error is None]
    ids = [done.target.device_id for done in good]
    # the run's own copies of the devices are as old as the run
    known, devices = _known(ids), Device.objects.in_bulk(ids)
    readings = []
    for done in good:
        pk = done.target.device_id
        reading = _reading(done, devices[pk], known[pk], now)
        readings.append(reading)
        outcomes[done.target.pk] = _outcome(reading)
    _write_devices(readings)
    _write_facts(job, readings, now)
    _write_interfaces(job, [one for one in readings if one.found.interfaces is not None], now)
    entries = [Entry("device.facts", one.device, before=one.before, after=one.after) for one in readings if one.after]
    audit_many(entries, actor=None)
    return outcomes


def _known(devices: Sequence[int]) -> dict[int, Known]:
    found = {pk: Known() for pk in devices}
    for facts in DeviceFacts.objects.filter(device__in=devices):
        found[facts.device_id].facts = facts
    rows = Interface.objects.filter(device__in=devices).order_by()
    for pk, device, name in rows.values_list("pk", "device_id", "name"):
        found[device].interfaces[name] = pk
    return found


def _reading(done: Finished, device: Device, known: Known, now: datetime) -> Reading:
    found: FactsRead = done.result
    old = {name: getattr(device, name) for name in TOLD}
    new = {name: storable(getattr(found, name)) or old[name] for name in TOLD}
    for name, value in new.items():
        setattr(device, name, value)
    device.uptime_s = found.uptime_s
    # what was not known before is no change
    changed = [name for name in TOLD if old[name] and new[name] != old[name]]
    last, booted = known.facts.booted_at if known.facts else None, _booted(found, now)
    return Reading(
        device, found, known,
        before={name: old[name] for name in changed},
        after={name: new[name] for name in changed},
        is_whole=all(getattr(found, name) or not old[name] for name in HARDWARE),
        restarted=bool(last and booted and booted - last > CLOCKS_DIFFER),
    )  # fmt: skip


def _booted(found: FactsRead, now: datetime) -> datetime | None:
    return None if found.uptime_s is None else now - timedelta(seconds=found.uptime_s)


def _outcome(reading: Reading) -> Outcome:
    """What the job says of the device; a serial number or model that is another one is a warning."""
    found = reading.found
    words = [f"{TOLD[name]} changed from {reading.before[name]} to {value}" for name, value in reading.after.items()]
    if swapped := [name for name in HARDWARE if name in reading.after]:
        words.append("this is other hardware than before" if "serial" in swapped else "")
    words.append("restarted since it was last asked" if reading.restarted else "")
    words.append(_interface_words(reading))
    result = {
        "interfaces": None if found.interfaces is None else len(found.interfaces),
        "changed": sorted(reading.after),
        "problems": len(found.problems),
    }
    level = "warning" if swapped or found.problems else "info"
    return Outcome(result, line="; ".join(word for word in words if word), level=level)


def _interface_words(reading: Reading) -> str:
    seen = reading.found.interfaces
    if seen is None:
        return "facts read, interfaces not"
    names = {one.name for one in seen}
    new, gone = len(names - reading.known.interfaces.keys()), len(_gone(reading))
    first = not reading.known.interfaces
    changed = [f"{new:,} new" if new and not first else "", f"{gone:,} gone" if gone else ""]
    return ", ".join(["facts read", _count(len(seen), "interface"), *filter(None, changed)])


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _gone(reading: Reading) -> list[int]:
    """Ids of interfaces that the device neither described nor listed any more."""
    if not reading.is_whole:
        return []
    there = {one.name for one in reading.found.interfaces or ()} | reading.found.named
    return [pk for name, pk in reading.known.interfaces.items() if name not in there]


def _write_devices(readings: Sequence[Reading]) -> None:
    Device.objects.bulk_update([one.device for one in readings], [*TOLD, "uptime_s"], batch_size=200)


def _write_facts(job: Job, readings: Sequence[Reading], now: datetime) -> None:
    rows = [
        DeviceFacts(
            customer_id=job.customer_id,
            device=one.device,
            vendor=storable(one.found.vendor),
            reported_hostname=storable(one.found.hostname),
            booted_at=_booted(one.found, now),
            read_at=now,
            interfaces_read_at=now if one.found.interfaces is not None else _last_interfaces(one.known),
            problems=[storable(problem) for problem in one.found.problems[:PROBLEMS_KEPT]],
            job=job,
        )
        for one in readings
    ]
    columns = ["vendor", "reported_hostname", "booted_at", "read_at", "interfaces_read_at", "problems", "job"]
    DeviceFacts.objects.bulk_create(
        rows, batch_size=CHUNK, update_conflicts=True, unique_fields=["device"], update_fields=columns
    )


def _last_interfaces(known: Known) -> datetime | None:
    return known.facts.interfaces_read_at if known.facts else None


def _write_interfaces(job: Job, readings: Sequence[Reading], now: datetime) -> None:
    _delete(Interface.objects.all(), [pk for one in readings for pk in _gone(one)])
    rows = [_row(job, one.device, seen, now) for one in readings for seen in one.found.interfaces or ()]
    Interface.objects.bulk_create(
        rows, batch_size=CHUNK, update_conflicts=True, unique_fields=["device", "name"], update_fields=COLUMNS
    )
    told = [one for one in readings if one.found.has_addresses]
    ids = {(row.device_id, row.name): row.pk for row in rows}
    wanted = {
        (ids[one.device.pk, seen.name], *_split(text))
        for one in told
        for seen in one.found.interfaces or ()
        for text in seen.addresses
    }
    _write_addresses(job, [one.device.pk for one in told], wanted)


def _write_addresses(job: Job, devices: Sequence[int], wanted: set[tuple[int, str, int]]) -> None:
    """Those of the devices become `wanted`: interface, address, length of the prefix."""
    stored = InterfaceAddress.objects.filter(interface__device__in=devices).order_by()
    columns = ("interface_id", "address", "prefix_length", "pk")
    there = {(interface, address, length): pk for interface, address, length, pk in stored.values_list(*columns)}
    _delete(InterfaceAddress.objects.all(), [pk for key, pk in there.items() if key not in wanted])
    rows = [
        InterfaceAddress(customer_id=job.customer_id, interface_id=interface, address=address, prefix_length=length)
        for interface, address, length in sorted(wanted - there.keys())
    ]
    InterfaceAddress.objects.bulk_create(rows, batch_size=CHUNK)


def _row(job: Job, device: Device, seen: InterfaceSeen, now: datetime) -> Interface:
    return Interface(
        customer_id=job.customer_id,
        device=device,
        name=seen.name,
        sort_key=sort_key(seen.name),
        description=storable(seen.description),
        mac=seen.mac,
        mtu=seen.mtu,
        speed_kbps=seen.speed_kbps,
        enabled=seen.enabled,
        up=seen.up,
        last_seen_at=now,
    )


def _split(text: str) -> tuple[str, int]:
    address, _, length = text.partition("/")
    return address, int(length)


def _delete(rows: QuerySet[Any], ids: Iterable[int]) -> None:
    wanted = list(ids)
    for start in range(0, len(wanted), CHUNK):
        rows.filter(pk__in=wanted[start : start + CHUNK]).delete()
