"""Audit rows and heartbeats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from core.audit_chains import append
from core.chain import json_safe
from core.context import correlation_id, source_address
from core.models import AuditEvent, Heartbeat
from core.text import storable

SECRET_FIELDS = ("password", "passphrase", "secret", "private_key", "token", "community", "key_hash")
ALIVE_FOR = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Entry:
    """One audit row to be: what was done to `target`, a row or, where there is no single one, its model."""

    action: str
    target: models.Model | type[models.Model]
    customer: Any = None
    """By default the target's own."""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def audit(
    action: str,
    target: models.Model | type[models.Model],
    *,
    actor: Any,
    customer: Any = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add an audit row; call it inside the transaction of the change that it tells of, and late in it.

    `actor` is a user, or None for the product itself. Values of secret fields are masked by name.
    """
    return audit_many([Entry(action, target, customer, before, after)], actor=actor)[0]


def audit_many(entries: Iterable[Entry], *, actor: Any) -> list[AuditEvent]:
    """The same for many rows at once."""
    key = getattr(actor, "api_key", None)
    common = {
        "at": timezone.now(),
        "actor_id": actor.pk if actor else None,
        "actor_name": storable(actor.get_username())[:150] if actor else "webnet",
        "api_key": key.prefix if key else "",
        "source_address": source_address(),
        "correlation_id": storable(correlation_id())[:64],
    }
    events = [_event(entry, common) for entry in entries]
    if events:
        with transaction.atomic(savepoint=False):
            append(events)
    return events


def _event(entry: Entry, common: Mapping[str, Any]) -> AuditEvent:
    target = entry.target
    row = target if isinstance(target, models.Model) else None
    customer = entry.customer.pk if entry.customer is not None else getattr(row, "customer_id", None)
    return AuditEvent(
        **common,
        action=entry.action,
        customer_id=customer,
        object_type=target._meta.label_lower,
        object_id=row.pk if row else None,
        object_label=storable(str(row))[:255] if row else "",
        before=json_safe(mask(entry.before or {})),
        after=json_safe(mask(entry.after or {})),
    )


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs of two states of a thing, as it was and as it is: `before` and `after` of an audit row."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before[name] for name in names if name in before}, {n: after[n] for n in names if n in after}


def mask(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values with secrets replaced by dots, however deep they are."""
    return {
        name: "••••••" if value and any(word in str(name).lower() for word in SECRET_FIELDS) else _masked(value)
        for name, value in values.items()
    }


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return mask(value)
    return [_masked(one) for one in value] if isinstance(value, list | tuple) else value


def beat(*, name: str, role: str) -> None:
    """Sign of life of one process; forgets those that have been silent for a day."""
    now = timezone.now()
    Heartbeat.objects.update_or_create(name=name, defaults={"role": role, "at": now})
    Heartbeat.objects.filter(at__lt=now - timedelta(days=1)).delete()


def alive(role: str) -> int:
    """How many processes of the role gave a sign of life lately."""
    return Heartbeat.objects.filter(role=role, at__gte=timezone.now() - ALIVE_FOR).count()
