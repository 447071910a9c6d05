"""Adding links to the chains of the audit trail.

The ends of the chains are locked in the order of their ids and until the transaction ends: write a transaction's
events as late in it as can be, and those of several customers in one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from django.db.models import Max, QuerySet

from core.chain import HEAD, ROW, chain_keys, link, seal
from core.models import AuditChain, AuditEvent

FIRST = 0
"""The chain of the events of no customer, which every installation begins with."""
ROWS_AT_ONCE = 500
_row = attrgetter(*ROW)
head_of = attrgetter(*HEAD)


def rows_of(chain: int) -> QuerySet[AuditEvent]:
    rows = AuditEvent.objects.all()
    return rows.filter(customer=None) if chain == FIRST else rows.filter(customer_id=chain)


def append(events: Sequence[AuditEvent]) -> None:
    """Chain and store the events; inside a transaction."""
    key = chain_keys()[0]
    heads = _lock_all({event.customer_id or FIRST for event in events})
    for event in events:
        head = heads[event.customer_id or FIRST]
        event.seq = head.seq = head.seq + 1
        event.hash = head.hash = link(key, head.hash, _row(event))
    AuditEvent.objects.bulk_create(events, batch_size=ROWS_AT_ONCE)
    for head in heads.values():
        head.mac = seal(key, head_of(head))
        head.save(update_fields=["seq", "hash", "begun", "mac"])


def begin(*, number: int = 0) -> None:
    """Make the first chain's end, once in an installation's life; any other `number` tells that it was lost."""
    head = AuditChain(pk=FIRST, number=number, seq=_last_place(FIRST))
    head.mac = seal(chain_keys()[0], head_of(head))
    AuditChain.objects.bulk_create([head], ignore_conflicts=True)


def _lock_all(wanted: set[int]) -> dict[int, AuditChain]:
    known = AuditChain.objects.filter(pk__in=wanted)
    # one chain is looked for by locking it; where it is missing nothing was locked before the first one
    heads = _lock(wanted) if len(wanted) == 1 or known.count() == len(wanted) else {}
    if wanted == heads.keys():
        return heads
    if not _lock({FIRST}):
        begin(number=-1)  # it was there from the start: verification tells of it
    heads = _lock(wanted | {FIRST})
    fresh = [_begun(heads[FIRST], chain) for chain in sorted(wanted - heads.keys())]
    AuditChain.objects.bulk_create(fresh)
    return heads | {head.pk: head for head in fresh}


def _lock(chains: set[int]) -> dict[int, AuditChain]:
    rows = AuditChain.objects.select_for_update(no_key=True).filter(pk__in=chains).order_by("pk")
    return {head.pk: head for head in rows}


def _begun(first: AuditChain, chain: int) -> AuditChain:
    """The end of a new chain. Where there are rows already its end was lost: the next row will not fit to them."""
    first.begun += 1
    return AuditChain(pk=chain, customer_id=chain, number=first.begun, seq=_last_place(chain))


def _last_place(chain: int) -> int:
    return rows_of(chain).aggregate(last=Max("seq"))["last"] or 0
