"""The form of a channel."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from core.errors import Refused
from customers.models import Customer
from jobs.enums import JobKind
from notifications.enums import BadEnd, ChannelKind
from notifications.models import LONGEST_ADDRESS, Channel, usual_ends
from notifications.services import CHANGEABLE, create_channel, update_channel
from users.models import User
from users.permissions import Permission, may
from users.selectors import customers_for


class ChannelForm(forms.Form):
    """Where it goes, and what it tells of."""

    name = forms.CharField(max_length=100)
    customer: forms.ModelChoiceField[Customer] = forms.ModelChoiceField(None, empty_label="Choose a customer")
    kind = forms.ChoiceField(label="How", choices=ChannelKind.choices)
    address = forms.CharField(
        required=False, max_length=LONGEST_ADDRESS,
        help_text="A mail address, or the https:// address of a webhook. Mail to you goes to your account's address.",
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip
    ends = forms.MultipleChoiceField(
        label="Jobs that end", choices=BadEnd.choices, initial=usual_ends, widget=forms.CheckboxSelectMultiple
    )
    job_kinds = forms.MultipleChoiceField(
        label="Kinds of jobs", required=False, choices=JobKind.choices, widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: every kind.",
    )  # fmt: skip
    only_own = forms.BooleanField(
        label="Only jobs that I started", required=False, help_text="For mail to you; otherwise all of the customer's."
    )
    enabled = forms.BooleanField(label="On", required=False, initial=True)

    def __init__(
        self, data: QueryDict | None = None, *, user: User, customer: Customer | None, channel: Channel | None = None
    ) -> None:
        super().__init__(data, initial=_values(channel) if channel else {})
        self.user, self.channel = user, channel
        owner = channel.customer if channel else customer
        field = cast("forms.ModelChoiceField[Customer]", self.fields["customer"])
        field.queryset = customers_for(user).filter(pk=owner.pk) if owner else customers_for(user)
        if owner:
            field.initial, field.empty_label = owner, None
        if not may(user, Permission.MANAGE_SYSTEM):
            cast("forms.ChoiceField", self.fields["kind"]).choices = [(ChannelKind.PERSONAL, "Mail to me")]
            del self.fields["address"]
        if channel:  # these stay as they were made
            for name in ("customer", "kind"):
                self.fields[name].disabled = True

    def store(self) -> Channel | None:
        """Make or change the channel; None with errors on the form where it is refused."""
        given = {name: value for name, value in self.cleaned_data.items() if name in CHANGEABLE}
        try:
            if self.channel:
                return update_channel(actor=self.user, channel=self.channel, **given)
            fixed = {name: self.cleaned_data[name] for name in ("customer", "kind")}
            return create_channel(actor=self.user, **fixed, **given)
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
        except Refused as refused:
            self.add_error(None, str(refused))
        return None


def _values(channel: Channel) -> dict[str, Any]:
    return {name: getattr(channel, name) for name in (*CHANGEABLE, "customer", "kind")}
