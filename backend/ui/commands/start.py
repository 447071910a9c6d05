"""From chosen devices to the commands for them: the form, what is refused and why, the jobs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from commands.services import check
from devices.models import Device
from devices.selectors import ids_by_customer, platforms_of
from jobs.enums import JobKind
from jobs.kinds import KINDS, MOST_COMMANDS, MOST_SECONDS, BadParams, read_params
from networkops.platforms import LABELS
from ui.devices.run import OtherDevices, after_start, chosen_devices, start_jobs
from ui.jobs.forms import commands_in
from ui.scope import user_of
from users.models import User
from users.permissions import Permission, may

NAMED = 12
CARRIED = ("select_all", "seen", "scope", "devices")
"""What says which devices were chosen, handed on by the form."""


class CommandsForm(forms.Form):
    """Commands for devices that are chosen already."""

    commands = forms.CharField(
        strip=False,
        label="Commands",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autofocus": True}),
        help_text=f"One a line, sent in this order; at most {MOST_COMMANDS}.",
        error_messages={"required": "Give at least one command."},
    )
    command_timeout_s = forms.IntegerField(
        required=False, label="Timeout of a command", min_value=1, max_value=MOST_SECONDS,
        help_text="Seconds until an answer is given up. Empty: 60.",
    )  # fmt: skip
    beyond_list = forms.BooleanField(
        required=False, label="Also such as are not known to only read", help_text="They are sent once, and audited."
    )

    def __init__(self, data: QueryDict | None = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        if not may(user, Permission.RUN_ANY_COMMAND):
            del self.fields["beyond_list"]

    @property
    def params(self) -> dict[str, Any]:
        given = self.cleaned_data
        timeout = {"command_timeout_s": given["command_timeout_s"]} if given["command_timeout_s"] else {}
        commands = commands_in(given["commands"])
        # a device has the time of all its commands, and some for the login
        most = min(MOST_SECONDS, (timeout.get("command_timeout_s", 60)) * len(commands) + 60)
        return {"commands": commands, "beyond_list": given.get("beyond_list", False), "timeout_s": most, **timeout}

    def check(self, devices: QuerySet[Device]) -> None:
        """What would be refused, for all customers of the devices before a job for any of them is made."""
        kind, params = KINDS[JobKind.RUN_COMMANDS], self.params
        for customer in ids_by_customer(devices):
            platforms = platforms_of(devices.filter(customer=customer))
            try:
                check(self.user, customer, read_params(kind, params), platforms)
            except BadParams as error:
                for problem in error.problems:
                    if problem not in self.errors.get("commands", []):
                        self.add_error("commands", problem)


def commands_start(request: HttpRequest) -> HttpResponse:
    """The form for the devices that were chosen; sent once more with commands, the jobs."""
    try:
        devices = chosen_devices(request)
    except OtherDevices as error:
        return after_start(request, [], [str(error)])
    if "commands" not in request.POST:
        form = CommandsForm(user=user_of(request))
        return render(request, "commands/start.html", _context(request, form, devices))
    form = CommandsForm(request.POST, user=user_of(request))
    if form.is_valid():
        form.check(devices)
    if not form.is_valid():
        return render(request, "commands/start.html", _context(request, form, devices), status=422)
    return after_start(request, *start_jobs(user_of(request), JobKind.RUN_COMMANDS, devices, form.params))


def _context(request: HttpRequest, form: CommandsForm, devices: QuerySet[Device]) -> dict[str, Any]:
    counts = devices.order_by().values_list("platform").annotate(count=Count("pk")).order_by("-count")
    carried = [(name, value) for name in CARRIED for value in request.POST.getlist(name)]
    return {
        "form": form,
        "carried": carried,
        "total": devices.count(),
        "names": list(devices.order_by("hostname").values_list("hostname", flat=True)[:NAMED]),
        "platforms": [(LABELS.get(key, key), count) for key, count in counts],
    }
