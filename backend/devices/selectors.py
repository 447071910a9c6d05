"""Devices, sites and credentials that a user sees."""

from __future__ import annotations

from django.db.models import QuerySet

from devices.models import Credential, Device, Site, Tag
from users.models import User
from users.selectors import visible


def devices_for(user: User) -> QuerySet[Device]:
    """Devices of the user's customers."""
    return visible(Device.objects.all(), user)


def sites_for(user: User) -> QuerySet[Site]:
    return visible(Site.objects.all(), user)


def credentials_for(user: User) -> QuerySet[Credential]:
    return visible(Credential.objects.all(), user)


def tags_for(user: User) -> QuerySet[Tag]:
    return visible(Tag.objects.all(), user)
