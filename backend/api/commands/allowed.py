"""Commands that a customer allows its operators besides the list."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from api.export import Exports
from api.fields import Choice, Related, StrictSerializer, Text
from api.filters import IdFilter, SearchFilter
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.rows import RowSerializer
from api.views import user_of
from commands.models import AllowedCommand
from commands.selectors import allowed_commands_for
from commands.services import create_allowed_command, delete_allowed_command, update_allowed_command
from networkops.platforms import PLATFORMS
from networkops.readonly import LONGEST
from users.permissions import Permission
from users.selectors import customers_for

LABELS = [(key, row.label) for key, row in PLATFORMS.items()]


class AllowedCommandSerializer(RowSerializer[AllowedCommand]):
    """A command that a customer's operators may send to devices of a platform, besides those that only read."""

    class Meta:
        model = AllowedCommand
        fields = ("id", "customer", "platform", "command", "reason", "created_at")


class AllowedCommandInput(StrictSerializer):
    fixed = ("customer",)

    customer = Related(customers_for, "customer")
    platform = Choice(choices=LABELS)
    command = Text(max_length=LONGEST, help_text="Plain words; `*` stands for any one word.")
    reason = Text(max_length=200, required=False, allow_blank=True)


class AllowedCommandFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    platform = django_filters.ChoiceFilter(choices=LABELS)
    search = SearchFilter("command", "reason")


class AllowedCommandEndpoint(Exports[AllowedCommand], Resource[AllowedCommand]):
    permission = managed_by(Permission.MANAGE_SYSTEM)
    serializer_class = AllowedCommandSerializer
    input = AllowedCommandInput
    writes = Writes("allowed_command", create_allowed_command, update_allowed_command, delete_allowed_command)
    filterset_class = AllowedCommandFilter
    order_by = {"id": "pk", "platform": "platform", "command": "command", "customer": "customer__name"}  # noqa: RUF012

    def rows(self) -> QuerySet[AllowedCommand]:
        return allowed_commands_for(user_of(self.request)).order_by("platform", "command", "pk")
