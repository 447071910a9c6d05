"""Credentials: how webnet logs in to devices. A secret goes in and never comes out."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from api.export import Exports
from api.fields import LongText, Related, StrictSerializer, Text
from api.filters import IdFilter, SearchFilter
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.rows import RowSerializer
from api.views import user_of
from devices.models import Credential
from devices.selectors import credentials_for, without_secrets
from devices.services import create_credential, delete_credential, update_credential
from users.permissions import Permission
from users.selectors import customers_for


class CredentialSerializer(RowSerializer[Credential]):
    """A login. Of its secrets it is told which there are."""

    has_password = serializers.BooleanField()
    has_enable_secret = serializers.BooleanField()
    has_private_key = serializers.BooleanField()

    class Meta:
        model = Credential
        fields = (
            "id", "customer", "name", "username", "has_password", "has_enable_secret", "has_private_key", "updated_at",
        )  # fmt: skip


class Secret(Text):
    """A password as it is typed: white space is part of it. Empty takes it away."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=500, required=False, allow_blank=True, trim_whitespace=False, write_only=True, **kwargs
        )


class PrivateKey(LongText):
    """In OpenSSH, PEM or PKCS #8 form, without a passphrase. Empty takes it away."""


class CredentialInput(StrictSerializer):
    fixed = ("customer",)

    customer = Related(customers_for, "customer")
    name = Text(max_length=100)
    username = Text(max_length=100)
    password = Secret()
    enable_secret = Secret()
    private_key = PrivateKey(max_length=16_384, required=False, allow_blank=True, write_only=True)


class CredentialFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    name = django_filters.CharFilter()
    username = django_filters.CharFilter()
    search = SearchFilter("name", "username")


class CredentialEndpoint(Exports[Credential], Resource[Credential]):
    permission = managed_by(Permission.MANAGE_INVENTORY, read=Permission.MANAGE_INVENTORY)
    serializer_class = CredentialSerializer
    input = CredentialInput
    writes = Writes("credential", create_credential, update_credential, delete_credential)
    filterset_class = CredentialFilter
    order_by = {  # noqa: RUF012
        "id": "pk", "name": "name", "username": "username", "customer": "customer__name", "updated_at": "updated_at",
    }  # fmt: skip

    def rows(self) -> QuerySet[Credential]:
        return without_secrets(credentials_for(user_of(self.request))).order_by("name", "pk")
