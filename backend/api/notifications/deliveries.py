"""What was sent through notification channels, and what came of it."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from api.export import Exports
from api.fields import Nothing
from api.filters import IdFilter
from api.idempotency import idempotent
from api.rows import RowSerializer
from api.schema.declare import operation
from api.schema.fields import JSON_OBJECT, Shaped
from api.views import user_of
from notifications.enums import DeliveryState, Event
from notifications.models import Delivery
from notifications.selectors import deliveries_for
from notifications.services import resend_delivery
from users.permissions import Permission


class DeliverySerializer(RowSerializer[Delivery]):
    """One message to one channel. `message_id` is the same however often it is sent."""

    payload = Shaped(JSON_OBJECT, help_text="What a webhook's receiver gets.")

    class Meta:
        model = Delivery
        fields = (
            "id", "customer", "channel", "job", "event", "message_id", "state", "attempts", "next_attempt_at",
            "recipient", "problem", "answer_status", "answer", "took_ms", "created_at", "attempted_at", "sent_at",
            "payload",
        )  # fmt: skip


class DeliveryFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    channel = IdFilter("channel")
    job = IdFilter("job")
    state = django_filters.MultipleChoiceFilter(choices=DeliveryState.choices)
    event = django_filters.ChoiceFilter(choices=Event.choices)


class DeliveryEndpoint(Exports[Delivery]):
    permission = Permission.VIEW
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter
    order_by = {"id": "pk", "created_at": "created_at"}  # noqa: RUF012

    def rows(self) -> QuerySet[Delivery]:
        return deliveries_for(user_of(self.request)).order_by("-pk")

    @operation(body=Nothing, answer=DeliverySerializer, refusals=(409,))
    @idempotent
    def resend(self, request: Request, pk: int) -> Response:
        """Send it once more, with the same id and content."""
        self.valid(Nothing, request)
        row = resend_delivery(actor=user_of(request), delivery=self.one(pk))
        return Response(self.get_serializer(row).data)
