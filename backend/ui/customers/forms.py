"""The form of a customer's settings, and the settings in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from customers.models import LONGEST_RETENTION_DAYS, Customer
from customers.services import CHANGEABLE, NAMES, update_customer
from users.models import User
from users.selectors import sees_all


class CustomerForm(forms.Form):
    """What an admin of the customer sets; its names are there for who sees all customers."""

    name = forms.CharField(max_length=100)
    slug = forms.SlugField(
        label="Short name", max_length=50,
        help_text="Letters, digits and hyphens. Scripts and the API know the customer by it.",
    )  # fmt: skip
    record_terminal_input = forms.BooleanField(
        label="Record what is typed in terminals", required=False,
        help_text="Recordings then hold each key that was pressed, but for passwords: what is typed at a prompt that "
        "does not echo is left out. Otherwise they hold what the screen showed. For sessions opened from now on.",
    )  # fmt: skip
    backup_after_session = forms.BooleanField(
        label="Back up a device after a terminal session", required=False,
        help_text="When a session ends in which somebody typed, the device's configuration is read and compared with "
        "the one before: the session's page shows the difference. Without it nobody is told what a session changed.",
    )  # fmt: skip
    four_eyes = forms.BooleanField(
        label="Four eyes", required=False,
        help_text="Who writes a change never approves it. This version of webnet sends no changes to devices yet: "
        "the setting holds from the first one that does.",
    )  # fmt: skip
    snapshot_retention_days = forms.IntegerField(
        label="Days that configurations are kept", min_value=0, max_value=LONGEST_RETENTION_DAYS,
        help_text="0 keeps every one. This version of webnet removes none yet, whatever stands here.",
    )  # fmt: skip
    api_networks = forms.CharField(
        label="Networks of the API", required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "placeholder": "One a line: 192.0.2.0/24"}),
        help_text="API keys and tokens reach this customer from these addresses and networks alone: to a caller from "
        "elsewhere it does not exist. Pages stay as they are. Empty: from everywhere.",
    )  # fmt: skip

    def __init__(self, data: QueryDict | None, *, user: User, customer: Customer) -> None:
        values = {name: getattr(customer, name) for name in CHANGEABLE}
        super().__init__(data, initial=values | {"api_networks": "\n".join(customer.api_networks)})
        self.user, self.customer = user, customer
        if not sees_all(user):
            for name in NAMES:
                del self.fields[name]

    def clean_api_networks(self) -> list[str]:
        return [word for word in re.split(r"[\s,]+", self.cleaned_data["api_networks"]) if word]

    def store(self) -> bool:
        """Change the customer; False with errors on the form where it is refused."""
        try:
            update_customer(actor=self.user, customer=self.customer, **self.cleaned_data)
        except ValidationError as error:
            for name, words in error.message_dict.items():
                self.add_error(name if name in self.fields else None, words)
        return self.is_valid()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a page shows it to who may not change it, too."""

    label: str
    value: str
    help: str


def settings_of(customer: Customer) -> list[Setting]:
    days = customer.snapshot_retention_days
    values = {
        "backup_after_session": yes_no(customer.backup_after_session),
        "record_terminal_input": yes_no(customer.record_terminal_input),
        "snapshot_retention_days": f"{days:,}" if days else "No limit",
        "four_eyes": yes_no(customer.four_eyes),
        "api_networks": ", ".join(customer.api_networks) or "From everywhere",
    }
    fields = CustomerForm.base_fields
    return [Setting(str(fields[name].label), value, str(fields[name].help_text)) for name, value in values.items()]


def yes_no(value: bool) -> str:
    return "Yes" if value else "No"
