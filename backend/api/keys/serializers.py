"""API keys as JSON, and what makes and changes them. The key itself goes out once, when it is made."""

from __future__ import annotations

from rest_framework import serializers

from api.customers.serializers import CustomerName
from api.fields import Choice, Networks, StrictSerializer, Text
from api.rows import RowSerializer
from api.users.serializers import CustomersField, UserName
from users.enums import Scope
from users.models import APIKey


class KeySerializer(RowSerializer[APIKey]):
    """A key of another system's; with no customers of its own it reaches all of its user's."""

    user = UserName()
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    customers = CustomerName(many=True)
    source_networks = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = APIKey
        fields: tuple[str, ...] = (
            "id", "name", "prefix", "user", "scopes", "all_customers", "customers", "source_networks", "expires_at",
            "last_used_at", "revoked_at", "created_at",
        )  # fmt: skip


class NewKeySerializer(KeySerializer):
    """A key that was just made: `key` is what nobody can read again."""

    key = serializers.CharField(help_text="For `Authorization: Api-Key …`.")

    class Meta(KeySerializer.Meta):
        fields = (*KeySerializer.Meta.fields, "key")


class KeyInput(StrictSerializer):
    name = Text(max_length=100)
    scopes = serializers.ListField(child=Choice(choices=Scope.choices), min_length=1, max_length=len(Scope))
    customers = CustomersField(required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    source_networks = Networks(required=False)
