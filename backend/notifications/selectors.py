"""Channels and deliveries that a user sees: their own, and for admins those of their customers."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from jobs.models import Job
from notifications.models import Channel, Delivery
from users.models import User
from users.permissions import Permission, may
from users.selectors import visible

M = TypeVar("M", bound=Model)


def channels_for(user: User) -> QuerySet[Channel]:
    return _theirs(visible(Channel.objects.all(), user), user, "")


def deliveries_for(user: User) -> QuerySet[Delivery]:
    return _theirs(visible(Delivery.objects.all(), user), user, "channel__")


def deliveries_of(user: User, job: Job) -> QuerySet[Delivery]:
    return deliveries_for(user).filter(job=job).select_related("channel__owner").order_by("pk")


def _theirs(rows: QuerySet[M], user: User, path: str) -> QuerySet[M]:
    """What others have sent to themselves is their own matter."""
    mine = Q(**{f"{path}owner": user})
    return rows.filter(mine | Q(**{f"{path}owner": None}) if may(user, Permission.MANAGE_SYSTEM) else mine)
