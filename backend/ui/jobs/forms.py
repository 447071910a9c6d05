"""The form of a new job."""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from customers.models import Customer
from devices.filters import DeviceFilter
from devices.models import Device
from devices.selectors import devices_for
from jobs.enums import JobKind
from jobs.kinds import KINDS, MOST_PROBES
from jobs.models import Job
from jobs.services import JobRefused, start_job
from networkops.types import PROBES
from users.models import User
from users.permissions import Permission, may
from users.selectors import customers_for

FILTERS = ("q", "site", "platform", "role", "reachability", "backup", "tag")
OBJECTS = {"site", "tag"}
MATCHING, LISTED = "matching", "listed"
NAMED = 12
CHUNK = 500  # SQLite binds a limited number of values


def _timeout_help() -> str:
    defaults = (f"{KINDS[kind].params().timeout_s} for {kind.label.lower()}" for kind in JobKind)
    return f"Seconds until a device that does not answer is given up. Empty: {', '.join(defaults)}."


class NewJobForm(forms.Form):
    """What to do, for which customer, on which devices: all that match a filter, or those that are listed by name."""

    kind = forms.ChoiceField(label="What to do", widget=forms.RadioSelect, initial=JobKind.CONFIG_BACKUP)
    customer: forms.ModelChoiceField[Customer] = forms.ModelChoiceField(None, empty_label="Choose a customer")
    choose = forms.ChoiceField(
        label="Devices",
        widget=forms.RadioSelect,
        choices=[(MATCHING, "All that match a filter"), (LISTED, "A list of names")],
        initial=MATCHING,
    )
    hostnames = forms.CharField(
        required=False,
        label="Names of devices",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="One a line, or separated by spaces or commas.",
        error_messages={"required": "Name at least one device."},
    )
    commands = forms.CharField(
        required=False,
        strip=False,
        label="Commands",
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="One a line, sent in this order.",
    )
    beyond_list = forms.BooleanField(
        required=False, label="Also such as are not known to only read", help_text="They are sent once, and audited."
    )
    probes = forms.IntegerField(
        required=False,
        label="Probes",
        min_value=1,
        max_value=MOST_PROBES,
        help_text=f"TCP connects, and ICMP echoes, to each device. Empty: {PROBES}.",
    )
    timeout_s = forms.IntegerField(required=False, label="Timeout", min_value=1, max_value=3600)

    def __init__(
        self, data: QueryDict | None = None, *, request: HttpRequest, user: User, customer: Customer | None, **rest: Any
    ) -> None:
        super().__init__(data, **rest)
        self.request, self.user = request, user
        kinds = [kind for kind in JobKind.choices if may(user, KINDS[kind[0]].permission)]
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds
        self.fields["timeout_s"].help_text = _timeout_help()
        if not may(user, Permission.RUN_ANY_COMMAND):
            del self.fields["beyond_list"]
        self.fields["hostnames"].required = self["choose"].value() == LISTED
        choices = customers_for(user)
        field = cast("forms.ModelChoiceField[Customer]", self.fields["customer"])
        field.queryset = choices.filter(pk=customer.pk) if customer else choices
        if customer:
            field.initial, field.empty_label = customer, None

    @classmethod
    def opened(cls, request: HttpRequest, user: User, customer: Customer | None) -> NewJobForm:
        """The form as a link opens it: `?kind=…&customer=ID`, and `devices=ID&devices=ID` or a filter of the list."""
        query = request.GET
        given = {
            name: query[name] for name in ("kind", "customer", "choose", "hostnames", "timeout_s") if name in query
        }
        ids = [int(pk) for pk in query.getlist("devices") if pk.isascii() and pk.isdigit() and len(pk) < 19][:CHUNK]
        if ids:
            named = devices_for(user).filter(pk__in=ids).order_by("hostname").values_list("hostname", "customer_id")
            given |= {"choose": LISTED, "hostnames": "\n".join(name for name, _ in named)}
            if owners := {owner for _, owner in named}:
                given.setdefault("customer", str(min(owners)))
        return cls(None, request=request, user=user, customer=customer, initial=given)

    @cached_property
    def chosen_customer(self) -> Customer | None:
        """The customer as far as it is chosen yet, one of the user's own."""
        field = self.fields["customer"]
        try:
            chosen = field.clean(field.prepare_value(self["customer"].value()))
        except forms.ValidationError:
            return None
        return chosen if isinstance(chosen, Customer) else None

    @cached_property
    def found(self) -> DeviceFilter:
        """The filter over the customer's devices."""
        rows = devices_for(self.user).filter(customer=self.chosen_customer, enabled=True)
        found = DeviceFilter(self.data if self.is_bound else self.request.GET, queryset=rows, request=self.request)
        for name in set(found.form.fields) - set(FILTERS):
            del found.form.fields[name]
        for name, field in found.form.fields.items():
            field.widget.attrs["aria-label"] = field.label or name
            if name in OBJECTS:
                field.queryset = field.queryset.filter(customer=self.chosen_customer)
        return found

    @cached_property
    def matching(self) -> QuerySet[Device]:
        rows: QuerySet[Device] = self.found.qs if self.found.is_valid() else self.found.queryset.none()
        return rows.order_by("hostname").distinct()

    @property
    def selects(self) -> list[forms.BoundField]:
        """The filter's selects; one among objects of which there are none is left out."""
        shown = [self.found.form[name] for name in FILTERS[1:]]
        return [field for field in shown if field.name not in OBJECTS or field.field.queryset.exists()]

    @cached_property
    def count(self) -> int:
        return self.matching.count()

    @property
    def first_names(self) -> list[str]:
        return list(self.matching.values_list("hostname", flat=True)[:NAMED])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["commands"] = commands_in(cleaned.get("commands", ""))
        if cleaned.get("kind") == JobKind.RUN_COMMANDS and not cleaned["commands"]:
            self.add_error("commands", "Give at least one command.")
        if cleaned.get("choose") == LISTED and cleaned.get("customer"):
            self._find_listed(cleaned)
        elif cleaned.get("choose") == MATCHING and cleaned.get("customer") and not self.count:
            self.add_error("choose", "No enabled device of this customer matches the filter.")
        return cleaned

    def _find_listed(self, cleaned: dict[str, Any]) -> None:
        names = list(dict.fromkeys(cleaned.get("hostnames", "").replace(",", " ").split()))
        mine = devices_for(self.user).filter(customer=cleaned["customer"])
        found: dict[str, int] = {}
        for start in range(0, len(names), CHUNK):
            found |= dict(mine.filter(hostname__in=names[start : start + CHUNK]).values_list("hostname", "pk"))
        missing = [name for name in names if name not in found]
        if missing:
            more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
            self.add_error(
                "hostnames", f"{cleaned['customer']} has no device named {', '.join(missing[:NAMED])}{more}."
            )
        cleaned["ids"] = list(found.values())

    def start(self) -> Job | None:
        """Start the job; None with an error on the form where it is refused."""
        given = self.cleaned_data | {"count": self.cleaned_data["probes"]}
        ids = given["ids"] if given["choose"] == LISTED else self.matching.values_list("pk", flat=True)
        known = {field.name for field in fields(KINDS[given["kind"]].params)}
        params = {name: given[name] for name in known if given.get(name) is not None}
        try:
            return start_job(
                actor=self.user, customer=given["customer"], kind=given["kind"], devices=ids, params=params
            )
        except JobRefused as refused:
            names = {"devices": "choose", "params": "commands"}
            for problem in refused.problems:
                self.add_error(names.get(refused.field), problem)
            return None


def commands_in(text: str) -> list[str]:
    """The commands that a form was given, a line each; a service judges what else is in them."""
    return [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
