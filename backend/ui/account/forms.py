"""Forms of the account pages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from ui.scope import user_of
from users.enums import Scope
from users.models import User
from users.selectors import customers_for


def _password(label: str, kind: str, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        # long enough for any passphrase, too short to keep the hasher busy
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": kind}),
        **more,
    )


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false", "autofocus": True}
        ),
    )


class CurrentPasswordForm(forms.Form):
    """Proof that it is still the user who sits there; who logs in elsewhere has none to give."""

    password = _password("Current password", "current-password")

    def __init__(self, *args: Any, request: HttpRequest, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.request = request
        if not user_of(request).has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        user = user_of(self.request)
        # like a login, so that guesses are counted and locked out like those of a login
        if authenticate(self.request, username=user.get_username(), password=password) != user:
            raise forms.ValidationError("That is not your current password.")
        return password


class SetUpForm(CurrentPasswordForm, CodeForm):
    """Turns the second factor on."""

    field_order = ("code", "password")


class NewPasswordForm(forms.Form):
    """The new password, twice."""

    new_password = _password("New password", "new-password")
    repeated = _password("New password again", "new-password")

    def __init__(self, *args: Any, user: User, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.user = user
        self.fields["new_password"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        new, repeated = given.get("new_password"), given.get("repeated")
        if new and repeated and new != repeated:
            self.add_error("repeated", "The two are not the same.")
        elif new:
            try:
                validate_password(new, self.user)
            except forms.ValidationError as error:
                self.add_error("new_password", error)
        return given


class PasswordForm(CurrentPasswordForm, NewPasswordForm):
    """The new password, and the one so far."""

    field_order = ("password", "new_password", "repeated")

    def __init__(self, *args: Any, request: HttpRequest) -> None:
        super().__init__(*args, request=request, user=user_of(request))


class CustomersField(forms.ModelMultipleChoiceField):
    """Of numbers that a database can hold: a longer one would break the query."""

    def clean(self, value: Any) -> Any:
        for one in value or ():
            if not str(one).isdecimal() or len(str(one)) > 18:
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": one}
                )
        return super().clean(value)


class KeyForm(forms.Form):
    """A new API key of one's own."""

    name = forms.CharField(max_length=100, help_text="What uses it: the name of a system or a script.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=[
            (Scope.READ, "Read"),
            (Scope.RUN, "Start jobs that change nothing on devices"),
            (Scope.WRITE, "Manage what webnet knows, and change devices"),
        ],
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
    )
    customers = CustomersField(
        None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all of yours, those that come later too.",
    )
    expires_on = forms.DateField(
        required=False,
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The key ends with this day (UTC). Empty: it works until it is revoked.",
    )
    source_networks = forms.CharField(
        required=False,
        label="Source networks",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Addresses or networks that it may be used from, one a line. Empty: everywhere.",
    )

    def __init__(self, *args: Any, user: User, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.fields["customers"].queryset = customers_for(user)  # type: ignore[attr-defined]

    def clean_source_networks(self) -> list[str]:
        return [word for word in re.split(r"[\s,]+", self.cleaned_data["source_networks"]) if word]

    def values(self) -> dict[str, Any]:
        """What `users.keys.create_key` takes."""
        given = dict(self.cleaned_data)
        last: date | None = given.pop("expires_on")
        given["expires_at"] = datetime.combine(last, time.max, UTC) if last else None
        return given

    def take_errors(self, error: ValidationError) -> None:
        """The service's words, each at its field."""
        for name, words in error.message_dict.items():
            field = {"expires_at": "expires_on"}.get(name, name)
            self.add_error(field if field in self.fields else None, words)


class EmailForm(forms.Form):
    """Whose password is forgotten."""

    email = forms.EmailField(
        label="Mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )
