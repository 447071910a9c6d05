"""What a file of each kind holds: its columns, how a row becomes values, and the services that write them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from core.reading import AT_ONCE
from core.transactions import each
from customers.models import Customer
from devices.batches import create_devices, update_devices
from devices.enums import ImportKind
from devices.importing.table import Columns
from devices.models import Credential, Device, Site
from devices.services import create_credential, update_credential
from users.models import User

YES, NO = frozenset({"true", "yes", "1", "on"}), frozenset({"false", "no", "0", "off"})

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is the column that tells whether a row is there already; `unique` are those that no two lines share."""

    columns: Columns
    name: str
    unique: tuple[tuple[str, ...], ...]
    reader: Callable[[Customer], Callable[[Mapping[str, str]], Values]]
    """For a customer, what makes a row's cells to values. Raises ValidationError by column."""
    there: Callable[[Customer, Sequence[str]], dict[str, Any]]
    """The customer's rows of these names."""
    differs: Callable[[Any, Values], bool]
    create_many: Callable[..., Sequence[Any]]
    update_many: Callable[..., Sequence[Any]]


def _device_reader(customer: Customer) -> Callable[[Mapping[str, str]], Values]:
    sites = {site.name.casefold(): site for site in Site.objects.filter(customer=customer)}
    credentials = {row.name.casefold(): row for row in Credential.objects.filter(customer=customer)}

    def read(cells: Mapping[str, str]) -> Values:
        faults: dict[str, str] = {}
        values: Values = {"customer": customer}
        for column, cell in cells.items():
            try:
                if column == "site":
                    values[column] = _named(sites, cell, "site") if cell else None
                elif column == "credential":
                    values[column] = _named(credentials, cell, "credential") if cell else None
                elif column == "tags":
                    values[column] = list(dict.fromkeys(tag.strip() for tag in cell.split(";") if tag.strip()))
                elif column == "port" and cell:
                    values[column] = _whole(cell)
                elif column == "enabled" and cell:
                    values[column] = _yes_or_no(cell)
                elif column == "mgmt_ip" and cell:
                    values[column] = str(ipaddress.ip_address(cell))
                elif cell:
                    values[column] = cell
            except ValueError as error:
                faults[column] = str(error)
        for column in _DEVICES.required:
            if not cells[column]:
                faults[column] = "This cell is empty."
        if faults:
            raise ValidationError(faults)
        return values

    return read


def _credential_reader(customer: Customer) -> Callable[[Mapping[str, str]], Values]:
    def read(cells: Mapping[str, str]) -> Values:
        if empty := [column for column in sorted(_CREDENTIALS.required) if not cells[column]]:
            raise ValidationError(dict.fromkeys(empty, "This cell is empty."))
        # an empty cell leaves a secret as it is: a file without the passwords does not take them away
        return {"customer": customer} | {column: cell for column, cell in cells.items() if cell}

    return read


def _named(rows: Mapping[str, Any], name: str, word: str) -> Any:
    if name.casefold() not in rows:
        raise ValueError(f"The customer has no {word} of this name.")
    return rows[name.casefold()]


def _whole(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and len(cell) < 10):
        raise ValueError("A whole number is expected.")
    return int(cell)


def _yes_or_no(cell: str) -> bool:
    if cell.lower() in YES:
        return True
    if cell.lower() in NO:
        return False
    raise ValueError("Use true or false.")


def _there(rows: Any, column: str, customer: Customer, names: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(names), AT_ONCE):
        part = rows.filter(**{"customer": customer, f"{column}__in": names[start : start + AT_ONCE]})
        found |= {getattr(row, column): row for row in part}
    return found


def _device_differs(device: Device, values: Values) -> bool:
    if "tags" in values and {tag.name for tag in device.tags.all()} != set(values["tags"]):
        return True
    return _columns_differ(device, {name: value for name, value in values.items() if name != "tags"})


def _columns_differ(row: Model, values: Values) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


def _create_credentials(*, actor: User, rows: Sequence[Values]) -> list[Credential]:
    return each(lambda values: create_credential(actor=actor, **values), rows)


def _update_credentials(*, actor: User, changes: Iterable[tuple[Credential, Values]]) -> list[Credential]:
    return each(lambda change: update_credential(actor=actor, credential=change[0], **change[1]), list(changes))


_DEVICES = Columns(
    required=frozenset({"hostname", "mgmt_ip", "platform", "site"}),
    optional=frozenset({"port", "role", "credential", "tags", "enabled"}),
    ignored=frozenset({
        "id", "customer", "vendor", "reachability", "reachability_at", "latency_ms", "last_backup", "backed_up_at",
        "model", "serial", "os_version", "uptime_s", "created_at", "updated_at",
    }),
)  # fmt: skip
_CREDENTIALS = Columns(
    required=frozenset({"name", "username"}),
    optional=frozenset({"password", "enable_secret", "private_key"}),
    ignored=frozenset({"id", "customer", "updated_at", "has_password", "has_enable_secret", "has_private_key"}),
)

TABLES: dict[str, Table] = {
    ImportKind.DEVICES: Table(
        _DEVICES, "hostname", (("hostname",), ("mgmt_ip", "port")), _device_reader,
        partial(_there, Device.objects.select_related("site", "credential").prefetch_related("tags"), "hostname"),
        _device_differs, create_devices, update_devices,
    ),
    ImportKind.CREDENTIALS: Table(
        _CREDENTIALS, "name", (("name",),), _credential_reader, partial(_there, Credential.objects.all(), "name"),
        _columns_differ, _create_credentials, _update_credentials,
    ),
}  # fmt: skip
