"""API keys: one's own, and those of the users whom one manages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from api.filters import IdFilter, SearchFilter
from api.idempotency import idempotent
from api.keys.serializers import KeyInput, KeySerializer, NewKeySerializer
from api.resource import Resource, Writes
from api.schema.declare import operation
from api.views import user_of
from users.keys import create_key, revoke_key, update_key
from users.models import APIKey, User
from users.permissions import Permission
from users.selectors import api_keys_for, users_for, with_customers


class KeyFilter(django_filters.FilterSet):
    user = IdFilter("user")
    prefix = django_filters.CharFilter()
    revoked = django_filters.BooleanFilter("revoked_at", lookup_expr="isnull", exclude=True)
    search = SearchFilter("name", "prefix", "user__username")


def _revoke(*, actor: User, key: APIKey) -> None:
    revoke_key(actor=actor, key=key)


class KeyEndpoint(Resource[APIKey]):
    permission = {  # noqa: RUF012
        **dict.fromkeys(("list", "retrieve", "create", "update", "destroy"), Permission.VIEW),
        # of another user
        **dict.fromkeys(("list_of_user", "create_for_user"), Permission.MANAGE_SYSTEM),
    }
    serializer_class = KeySerializer
    input = KeyInput
    writes = Writes("key", create_key, update_key, _revoke)
    filterset_class = KeyFilter
    volatile = ("last_used_at",)
    order_by = {  # noqa: RUF012
        "id": "pk",
        "name": "name",
        "user": "user__username",
        "created_at": "created_at",
        "expires_at": "expires_at",
        "last_used_at": "last_used_at",
    }

    def rows(self) -> QuerySet[APIKey]:
        me = user_of(self.request)
        return with_customers(api_keys_for(me).select_related("user"), me).order_by("name", "pk")

    @operation(body=KeyInput, answer=NewKeySerializer, status=201)
    @idempotent
    def create(self, request: Request) -> Response:
        """Make a key of one's own. The answer alone has the key itself."""
        return self._made(request, user_of(request))

    @operation(answer=KeySerializer, many=True)
    def list_of_user(self, request: Request, pk: int) -> Response:
        """List the keys of a user whom you manage."""
        self.of = self._user(pk)
        return self.list(request)

    @operation(body=KeyInput, answer=NewKeySerializer, status=201)
    @idempotent
    def create_for_user(self, request: Request, pk: int) -> Response:
        """Make a key for a user whom you manage. The answer alone has the key itself."""
        return self._made(request, self._user(pk))

    def get_queryset(self) -> QuerySet[APIKey]:
        rows = super().get_queryset()
        return rows.filter(user=self.of) if hasattr(self, "of") else rows

    def _user(self, pk: int) -> User:
        user = users_for(user_of(self.request)).filter(pk=pk).first()
        if user is None:
            raise Http404
        return user

    def _made(self, request: Request, user: User) -> Response:
        key, text = create_key(actor=user_of(request), user=user, **self.checked(request))
        row: Any = self.one(key.pk)
        row.key = text
        shown = NewKeySerializer(row, context=self.get_serializer_context()).data
        place = reverse("api:api-key-detail", args=[key.pk], request=request)
        return Response(shown, status=201, headers={"Location": place})
