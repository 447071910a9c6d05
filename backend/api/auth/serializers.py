"""What logging in takes, and who one is afterwards."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.customers.serializers import CustomerName
from api.fields import StrictSerializer
from users.models import User
from users.permissions import permissions_of
from users.selectors import customers_for


class LoginInput(StrictSerializer):
    """Who logs in, and what proves it."""

    username = serializers.CharField(max_length=150)
    # long enough for any passphrase, too short to keep the hasher busy
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    otp = serializers.CharField(
        max_length=20, required=False, help_text="Of who has a second factor: a code of the app, or a recovery code."
    )


class RefreshInput(StrictSerializer):
    """The refresh token of a login."""

    refresh = serializers.CharField(max_length=4096)


class TokenPair(serializers.Serializer[Any]):
    """An access token for `Authorization: Bearer …`, and the refresh token that gets the next pair, once."""

    access = serializers.CharField()
    refresh = serializers.CharField()


class MeSerializer(serializers.ModelSerializer[User]):
    """The user, what its role may do, and the customers that it sees."""

    permissions = serializers.SerializerMethodField()
    customers = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "username", "role", "permissions", "all_customers", "customers")

    def get_permissions(self, user: User) -> list[str]:
        return sorted(permissions_of(user))

    @extend_schema_field(CustomerName(many=True))
    def get_customers(self, user: User) -> list[dict[str, Any]]:
        return list(CustomerName(customers_for(user), many=True).data)
