"""Saved filters as JSON, and what makes them."""

from __future__ import annotations

from api.fields import Choice, Related, StrictSerializer, Text
from api.rows import RowSerializer
from api.users.serializers import UserName
from users.enums import SavedList
from users.models import SavedFilter, query_validator
from users.selectors import customers_for


class SavedFilterSerializer(RowSerializer[SavedFilter]):
    """The query of a list under a name: its owner's alone, or shared with all who see the customer."""

    owner = UserName()

    class Meta:
        model = SavedFilter
        fields = ("id", "name", "list", "query", "customer", "owner", "created_at", "updated_at")


class SavedFilterInput(StrictSerializer):
    fixed = ("list",)

    name = Text(max_length=100)
    list = Choice(SavedList.choices)
    query = Text(
        max_length=2000, rule=query_validator, required=False, allow_blank=True,
        help_text="As it stands in the list's address.",
    )  # fmt: skip
    customer = Related(customers_for, "customer", required=False, allow_null=True)
