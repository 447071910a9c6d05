"""The audit trail as its users have it: who sees which events, and who took them away as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from core.models import AuditEvent
from core.services import Entry, audit_many
from customers.models import Customer
from users.models import User
from users.permissions import Permission, demand, may
from users.selectors import customers_for, sees_all, visible


def audit_events_for(user: User) -> QuerySet[AuditEvent]:
    """Events of the user's customers, for operators and admins; those of no customer for who sees every customer."""
    if not may(user, Permission.VIEW_AUDIT):
        return AuditEvent.objects.none()
    return visible(AuditEvent.objects.all(), user)


def record_export(*, actor: User, customer: Customer | None, asked: Mapping[str, Any]) -> None:
    """Note in the trail of whom it tells that events were taken away: of one customer, or of all the actor's.

    `asked` are the format and the filters. Raises NotAllowed.
    """
    demand(actor, Permission.VIEW_AUDIT)
    told: list[Customer | None] = [customer]
    if customer is None and not sees_all(actor):
        told = list(customers_for(actor))
    audit_many([Entry("audit.export", AuditEvent, one, after=asked) for one in told], actor=actor)
