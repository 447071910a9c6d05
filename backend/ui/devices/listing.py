"""What the device list shows: filtered, sorted, one page of it."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from django.db.models import QuerySet
from django.forms import BoundField, ModelChoiceField, TypedChoiceField
from django.http import HttpRequest

from devices.enums import DeviceRole
from devices.filters import DeviceFilter
from devices.models import Device
from devices.selectors import FEW, devices_for, in_order, platforms_of
from jobs.enums import JobKind
from networkops.platforms import LABELS
from ui.paging import SIZES, counted_page, page_size
from ui.scope import current_customer, customers_of, narrowed, user_of
from users.permissions import Permission, may

ACTIONS = (
    {"kind": JobKind.CONFIG_BACKUP, "label": "Back up", "icon": "archive"},
    {"kind": JobKind.RUN_COMMANDS, "label": "Show commands", "icon": "scroll-text"},
    {"kind": JobKind.REFRESH_FACTS, "label": "Read facts", "icon": "refresh-cw"},
    {"kind": JobKind.TOPOLOGY_DISCOVERY, "label": "Discover neighbours", "icon": "network"},
    {"kind": JobKind.REACHABILITY, "label": "Check reachability", "icon": "activity"},
)
ENABLED = (("", "Enabled or not"), ("true", "Enabled"), ("false", "Disabled"))
SHOWN = (
    "pk", "hostname", "mgmt_ip", "platform", "role", "enabled", "reachability", "reachability_at", "last_backup",
    "backed_up_at", "site__name", "customer__name",
)  # fmt: skip
ROLES = dict(DeviceRole.choices)
SELECTS = ("customer", "site", "platform", "role", "reachability", "backup", "enabled", "tag")


def device_filter(request: HttpRequest) -> DeviceFilter:
    """The request's filter over the user's devices, within the chosen customer.

    A value that means nothing is an error: were it ignored, "all that match" would be all there are.
    """
    rows = narrowed(request, devices_for(user_of(request)))
    found = DeviceFilter(request.GET, queryset=rows, request=request)
    fields = found.form.fields
    if chosen := current_customer(request):
        fields["customer"].queryset = fields["customer"].queryset.filter(pk=chosen.pk)
        fields["customer"].error_messages["invalid_choice"] = f"the pages show {chosen} alone, as chosen in the header."
        for name in ("site", "tag"):
            fields[name].queryset = narrowed(request, fields[name].queryset)
    fields["enabled"] = TypedChoiceField(
        choices=ENABLED, coerce=lambda value: value == "true", empty_value=None, required=False, label="Enabled"
    )
    for name, field in fields.items():
        field.widget.attrs["aria-label"] = field.label or name
    return found


def matching(found: DeviceFilter) -> QuerySet[Device]:
    """Devices that match; none where the filter names what does not exist."""
    return found.qs if found.is_valid() else found.queryset.none()


def actions_for(request: HttpRequest) -> tuple[dict[str, Any], ...]:
    """The jobs that the user may start on devices."""
    return ACTIONS if may(request.user, Permission.RUN_READ_JOBS) else ()


def table_context(request: HttpRequest) -> dict[str, Any]:
    """The table with its chips, bulk bar and pager."""
    found = device_filter(request)
    sort = request.GET.get("sort", "")
    if current_customer(request) and sort.removeprefix("-") == "customer":
        sort = "hostname"  # all of one customer: nothing to sort by
    rows = in_order(matching(found), sort)
    # plain values: making three objects of each row takes as long as the query, and a template finds these sooner
    load = found.queryset.values(*SHOWN)
    page = counted_page(rows, load, request.GET, few=FEW, total=found.named, key=itemgetter("pk"))
    for row in page.object_list:
        row |= {"platform": LABELS.get(row["platform"], row["platform"]), "role": ROLES.get(row["role"], row["role"])}
    return {
        "page": page,
        "total": page.paginator.count,
        "chips": _chips(found),
        "problems": [f"{found.form.fields[name].label}: {words[0]}" for name, words in found.form.errors.items()],
        "actions": actions_for(request),
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
        "found": found,
    }


def selects(request: HttpRequest, found: DeviceFilter) -> list[BoundField]:
    """The filter's selects for the page; a choice among objects that do not exist is left out."""
    fields = found.form.fields
    _offer_used_platforms(found)
    shown = []
    for name in SELECTS[1:] if current_customer(request) else SELECTS:
        field = fields[name]
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            # names alone: a network may have thousands of sites
            rows = list(field.queryset.values_list("pk", "name"))
            field.widget.choices = [("", field.empty_label), *rows]
            if not rows:
                continue
        shown.append(found.form[name])
    return shown


def _offer_used_platforms(found: DeviceFilter) -> None:
    """Of two dozen platforms those that the devices have, and the chosen one."""
    used = {*platforms_of(found.queryset), found.form.data.get("platform")}
    widget = found.form.fields["platform"].widget
    widget.choices = [(value, label) for value, label in widget.choices if not value or value in used]


def size_choices(request: HttpRequest) -> list[tuple[int, bool]]:
    return [(size, size == page_size(request.GET)) for size in SIZES]


def _chips(found: DeviceFilter) -> list[dict[str, str]]:
    """The active filters but the search, whose words stand in the search box."""
    chosen = found.form.cleaned_data if found.is_valid() else {}
    chips = []
    for name in SELECTS:
        field, value = found.form.fields.get(name), found.form.data.get(name)
        if field is not None and value:
            labels = {} if isinstance(field, ModelChoiceField) else dict(field.widget.choices)
            words = labels.get(value) or chosen.get(name) or value
            chips.append({"name": name, "label": field.label, "value": str(words)})
    return chips
