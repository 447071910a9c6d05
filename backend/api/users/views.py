"""Users whom the user, an admin, sees and manages."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api.export import Exports
from api.fields import Nothing
from api.filters import IdFilter, SearchFilter, refuse_unknown
from api.permissions import managed_by
from api.resource import Resource, Writes
from api.schema.declare import operation
from api.users.serializers import CustomersInput, PasswordInput, UserInput, UserSerializer
from api.views import user_of
from users import services
from users.enums import Role
from users.models import User
from users.permissions import Permission
from users.selectors import customers_for, users_for, with_customers

ACTIONS = ("assign", "remove", "activate", "deactivate", "set_password", "send_reset")


class UserFilter(django_filters.FilterSet):
    username = django_filters.CharFilter()
    email = django_filters.CharFilter()
    role = django_filters.MultipleChoiceFilter(choices=Role.choices)
    is_active = django_filters.BooleanFilter()
    all_customers = django_filters.BooleanFilter()
    customer = IdFilter("customers", method="of_customer")
    search = SearchFilter("username", "email", "first_name", "last_name")

    def of_customer(self, rows: QuerySet[User], name: str, value: int) -> QuerySet[User]:
        """Of a customer that is seen: another's id must not tell which of the users it has, too."""
        return rows.filter(customers__in=customers_for(self.request.user).filter(pk=value))


class UserEndpoint(Exports[User], Resource[User]):
    """Who has a customer in common with you; who has no other customers can be changed by you."""

    permission = {  # noqa: RUF012
        **managed_by(Permission.MANAGE_SYSTEM, read=Permission.MANAGE_SYSTEM),
        **dict.fromkeys(ACTIONS, Permission.MANAGE_SYSTEM),
    }
    serializer_class = UserSerializer
    input = UserInput
    writes = Writes("user", services.create_user, services.update_user, services.delete_user)
    filterset_class = UserFilter
    volatile = ("last_login",)
    order_by = {  # noqa: RUF012
        "id": "pk",
        "username": "username",
        "email": "email",
        "role": "role",
        "last_login": "last_login",
        "date_joined": "date_joined",
    }

    def rows(self) -> QuerySet[User]:
        me = user_of(self.request)
        return with_customers(users_for(me), me).order_by("username", "pk")

    @operation(body=CustomersInput, answer=UserSerializer, refusals=(409,))
    def assign(self, request: Request, pk: int) -> Response:
        """Let a user see further customers. Those that the user sees already stay."""
        user, given = self.one(pk), self.valid(CustomersInput, request)
        services.assign_customers(actor=user_of(request), user=user, customers=given["customers"])
        return self.answer(self.one(pk))

    @operation(status=204, refusals=(409,))
    def remove(self, request: Request, pk: int, customer: int) -> Response:
        """Let a user see a customer no more."""
        refuse_unknown(request.query_params, set(), "There is no such parameter.")
        user = self.one(pk)
        row = customers_for(user_of(request)).filter(pk=customer).first()
        if row is None:
            raise Http404
        services.remove_customer(actor=user_of(request), user=user, customer=row)
        return Response(status=204)

    @operation(body=Nothing, answer=UserSerializer)
    def activate(self, request: Request, pk: int) -> Response:
        """Let a user in again. Login sessions, tokens and API keys of before do not come back."""
        self.valid(Nothing, request)
        services.activate_user(actor=user_of(request), user=self.one(pk))
        return self.answer(self.one(pk))

    @operation(body=Nothing, answer=UserSerializer, refusals=(409,))
    def deactivate(self, request: Request, pk: int) -> Response:
        """End a user's account with all its login sessions, tokens and API keys, at once."""
        self.valid(Nothing, request)
        services.deactivate_user(actor=user_of(request), user=self.one(pk))
        return self.answer(self.one(pk))

    @operation(body=PasswordInput, status=204)
    def set_password(self, request: Request, pk: int) -> Response:
        """Set a user's password. Their login sessions and tokens end."""
        user, given = self.one(pk), self.valid(PasswordInput, request)
        services.set_password(actor=user_of(request), user=user, password=given["password"])
        return Response(status=204)

    @operation(body=Nothing, status=202, refusals=(409,))
    def send_reset(self, request: Request, pk: int) -> Response:
        """Send a user a mail with which they set a new password."""
        self.valid(Nothing, request)
        site = request.build_absolute_uri("/").rstrip("/")
        services.send_reset(actor=user_of(request), user=self.one(pk), site=site)
        return Response(status=202)
