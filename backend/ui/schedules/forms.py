"""The form of a schedule."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from customers.models import Customer
from devices.enums import DeviceRole
from devices.models import Site, Tag
from devices.selectors import sites_for, tags_for
from jobs.cron import check_cron, check_time_zone, moments, time_zones
from jobs.enums import JobKind
from jobs.models import MOST_JITTER_S, Schedule
from jobs.schedules import create_schedule, update_schedule
from networkops.platforms import PLATFORMS
from ui.jobs.forms import commands_in
from users.models import User
from users.selectors import customers_for

OPTIONAL = {"params": "commands", "jitter_s": "jitter_min"}
"""Fields of the schedule that stand in the form under another name."""


@cache
def zone_options() -> SafeString:
    """All time zones as the options of a list, made when the first form is opened."""
    return format_html_join("", '<option value="{}"></option>', ((zone,) for zone in sorted(time_zones())))


class WhenForm(forms.Form):
    """When it runs."""

    cron = forms.CharField(
        label="When", max_length=100, validators=[check_cron], initial="0 2 * * *",
        help_text="Five fields of cron: minute, hour, day of month, month, day of week.",
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip
    time_zone = forms.CharField(
        label="Time zone", max_length=64, validators=[check_time_zone], initial="UTC",
        help_text="Its clock changes are followed.",
        widget=forms.TextInput(attrs={"list": "zones", "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip

    def upcoming(self) -> list[datetime]:
        """The next moments; none before the form is valid."""
        if not self.is_valid():
            return []
        return moments(self.cleaned_data["cron"], self.cleaned_data["time_zone"], timezone.now(), 3)


class ScheduleForm(WhenForm):
    """What runs, on which devices, and when."""

    name = forms.CharField(max_length=100)
    customer: forms.ModelChoiceField[Customer] = forms.ModelChoiceField(None, empty_label="Choose a customer")
    kind = forms.ChoiceField(label="What to do", choices=JobKind.choices)
    commands = forms.CharField(
        required=False, help_text="For show commands: one a line, such as only read.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )  # fmt: skip
    site: forms.ModelChoiceField[Site] = forms.ModelChoiceField(None, required=False, empty_label="Any site")
    tag: forms.ModelChoiceField[Tag] = forms.ModelChoiceField(None, required=False, empty_label="Any tag")
    platform = forms.ChoiceField(
        required=False, choices=[("", "Any platform"), *((key, row.label) for key, row in PLATFORMS.items())]
    )
    role = forms.ChoiceField(required=False, choices=[("", "Any role"), *DeviceRole.choices])
    jitter_min = forms.IntegerField(
        label="Jitter", min_value=0, max_value=MOST_JITTER_S // 60, initial=0,
        help_text="Each run begins at random up to so many minutes later: not everything at once.",
    )  # fmt: skip
    field_order = ("name", "customer", "kind", "commands", "site", "tag", "platform", "role", "cron")

    def __init__(
        self, data: QueryDict | None = None, *, user: User, customer: Customer | None, schedule: Schedule | None = None
    ) -> None:
        super().__init__(data, initial=_values(schedule) if schedule else {})
        self.user, self.schedule = user, schedule
        owner = schedule.customer if schedule else customer
        mine = customers_for(user)
        rows = {"customer": mine, "site": sites_for(user), "tag": tags_for(user)}
        for name, found in rows.items():
            narrow = {"pk" if name == "customer" else "customer": owner.pk} if owner else {}
            cast("forms.ModelChoiceField[Any]", self.fields[name]).queryset = found.filter(**narrow)
        if owner:
            field = cast("forms.ModelChoiceField[Customer]", self.fields["customer"])
            field.initial, field.empty_label = owner, None
        if schedule:  # these stay as they were made
            for name in ("customer", "kind"):
                self.fields[name].disabled = True

    def store(self) -> Schedule | None:
        """Make or change the schedule; None with errors on the form where it is refused."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in OPTIONAL.values()}
        given |= {"jitter_s": 60 * self.cleaned_data["jitter_min"], "params": self._params()}
        fixed = {name: given.pop(name) for name in ("customer", "kind")}
        try:
            if self.schedule:
                return update_schedule(actor=self.user, schedule=self.schedule, **given)
            return create_schedule(actor=self.user, **fixed, **given)
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                field = OPTIONAL.get(name, name)
                self.add_error(field if field in self.fields else None, errors)
            return None

    def _params(self) -> dict[str, Any]:
        kept = dict(self.schedule.params) if self.schedule else {}
        if self.cleaned_data["kind"] == JobKind.RUN_COMMANDS:
            kept["commands"] = commands_in(self.cleaned_data["commands"])
        return kept


def _values(schedule: Schedule) -> dict[str, Any]:
    names = ("name", "customer", "kind", "site", "tag", "platform", "role", "cron", "time_zone")
    return {name: getattr(schedule, name) for name in names} | {
        "commands": "\n".join(schedule.params.get("commands", [])), "jitter_min": schedule.jitter_s // 60,
    }  # fmt: skip
