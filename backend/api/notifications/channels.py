"""Notification channels: who hears of jobs that end badly. One's own, and for admins those of their customers."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from api.export import Exports
from api.fields import Choice, Nothing, Related, StrictSerializer, Text, YesNo
from api.filters import IdFilter, SearchFilter
from api.idempotency import idempotent
from api.notifications.deliveries import DeliverySerializer
from api.resource import Resource, Writes
from api.rows import RowSerializer
from api.schema.declare import operation
from api.views import user_of
from jobs.enums import JobKind
from notifications.enums import BadEnd, ChannelKind
from notifications.models import LONGEST_ADDRESS, Channel
from notifications.selectors import channels_for
from notifications.services import create_channel, delete_channel, rotate_secret, test_channel, update_channel
from users.permissions import Permission
from users.selectors import customers_for


class ChannelSerializer(RowSerializer[Channel]):
    """Where the bad news of a customer's jobs goes: `personal` by mail to its owner, `mail` to an address, `webhook`
    to another system."""

    address = serializers.CharField(help_text="Mail address, or the address of a webhook; empty for a personal one.")
    ends = serializers.ListField(child=serializers.ChoiceField(BadEnd.choices))
    job_kinds = serializers.ListField(child=serializers.ChoiceField(JobKind.choices), help_text="Empty: every kind.")

    class Meta:
        model = Channel
        fields: tuple[str, ...] = (
            "id", "customer", "kind", "name", "address", "only_own", "ends", "job_kinds", "enabled",
            "disabled_because", "failing_since", "created_at",
        )  # fmt: skip


class NewChannelSerializer(ChannelSerializer):
    """A channel that was just made: `secret` is what nobody can read again."""

    secret = serializers.CharField(help_text="Of a webhook: what its messages are signed with. Empty otherwise.")

    class Meta(ChannelSerializer.Meta):
        fields = (*ChannelSerializer.Meta.fields, "secret")


class NewSecret(serializers.Serializer[Any]):
    """A secret, shown once."""

    secret = serializers.CharField()


class ChannelInput(StrictSerializer):
    fixed = ("customer", "kind")

    customer = Related(customers_for, "customer")
    kind = Choice(choices=ChannelKind.choices)
    name = Text(max_length=100)
    address = Text(
        max_length=LONGEST_ADDRESS, required=False, allow_blank=True,
        help_text="A mail address for `mail`, one that begins with https:// for `webhook`, none for `personal`.",
    )  # fmt: skip
    only_own = YesNo(required=False, help_text="Of a personal one: only jobs that you started.")
    ends = serializers.ListField(
        child=Choice(choices=BadEnd.choices), min_length=1, max_length=len(BadEnd), required=False
    )
    job_kinds = serializers.ListField(child=Choice(choices=JobKind.choices), max_length=len(JobKind), required=False)
    enabled = YesNo(required=False)


class ChannelFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    kind = django_filters.ChoiceFilter(choices=ChannelKind.choices)
    enabled = django_filters.BooleanFilter()
    search = SearchFilter("name")


class ChannelEndpoint(Exports[Channel], Resource[Channel]):
    # everybody has mail sent to themselves; the service demands more of who writes for a customer
    permission = Permission.VIEW
    serializer_class = ChannelSerializer
    input = ChannelInput
    writes = Writes("channel", create_channel, update_channel, delete_channel)
    filterset_class = ChannelFilter
    order_by = {"id": "pk", "name": "name", "customer": "customer__name"}  # noqa: RUF012
    volatile = ("failing_since",)

    def rows(self) -> QuerySet[Channel]:
        return channels_for(user_of(self.request)).order_by("name", "pk")

    @operation(body=ChannelInput, answer=NewChannelSerializer, status=201)
    @idempotent
    def create(self, request: Request) -> Response:
        """Make a channel. The answer alone has the secret of a webhook."""
        row = create_channel(actor=user_of(request), **self.checked(request))
        shown: Any = self.one(row.pk)
        shown.secret = row.secret
        place = reverse("api:notification-channel-detail", args=[row.pk], request=request)
        told = NewChannelSerializer(shown, context=self.get_serializer_context()).data
        return Response(told, status=201, headers={"Location": place})

    @operation(body=Nothing, answer=NewSecret, refusals=(409,))
    @idempotent
    def rotate(self, request: Request, pk: int) -> Response:
        """Give a webhook a new secret. For a day its messages are signed with the old one, too."""
        self.valid(Nothing, request)
        return Response({"secret": rotate_secret(actor=user_of(request), channel=self.one(pk))})

    @operation(body=Nothing, answer=DeliverySerializer, status=201, refusals=(409,))
    @idempotent
    def test(self, request: Request, pk: int) -> Response:
        """Send something to see that it arrives. The answer is the delivery, which is read again to see what came."""
        self.valid(Nothing, request)
        row = test_channel(actor=user_of(request), channel=self.one(pk))
        return Response(DeliverySerializer(row, context=self.get_serializer_context()).data, status=201)
