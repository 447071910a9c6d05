"""Commands that a customer's operators may send besides those that are known to only read: list and form."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from commands.models import AllowedCommand
from commands.selectors import allowed_commands_for
from commands.services import create_allowed_command, delete_allowed_command, update_allowed_command
from customers.models import Customer
from networkops.platforms import PLATFORMS
from networkops.readonly import LONGEST, refusal
from ui.decorators import page
from ui.paging import counted_page
from ui.scope import current_customer, customers_of, narrowed, user_of
from users.models import User
from users.permissions import Permission, may
from users.selectors import customers_for

LABELS = [(key, row.label) for key, row in PLATFORMS.items()]


class CommandForm(forms.Form):
    """A command as it is typed, before it is asked whether it may be allowed."""

    platform = forms.ChoiceField(choices=LABELS)
    command = forms.CharField(
        max_length=LONGEST,
        help_text="Plain words; * stands for any one word.",
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )

    def known(self) -> str:
        """What the product's own list says of it; empty while it is no whole command."""
        if not self.is_valid():
            return ""
        given = self.cleaned_data
        if words := refusal(given["command"], given["platform"]):
            return f"Not on the product's own list: {words}."
        return "The product's own list has it: operators may send it as things are."


class AllowedForm(CommandForm):
    """The command, whose it is, and why it is harmless."""

    customer: forms.ModelChoiceField[Customer] = forms.ModelChoiceField(None, empty_label="Choose a customer")
    reason = forms.CharField(
        max_length=200, required=False, label="Why it is harmless", help_text="For who asks about it in a year."
    )

    def __init__(
        self, data: QueryDict | None, *, user: User, customer: Customer | None, row: AllowedCommand | None
    ) -> None:
        names = ("customer", "platform", "command", "reason")
        super().__init__(data, initial={name: getattr(row, name) for name in names} if row else {"customer": customer})
        self.user, self.row = user, row
        owner = row.customer if row else customer
        field = cast("forms.ModelChoiceField[Customer]", self.fields["customer"])
        field.queryset = customers_for(user).filter(**({"pk": owner.pk} if owner else {}))
        field.empty_label = None if owner else field.empty_label
        field.disabled = row is not None

    def store(self) -> AllowedCommand | None:
        """Make or change it; None with errors on the form where it is refused."""
        given = dict(self.cleaned_data)
        customer = given.pop("customer")
        try:
            if self.row:
                return update_allowed_command(actor=self.user, allowed_command=self.row, **given)
            return create_allowed_command(actor=self.user, customer=customer, **given)
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
            return None


@page(Permission.VIEW)
def allowed_list(request: HttpRequest) -> HttpResponse:
    rows = narrowed(request, allowed_commands_for(user_of(request)))
    context = {
        "page": counted_page(rows.order_by("platform", "command", "pk"), rows.select_related("customer"), request.GET),
        "by_customer": len(customers_of(request)) > 1 and current_customer(request) is None,
        "may_manage": may(request.user, Permission.MANAGE_SYSTEM),
    }
    fragment = "#table" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"commands/allowed/list.html{fragment}", context)


def _edited(request: HttpRequest, row: AllowedCommand | None) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = AllowedForm(data, user=user_of(request), customer=current_customer(request), row=row)
    if data is not None and form.is_valid() and (saved := form.store()) is not None:
        messages.success(request, f"Operators may send '{saved.command}' now.")
        return redirect("ui:allowed_list")
    context: dict[str, Any] = {"form": form, "row": row}
    return render(request, "commands/allowed/edit.html", context, status=422 if form.errors else 200)


def _one(request: HttpRequest, pk: int) -> AllowedCommand:
    return get_object_or_404(allowed_commands_for(user_of(request)).select_related("customer"), pk=pk)


@page(Permission.MANAGE_SYSTEM, methods=("GET", "POST"))
def allowed_new(request: HttpRequest) -> HttpResponse:
    return _edited(request, None)


@page(Permission.MANAGE_SYSTEM, methods=("GET", "POST"))
def allowed_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edited(request, _one(request, pk))


@page(Permission.MANAGE_SYSTEM)
def allowed_known(request: HttpRequest) -> HttpResponse:
    """What the product's own list says of a command while it is typed."""
    return render(request, "commands/allowed/_known.html", {"words": CommandForm(request.GET).known()})


@page(Permission.MANAGE_SYSTEM, methods=("POST",))
def allowed_delete(request: HttpRequest, pk: int) -> HttpResponse:
    row = _one(request, pk)
    delete_allowed_command(actor=user_of(request), allowed_command=row)
    messages.success(request, f"'{row.command}' is no longer allowed.")
    return redirect("ui:allowed_list")
