"""Users as JSON, and what makes and changes them. Passwords go in alone, and never out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import get_default_password_validators
from django.contrib.auth.validators import UnicodeUsernameValidator
from rest_framework import serializers

from api.customers.serializers import CustomerName
from api.fields import Choice, Email, LongText, Related, StrictSerializer, Text, YesNo
from api.rows import RowSerializer
from users.enums import Role
from users.models import User
from users.selectors import customers_for

MOST_CUSTOMERS = 1000
SHORTEST_PASSWORD = max(getattr(rule, "min_length", 1) for rule in get_default_password_validators())


class UserName(RowSerializer[User]):
    """A user by name."""

    class Meta:
        model = User
        fields = ("id", "username")


class UserSerializer(RowSerializer[User]):
    """A user, with those of the user's customers that you see."""

    customers = CustomerName(many=True)

    class Meta:
        model = User
        fields = (
            "id", "username", "email", "first_name", "last_name", "role", "all_customers", "customers", "is_active",
            "last_login", "date_joined",
        )  # fmt: skip


class CustomersField(serializers.ListField):
    """Ids of customers that the user sees, looked up at once."""

    child = Related(customers_for, "customer")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MOST_CUSTOMERS, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list):
            self.child.preload(data[:MOST_CUSTOMERS])
        return super().to_internal_value(data)


class UserInput(StrictSerializer):
    # who sees all customers is an admin; of a change it depends on the user
    rules = {  # noqa: RUF012
        "if": {"properties": {"all_customers": {"const": True}}, "required": ["all_customers"]},
        "then": {"properties": {"role": {"const": Role.ADMIN.value}}, "required": ["role"]},
    }

    username = Text(max_length=150, rule=UnicodeUsernameValidator())
    email = Email(required=False, allow_blank=True)
    first_name = Text(max_length=150, required=False, allow_blank=True)
    last_name = Text(max_length=150, required=False, allow_blank=True)
    role = Choice(Role.choices, required=False)
    all_customers = YesNo(required=False)
    customers = CustomersField(required=False)


class CustomersInput(StrictSerializer):
    customers = CustomersField(min_length=1)


class Password(LongText):
    """Neither common, nor digits alone, nor like what is known of the user."""


class PasswordInput(StrictSerializer):
    # long enough for any passphrase, too short to keep the hasher busy
    password = Password(min_length=SHORTEST_PASSWORD, max_length=1024, trim_whitespace=False)
