"""What a device must keep to, looked up for many devices at once: a query for each thing, not for each row."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from core.reading import AT_ONCE
from customers.models import CustomerIPRange
from devices.models import Device
from networkops.platforms import PLATFORMS

NAME_TAKEN = "The customer has a device of this name."
ADDRESS_TAKEN = "The customer has a device at this address and port."
Faults = dict[str, str | list[str]]


def faults_of(devices: Sequence[Device], written: Sequence[Collection[str]]) -> dict[int, ValidationError]:
    """What is wrong with each device, by position. `written` are the names of its fields that are to be written."""
    found = {n: _own_faults(device, names) for n, (device, names) in enumerate(zip(devices, written, strict=True))}
    # the database is asked for right values alone
    right = [() if found[position] else names for position, names in enumerate(written)]
    for check in (_outside_ranges, _taken_names, _taken_addresses):
        for position, faults in check(devices, right).items():
            found[position] = {**faults, **found[position]}
    return {position: ValidationError(faults) for position, faults in found.items() if faults}


def _own_faults(device: Device, names: Collection[str]) -> Faults:
    """What can be told from the device and the rows it points at."""
    faults: Faults = {}
    try:
        device.clean_fields(exclude=_all_but(frozenset(names)))
    except ValidationError as error:
        faults.update(error.message_dict)
    if "platform" in names and device.platform not in PLATFORMS:
        faults["platform"] = f"There is no platform {str(device.platform)[:50]!r}."
    for name in _ROWS & set(names):
        row = getattr(device, name, None)
        if row is None and name == "site":
            faults[name] = "A device stands at a site."
        elif row is not None and row.customer_id != device.customer_id:
            faults[name] = f"This {name} is of another customer."
    return faults


_ROWS = {"site", "credential"}


@lru_cache(maxsize=100)
def _all_but(names: frozenset[str]) -> set[str]:
    return {field.name for field in Device._meta.concrete_fields} - names | _ROWS


def _outside_ranges(devices: Sequence[Device], written: Sequence[Collection[str]]) -> dict[int, Faults]:
    moved = [n for n, names in enumerate(written) if "mgmt_ip" in names]
    ranges: dict[int, list[Any]] = defaultdict(list)
    rows = CustomerIPRange.objects.filter(customer__in={devices[n].customer_id for n in moved})
    for customer, cidr in rows.order_by().values_list("customer_id", "cidr"):
        ranges[customer].append(ipaddress.ip_network(cidr))
    return {
        n: {"mgmt_ip": "Outside the customer's address ranges."}
        for n in moved
        if ranges[devices[n].customer_id] and not _is_in(devices[n].mgmt_ip, ranges[devices[n].customer_id])
    }


def _is_in(address: str, ranges: Sequence[Any]) -> bool:
    ip = ipaddress.ip_address(address)
    return any(ip in network for network in ranges)


def _taken_names(devices: Sequence[Device], written: Sequence[Collection[str]]) -> dict[int, Faults]:
    asked = {n: (devices[n].hostname,) for n, names in enumerate(written) if "hostname" in names}
    return {n: {"hostname": NAME_TAKEN} for n in _taken(devices, asked, ("hostname",))}


def _taken_addresses(devices: Sequence[Device], written: Sequence[Collection[str]]) -> dict[int, Faults]:
    asked = {
        n: (devices[n].mgmt_ip, devices[n].port) for n, names in enumerate(written) if {"mgmt_ip", "port"} & set(names)
    }
    return {n: {"mgmt_ip": ADDRESS_TAKEN} for n in _taken(devices, asked, ("mgmt_ip", "port"))}


def _taken(devices: Sequence[Device], asked: Mapping[int, tuple[Any, ...]], columns: tuple[str, ...]) -> list[int]:
    """Positions whose values another device of the customer has, or one before it in the list."""
    owners: dict[tuple[Any, ...], int | None] = {}
    by_customer: dict[int, list[int]] = defaultdict(list)
    for n in asked:
        by_customer[devices[n].customer_id].append(n)
    for customer, positions in by_customer.items():
        for start in range(0, len(positions), AT_ONCE):
            first = [asked[n][0] for n in positions[start : start + AT_ONCE]]
            rows: QuerySet[Device] = Device.objects.filter(customer=customer, **{f"{columns[0]}__in": first})
            for pk, *values in rows.order_by().values_list("pk", *columns):
                owners[customer, *values] = pk
    taken, given = [], set()
    for n, values in asked.items():
        key = (devices[n].customer_id, *values)
        owner = owners.get(key)
        if key in given or (owner is not None and owner != devices[n].pk):
            taken.append(n)
        given.add(key)
    return taken
