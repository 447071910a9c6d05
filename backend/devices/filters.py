"""The filters of devices, the same for pages and API."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest

from core.reading import AT_ONCE
from customers.models import Customer
from devices.enums import BackupState, DeviceRole, Reachability
from devices.models import Device, Site, Tag
from devices.selectors import backup_is, sites_for, tags_for
from networkops.platforms import PLATFORMS
from users.selectors import customers_for


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

    # SQLite gives up on patterns of tens of thousands of characters
    q = django_filters.CharFilter(method="search", label="Search", max_length=500)
    customer = django_filters.ModelChoiceFilter(queryset=_customers, label="Customer", empty_label="Any customer")
    site = django_filters.ModelChoiceFilter(queryset=_sites, label="Site", empty_label="Any site")
    platform = django_filters.ChoiceFilter(
        choices=[(key, row.label) for key, row in PLATFORMS.items()], label="Platform", empty_label="Any platform"
    )
    role = django_filters.ChoiceFilter(choices=DeviceRole.choices, label="Role", empty_label="Any role")
    reachability = django_filters.ChoiceFilter(
        choices=Reachability.choices, label="Reachability", empty_label="Any reachability"
    )
    backup = django_filters.ChoiceFilter(
        choices=BackupState.choices, method="by_backup", label="Last backup", empty_label="Any backup"
    )
    enabled = django_filters.BooleanFilter(label="Enabled")
    tag = django_filters.ModelChoiceFilter(queryset=_tags, field_name="tags", label="Tag", empty_label="Any tag")

    class Meta:
        model = Device
        fields = ("q", "customer", "site", "platform", "role", "reachability", "backup", "enabled", "tag")

    def search(self, rows: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        """Every word is part of the hostname, the serial number or the address.

        Few that are found are named by their ids: then neither the count nor the page has to look through all again.
        """
        found = rows
        for word in value.upper().split():
            found = found.filter(search__contains=word)
        ids = list(found.order_by().values_list("pk", flat=True)[: AT_ONCE + 1])
        return found if len(ids) > AT_ONCE else rows.filter(pk__in=ids)

    def by_backup(self, rows: QuerySet[Device], name: str, value: str) -> QuerySet[Device]:
        return rows.filter(backup_is(value))
