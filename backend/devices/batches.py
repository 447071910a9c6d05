"""Making, changing and removing many devices at once, in as many queries as for one."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from core.errors import RowsRefused
from core.reading import AT_ONCE
from core.services import Entry, audit_many
from customers.models import Customer
from devices.checks import faults_of
from devices.models import Device, Tag
from devices.selectors import devices_for
from networkops.platforms import PLATFORMS
from users.models import User
from users.permissions import Permission, demand
from users.rows import plain
from users.selectors import customers_for

R = TypeVar("R")
Values = Mapping[str, Any]

MOST_TAGS = 50
LONGEST_TAG = 50
WRITTEN = (
    "hostname", "mgmt_ip", "port", "platform", "role", "site", "credential", "enabled", "legacy_ssh", "tags",
)  # fmt: skip
"""What is given for a device beside its customer. `tags` are names, and made where the customer has none such."""
COLUMNS_AT_ONCE = 500


def create_devices(*, actor: User, rows: Sequence[Values]) -> list[Device]:
    """All of the devices or none: raises RowsRefused with what is wrong, by position. Values are those of `WRITTEN`.

    Without a port the platform's own is taken.
    """
    demand(actor, Permission.MANAGE_INVENTORY)
    _demand_customers(actor, {row["customer"] for row in rows})
    return _twice(lambda: _insert(actor, rows))


def update_devices(*, actor: User, changes: Sequence[tuple[Device, Values]]) -> list[Device]:
    """Change all of the devices, each as it is now, or none: raises RowsRefused with what is wrong, by position."""
    demand(actor, Permission.MANAGE_INVENTORY)
    return _twice(lambda: _change(actor, changes))


def delete_devices(*, actor: User, rows: Sequence[Device]) -> None:
    """Remove all of the devices, with their jobs' targets and snapshots, or none. Raises RowsRefused."""
    demand(actor, Permission.MANAGE_INVENTORY)
    with transaction.atomic():
        found = list(_held(actor, rows).values())
        for start in range(0, len(found), AT_ONCE):
            ids = [row.pk for row in found[start : start + AT_ONCE]]
            Device.objects.filter(pk__in=ids).delete()
        audit_many([Entry("device.delete", row, before={"hostname": row.hostname}) for row in found],
                   actor=actor)  # fmt: skip


def _twice(work: Callable[[], R]) -> R:
    """Somebody may be quicker between the look and the writing: the second look finds, and names, what they took."""
    try:
        with transaction.atomic():
            return work()
    except IntegrityError:
        with transaction.atomic():
            return work()


def _demand_customers(actor: User, wanted: set[Customer]) -> None:
    if customers_for(actor).filter(pk__in=[customer.pk for customer in wanted]).count() != len(wanted):
        raise ObjectDoesNotExist("There is no such customer.")


def _insert(actor: User, rows: Sequence[Values]) -> list[Device]:
    devices = [_new(**row) for row in rows]
    faults = faults_of(devices, [WRITTEN] * len(devices))
    for position, row in enumerate(rows):
        _check_tags(row, position, faults)
    if faults:
        raise RowsRefused(faults)
    Device.objects.bulk_create(devices, batch_size=COLUMNS_AT_ONCE)
    worn = {device: row["tags"] for device, row in zip(devices, rows, strict=True) if row.get("tags")}
    made = _put_on(worn)
    entries = [
        Entry("device.create", device, after=plain({n: v for n, v in row.items() if n != "customer"}))
        for device, row in zip(devices, rows, strict=True)
    ]
    audit_many([*made, *entries], actor=actor)
    return devices


def _new(
    *, customer: Customer, platform: str, tags: Sequence[str] = (), legacy_ssh: bool = False, **values: Any
) -> Device:
    if unknown := values.keys() - set(WRITTEN):
        raise TypeError(f"a device is not given {', '.join(sorted(unknown))}")
    if values.get("port") is None and platform in PLATFORMS:
        values["port"] = PLATFORMS[platform].port
    options = {"legacy_ssh": True} if legacy_ssh else {}
    # not left to the database: with a default among them, the values of many rows go to PostgreSQL one by one
    now = timezone.now()
    return Device(customer=customer, platform=platform, connection_options=options, created_at=now, **values)


def _held(actor: User, rows: Iterable[Device]) -> dict[int, Device]:
    """The devices as they are now, by id, in the order given, held until the transaction ends."""
    ids = [row.pk for row in rows]
    mine = devices_for(actor).select_for_update(of=("self",)).order_by("pk")
    found: dict[int, Device] = {}
    for start in range(0, len(ids), AT_ONCE):
        found |= {row.pk: row for row in mine.filter(pk__in=ids[start : start + AT_ONCE])}
    if missing := {n: ObjectDoesNotExist("There is no such device.") for n, pk in enumerate(ids) if pk not in found}:
        raise RowsRefused(missing)
    return {pk: found[pk] for pk in ids}


