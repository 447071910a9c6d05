"""Customers and their address ranges: made, changed, removed.

A device stands inside its customer's ranges, where there are any. So a change that would leave devices outside is
refused; ranges that only together hold all devices are written together (`create_ranges`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.text import slugify

from core.errors import Refused, RowsRefused
from core.services import audit
from core.transactions import each
from customers.models import Customer, CustomerIPRange
from customers.selectors import ip_ranges_for
from users.models import User
from users.permissions import BeyondOwn, Permission, demand
from users.selectors import customers_for, sees_all

T = TypeVar("T")
R = TypeVar("R")
NAMED = 5
"""How many of the devices outside are named."""
NAMES = {"name", "slug"}
CHANGEABLE = (
    "name", "slug", "four_eyes", "record_terminal_input", "backup_after_session", "snapshot_retention_days",
    "api_networks",
)  # fmt: skip
BEGINNINGS = ("jobs.schedules.add_nightly_backup",)
"""What gives a new customer its first rows; by their paths, because their apps stand above this one."""
RANGE = ("cidr", "may_overlap")


def create_customer(*, actor: User, name: str, slug: str = "", **values: Any) -> Customer:
    """By an admin of all customers. Without a slug it is made from the name."""
    demand(actor, Permission.MANAGE_SYSTEM)
    if not sees_all(actor):
        raise BeyondOwn("Customers are made by admins who see all customers.")
    customer = Customer(name=name, slug=slug or slugify(name)[:50], **_known(values, CHANGEABLE))
    with transaction.atomic():
        customer.full_clean()
        customer.save(force_insert=True)
        audit("customer.create", customer, actor=actor, customer=customer, after=_told(customer, CHANGEABLE))
        for begin in BEGINNINGS:
            import_string(begin)(actor=actor, customer=customer)
    return customer


def update_customer(*, actor: User, customer: Customer, **changes: Any) -> Customer:
    """Its settings by each of its admins. Its names by those who see all: names that are taken tell of others."""
    demand(actor, Permission.MANAGE_SYSTEM)
    with transaction.atomic():
        [customer] = _locked(actor, {customer.pk})
        before = _told(customer, CHANGEABLE)
        for name, value in _known(changes, CHANGEABLE).items():
            setattr(customer, name, value)
        if not sees_all(actor) and any(getattr(customer, name) != before[name] for name in NAMES):
            raise BeyondOwn("A customer's name and slug are changed by admins who see all customers.")
        customer.full_clean()
        customer.save()
        _audit_change("customer.change", actor, customer, customer, before, _told(customer, CHANGEABLE))
    return customer


def delete_customer(*, actor: User, customer: Customer) -> None:
    """With all that is left of it; refused while it has devices, or jobs that have not ended."""
    demand(actor, Permission.MANAGE_SYSTEM)
    if not sees_all(actor):
        raise BeyondOwn("Customers are removed by admins who see all customers.")
    with transaction.atomic():
        [customer] = _locked(actor, {customer.pk})
        if devices := customer.devices.count():
            raise Refused(f"{customer} has {_number(devices, 'device')}: remove them first.")
        if jobs := customer.jobs.filter(finished_at=None).count():
            raise Refused(f"{customer} has {_number(jobs, 'job')} that {'has' if jobs == 1 else 'have'} not ended.")
        audit("customer.delete", customer, actor=actor, before=_told(customer, CHANGEABLE))
        customer.jobs.all().delete()  # which hold on to their customer
        customer.delete()


def create_range(*, actor: User, customer: Customer, cidr: str, may_overlap: bool = False) -> CustomerIPRange:
    row = {"customer": customer, "cidr": cidr, "may_overlap": may_overlap}
    return _single(lambda: create_ranges(actor=actor, rows=[row]))[0]


def update_range(*, actor: User, ip_range: CustomerIPRange, **changes: Any) -> CustomerIPRange:
    return _single(lambda: update_ranges(actor=actor, changes=[(ip_range, changes)]))[0]


def delete_range(*, actor: User, ip_range: CustomerIPRange) -> None:
    _single(lambda: delete_ranges(actor=actor, rows=[ip_range]))


def create_ranges(*, actor: User, rows: Sequence[dict[str, Any]]) -> list[CustomerIPRange]:
    """All or, with RowsRefused, none. Devices have to stand inside once all are there."""

    def create(values: dict[str, Any]) -> CustomerIPRange:
        row = CustomerIPRange(**values)
        row.full_clean()
        row.save(force_insert=True)
        audit("ip_range.create", row, actor=actor, after=_told(row, RANGE))
        return row

    return _together(actor, rows, lambda values: values["customer"].pk, create)


def update_ranges(*, actor: User, changes: Sequence[tuple[CustomerIPRange, dict[str, Any]]]) -> list[CustomerIPRange]:
    def change(item: tuple[CustomerIPRange, dict[str, Any]]) -> CustomerIPRange:
        row = ip_ranges_for(actor).get(pk=item[0].pk)
        before = _told(row, RANGE)
        for name, value in _known(item[1], RANGE).items():
            setattr(row, name, value)
        row.full_clean()
        row.save()
        _audit_change("ip_range.change", actor, row, row.customer, before, _told(row, RANGE))
        return row

    return _together(actor, changes, lambda item: item[0].customer_id, change)


def delete_ranges(*, actor: User, rows: Sequence[CustomerIPRange]) -> None:
    def delete(row: CustomerIPRange) -> None:
        row = ip_ranges_for(actor).get(pk=row.pk)
        audit("ip_range.delete", row, actor=actor, before=_told(row, RANGE))
        row.delete()

    _together(actor, rows, lambda row: row.customer_id, delete)


def _together(actor: User, items: Sequence[T], customer_of: Callable[[T], int], work: Callable[[T], R]) -> list[R]:
    """The work on every item, in one transaction, at whose end no device of their customers stands outside."""
    demand(actor, Permission.MANAGE_SYSTEM)
    with transaction.atomic():
        customers = _locked(actor, {customer_of(item) for item in items})
        done = each(work, items)
        outside = {customer.pk: words for customer in customers if (words := _outside(customer))}
        refused = {n: Refused(outside[pk]) for n, item in enumerate(items) if (pk := customer_of(item)) in outside}
        if refused:
            raise RowsRefused(refused)
    return done


def _single(work: Callable[[], R]) -> R:
    """What becomes of one row, without its place among many."""
    try:
        return work()
    except RowsRefused as refused:
        raise refused.errors[0] from None


def _locked(actor: User, ids: set[int]) -> list[Customer]:
    """The customers as they are now: until the transaction ends no device is added to them or moved."""
    rows = customers_for(actor).select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    customers = list(rows)
    if len(customers) != len(ids):
        raise ObjectDoesNotExist("There is no such customer.")
    return customers


def _outside(customer: Customer) -> str:
    """Which devices stand outside the ranges, in words; empty if none does."""
    devices = customer.devices_outside()
    names = list(devices.values_list("hostname", flat=True)[: NAMED + 1])
    if not names:
        return ""
    count = devices.count() if len(names) > NAMED else len(names)
    more = f" and {count - NAMED:,} more" if count > NAMED else ""
    return f"{_number(count, 'device')} would stand outside the ranges of {customer}: {', '.join(names[:NAMED])}{more}."


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _known(values: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    if unknown := set(values) - set(names):
        raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
    return values


def _told(row: Customer | CustomerIPRange, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _audit_change(
    action: str,
    actor: User,
    row: Customer | CustomerIPRange,
    customer: Customer,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    if differing := [name for name in after if after[name] != before[name]]:
        audit(
            action,
            row,
            actor=actor,
            customer=customer,
            before={name: before[name] for name in differing},
            after={name: after[name] for name in differing},
        )
