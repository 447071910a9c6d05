"""The filters of devices, the same for pages and API."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest

from customers.models import Customer
from devices.enums import BackupState, DeviceRole, Reachability
from devices.models import Device, Site, Tag
from devices.selectors import backup_is, sites_for, tags_for
from networkops.platforms import LABELS
from users.selectors import customers_for

NAMED = 3_000
"""Ids that one query names at most; reading them all over again costs less than more of them."""


def _customers(request: HttpRequest) -> QuerySet[Customer]:
    return customers_for(request.user)


def _sites(request: HttpRequest) -> QuerySet[Site]:
    return sites_for(request.user)  # type: ignore[arg-type]


def _tags(request: HttpRequest) -> QuerySet[Tag]:
    return tags_for(request.user)  # type: ignore[arg-type]


class DeviceFilter(django_filters.FilterSet):
    """`DeviceFilter(data, queryset=devices_for(user), request=request)`.

    Objects are chosen among the user's own: the id of a foreign one is as invalid as one that does not exist.
    """

    customer = django_filters.ModelChoiceFilter(queryset=_customers, label="Customer", empty_label="Any customer")
    site = django_filters.ModelChoiceFilter(queryset=_sites, label="Site", empty_label="Any site")
    platform = django_filters.ChoiceFilter(choices=list(LABELS.items()), label="Platform", empty_label="Any platform")
    role = django_filters.ChoiceFilter(choices=DeviceRole.choices, label="Role", empty_label="Any role")
    reachability = django_filters.ChoiceFilter(
        choices=Reachability.choices, label="Reachability", empty_label="Any reachability"
    )
    backup = django_filters.ChoiceFilter(
        choices=BackupState.choices, method="by_backup", label="Last backup", empty_label="Any backup"
    )
    enabled = django_filters.BooleanFilter(label="Enabled")
    tag = django_filters.ModelChoiceFilter(queryset=_tags, method="by_tag", label="Tag", empty_label="Any tag")
    # the last: it looks through all that the others leave; SQLite gives up on patterns of tens of thousands of letters
    q = django_filters.CharFilter(method="search", label="Search", max_length=500)

    _found: tuple[QuerySet[Device], int] | None = None
    """Devices that are named by their ids, and how many."""

    class Meta:
        model = Device
        fields = ("customer", "site", "platform", "role", "reachability", "backup", "enabled", "tag", "q")

    def search(self, rows: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        """Every word is part of the hostname, the serial number or the address."""
        for word in value.upper().split():
            rows = rows.filter(search__contains=word)
        return self._named(rows)

    def by_tag(self, rows: QuerySet[Device], name: str, value: Tag) -> QuerySet[Device]:
        return self._named(rows.filter(tags=value))

    def _named(self, rows: QuerySet[Device]) -> QuerySet[Device]:
        """Few that are found are named by their ids: then neither count nor page looks through all devices again.

        The planner cannot tell few from many behind a row-level policy.
        """
        ids = list(rows.order_by().values_list("pk", flat=True)[: NAMED + 1])
        if len(ids) > NAMED:
            return rows
        self._found = self.queryset.filter(pk__among=ids), len(ids)
        return self._found[0]

    @property
    def named(self) -> int | None:
        """How many devices `qs` has, where its last filter found so few that they are named; else unknown."""
        rows = self.qs  # which looks
        return self._found[1] if self._found and rows is self._found[0] else None

    def by_backup(self, rows: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        return rows.filter(backup_is(value))