def _change(actor: User, given: Sequence[tuple[Device, Values]]) -> list[Device]:
    held = _held(actor, (device for device, _ in given))
    devices = list(held.values())
    tags = _tags_of([pk for (pk, _), (_, values) in zip(held.items(), given, strict=True) if "tags" in values])
    told = [_differences(device, values, tags) for device, (_, values) in zip(devices, given, strict=True)]
    for device, (_, after) in zip(devices, told, strict=True):
        _set(device, after)
    faults = faults_of(devices, [after.keys() for _, after in told])
    for position, (_, after) in enumerate(told):
        _check_tags(after, position, faults)
    if faults:
        raise RowsRefused(faults)
    made = _save(devices, [after for _, after in told])
    entries = [
        Entry("device.change", device, before=plain(before), after=plain(after))
        for device, (before, after) in zip(devices, told, strict=True)
        if after
    ]
    audit_many([*made, *entries], actor=actor)
    return devices


def _differences(device: Device, values: Values, tags: Mapping[int, set[str]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes: as it is, with rows by their ids, and as it shall be."""
    if unknown := values.keys() - set(WRITTEN):
        raise TypeError(f"a device is not given {', '.join(sorted(unknown))}")
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in values.items():
        now, then = _now(device, name, tags), value
        if name == "tags":
            then = sorted(set(value))
        elif name == "mgmt_ip":
            then = _canonical(value)
        if now != (then.pk if isinstance(then, Model) else then):
            before[name], after[name] = now, then
    return before, after


def _now(device: Device, name: str, tags: Mapping[int, set[str]]) -> Any:
    match name:
        case "tags":
            return sorted(tags[device.pk])
        case "legacy_ssh":
            return bool(device.connection_options.get("legacy_ssh"))
        case "site" | "credential":
            return getattr(device, f"{name}_id")
    return getattr(device, name)


def _canonical(address: Any) -> Any:
    """An address in the one form that it is stored in; what is none stays, to be refused."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def _set(device: Device, values: Values) -> None:
    for name, value in values.items():
        if name == "legacy_ssh":
            options = {key: kept for key, kept in device.connection_options.items() if key != "legacy_ssh"}
            device.connection_options = {**options, "legacy_ssh": True} if value else options
        elif name != "tags":
            setattr(device, name, value)


def _save(devices: Sequence[Device], written: Sequence[Values]) -> list[Entry]:
    """Write what was set. Returns the audit entries of tags that had to be made."""
    now = timezone.now()
    by_columns: dict[frozenset[str], list[Device]] = defaultdict(list)
    for device, values in zip(devices, written, strict=True):
        if values:
            device.updated_at = now
            names = {"connection_options" if name == "legacy_ssh" else name for name in values} - {"tags"}
            by_columns[frozenset(names | {"updated_at"})].append(device)
    for columns, rows in by_columns.items():
        Device.objects.bulk_update(rows, sorted(columns), batch_size=COLUMNS_AT_ONCE)
    worn = {device: values["tags"] for device, values in zip(devices, written, strict=True) if "tags" in values}
    ids = [device.pk for device in worn]
    for start in range(0, len(ids), AT_ONCE):
        Device.tags.through.objects.filter(device__in=ids[start : start + AT_ONCE]).delete()
    return _put_on(worn)


def _check_tags(values: Values, position: int, faults: dict[int, ValidationError]) -> None:
    names = values.get("tags") or ()
    if len(names) > MOST_TAGS:
        faults.setdefault(position, ValidationError({"tags": f"At most {MOST_TAGS} tags."}))
    elif any(not name or len(name) > LONGEST_TAG for name in names):
        faults.setdefault(position, ValidationError({"tags": f"A tag has 1 to {LONGEST_TAG} characters."}))


def _tags_of(devices: Sequence[int]) -> dict[int, set[str]]:
    worn: dict[int, set[str]] = {pk: set() for pk in devices}
    for start in range(0, len(devices), AT_ONCE):
        pairs = Device.tags.through.objects.filter(device__in=devices[start : start + AT_ONCE])
        for pk, name in pairs.values_list("device_id", "tag__name"):
            worn[pk].add(name)
    return worn


def _put_on(worn: Mapping[Device, Sequence[str]]) -> list[Entry]:
    """Tag the devices by name. Returns the audit entries of tags that had to be made."""
    wanted: dict[int, set[str]] = defaultdict(set)
    for device, names in worn.items():
        wanted[device.customer_id].update(names)
    ids: dict[tuple[int, str], int] = {}
    made: list[Entry] = []
    for customer_id, asked in wanted.items():
        there = _ids_by_name(customer_id, asked)
        if missing := sorted(asked - there.keys()):
            Tag.objects.bulk_create(
                [Tag(customer_id=customer_id, name=name) for name in missing], ignore_conflicts=True
            )
            there = _ids_by_name(customer_id, asked)
            fresh = [Tag(pk=there[name], customer_id=customer_id, name=name) for name in missing]
            made += [Entry("tag.create", tag, after={"name": tag.name}) for tag in fresh]
        ids |= {(customer_id, name): pk for name, pk in there.items()}
    pairs = Device.tags.through
    pairs.objects.bulk_create(
        [
            pairs(device_id=device.pk, tag_id=ids[device.customer_id, name])
            for device, names in worn.items()
            for name in dict.fromkeys(names)
        ],
        batch_size=COLUMNS_AT_ONCE,
    )
    return made


def _ids_by_name(customer_id: int, names: Iterable[str]) -> dict[str, int]:
    asked, found = sorted(names), dict[str, int]()
    for start in range(0, len(asked), AT_ONCE):
        rows = Tag.objects.filter(customer=customer_id, name__in=asked[start : start + AT_ONCE])
        found |= dict(rows.order_by().values_list("name", "pk"))
    return found
