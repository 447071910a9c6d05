"""Proving that the audit trail is whole: every chain is walked from its first link to its end, a few rows at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from django.db.models import Q, QuerySet, Subquery

from core.audit_chains import FIRST, head_of, rows_of
from core.chain import ROW, chain_keys, link, seal
from core.models import AuditChain, AuditEvent

ROWS_AT_ONCE = 2_000
SEQ, AT, ACTION, LABEL = (ROW.index(name) for name in ("seq", "at", "action", "object_label"))
_COLUMNS = (*ROW, "hash", "pk")
_KEY_LOST = "or its key is missing from WEBNET_ENCRYPTION_KEY"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one chain is found to be. `broken` names the first row that is not as it was written; empty: it is whole."""

    name: str
    rows: int = 0
    last: str = ""
    """Hash of the last row: kept elsewhere, it proves later that the trail was not set back to an older state."""
    broken: str = ""


class Broken(Exception):
    """Says what is wrong with a chain."""


def check_chains(slug: str | None = None) -> Iterator[Verdict]:
    """A verdict on each chain, or on that of one customer; and on each that is lost without a trace of its own."""
    slugs = dict(_customers().values_list("pk", "slug"))
    if slug is None:
        yield from (Verdict(f"chain {number}", broken=words) for number, words in _lost())
    for chain in _chains():
        if slug is None or slugs.get(chain) == slug:
            name = slugs.get(chain) or (f"customer {chain}, deleted" if chain else "no customer")
            yield _walked(chain, name)


def is_customer(slug: str) -> bool:
    return _customers().filter(slug=slug).exists()


def _customers() -> QuerySet[Any]:
    customers: Any = AuditChain._meta.get_field("customer").related_model
    rows: QuerySet[Any] = customers.objects.order_by()
    return rows


def _chains() -> list[int]:
    """Every chain that has an end or a row, and the first, which there always is."""
    rows = AuditEvent.objects.order_by("customer_id").values_list("customer_id", flat=True).distinct()
    ends = AuditChain.objects.order_by().values_list("pk", flat=True)
    return sorted({FIRST, *ends, *(pk or FIRST for pk in rows)})


def _lost() -> Iterator[tuple[int, str]]:
    """Numbers that were given to a chain and are gone, or that no chain was given."""
    heads = list(AuditChain.objects.order_by("number"))
    begun = next((head.begun for head in heads if head.pk == FIRST), 0)
    there = Counter(head.number for head in heads if head.pk != FIRST)
    for number in range(1, begun + 1):
        if not there[number]:
            yield number, "it is gone, with all its rows or without its end"
    for number, count in there.items():
        if count > 1 or not 1 <= number <= begun:
            yield number, "it was not begun by webnet"


def _walked(chain: int, name: str) -> Verdict:
    head, walk = AuditChain.objects.filter(pk=chain).first(), _Walk()
    is_sealed = head is not None and walk.fits(head.mac, lambda key: seal(key, head_of(head)))
    try:
        for row in _rows(chain, head.seq if head and is_sealed else None):
            walk.step(row)
        walk.end(head, is_sealed)
        _demand_nothing_behind(chain)
    except Broken as found:
        return Verdict(name, walk.place, broken=str(found))
    return Verdict(name, walk.place, walk.hash)


class _Walk:
    """How far a chain is proven."""

    def __init__(self) -> None:
        self.place, self.hash = 0, ""
        self.keys = chain_keys()

    def fits(self, told: str, make: Callable[[bytes], str]) -> bool:
        """Whether it is what one of the keys makes; that key is the first to be tried the next time."""
        for number, key in enumerate(self.keys):
            if compare_digest(told.encode(), make(key).encode()):
                self.keys.insert(0, self.keys.pop(number))
                return True
        return False

    def step(self, row: tuple[Any, ...]) -> None:
        *values, told, pk = row
        place = values[SEQ]
        if place > self.place + 1:
            upto = f" to {place - 1}" if place > self.place + 2 else ""
            raise Broken(f"row {self.place + 1}{upto} is missing")
        this = f"row {place} (id {pk}, {values[AT]:%Y-%m-%d %H:%M:%S}, {values[ACTION]} {values[LABEL]})"
        if place <= self.place:
            raise Broken(f"{this} was put in")
        try:
            is_right = self.fits(told, lambda key: link(key, self.hash, values))
        except (ValueError, TypeError, AttributeError):  # not even of the kind that webnet writes
            is_right = False
        if not is_right:
            raise Broken(f"{this} was edited or put in, {_KEY_LOST}")
        self.place, self.hash = place, told

    def end(self, head: AuditChain | None, is_sealed: bool) -> None:
        if head is None:
            raise Broken(f"its end is missing, and any row after {self.place} with it")
        if not is_sealed:
            raise Broken(f"its end was edited after row {self.place}, {_KEY_LOST}")
        if head.seq > self.place:
            raise Broken(f"row {self.place + 1} is missing, and every row after it")
        if head.hash != self.hash or (head.pk == FIRST and head.number != 0):
            raise Broken(f"its end was lost, and begun anew after row {self.place}")


def _rows(chain: int, last: int | None) -> Iterator[tuple[Any, ...]]:
    """The chain's rows in their order. Each batch is a query of its own, so that no writer waits for the walk."""
    rows = rows_of(chain).order_by("seq", "pk")
    if last is not None:  # what is added meanwhile is not for this walk
        rows = rows.filter(seq__lte=last)
    rest = rows
    while batch := list(rest.values_list(*_COLUMNS)[:ROWS_AT_ONCE]):
        yield from batch
        place, pk = batch[-1][SEQ], batch[-1][-1]
        rest = rows.filter(Q(seq__gt=place) | Q(seq=place, pk__gt=pk), seq__gte=place)


def _demand_nothing_behind(chain: int) -> None:
    """In one query: rows and end as they are at the same moment."""
    end = AuditChain.objects.filter(pk=chain).values("seq")
    behind = rows_of(chain).filter(seq__gt=Subquery(end)).order_by("seq").first()
    if behind is not None:
        raise Broken(f"row {behind.seq} (id {behind.pk}, {behind}) stands after the end: it was put in")
