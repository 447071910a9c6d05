"""Audit rows and heartbeats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from core.context import correlation_id, source_address
from core.models import AuditEvent, Heartbeat

SECRET_FIELDS = ("password", "secret", "private_key", "token", "community", "key_hash")
ALIVE_FOR = timedelta(seconds=20)


def audit(
    action: str,
    target: models.Model,
    *,
    actor: Any,
    customer: Any = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add an audit row; call it inside the transaction of the change that it tells of.

    `actor` is a user, or None for the product itself. Values of secret fields are masked by name.
    """
    return AuditEvent.objects.create(
        actor=actor,
        actor_name=actor.get_username() if actor else "webnet",
        action=action,
        customer=customer if customer is not None else getattr(target, "customer", None),
        object_type=target._meta.label_lower,
        object_id=target.pk,
        object_label=str(target)[:255],
        before=mask(before or {}),
        after=mask(after or {}),
        source_address=source_address(),
        correlation_id=correlation_id(),
    )


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
