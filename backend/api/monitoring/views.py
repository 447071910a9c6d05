"""The history of a device's reachability: each check, and all of them as a file."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.audit.views import MomentFilter
from api.export import Exports
from api.filters import IdFilter
from api.rows import RowSerializer
from api.schema.declare import operation
from api.views import user_of
from devices.selectors import devices_for
from monitoring.models import STATES, ReachabilityCheck
from monitoring.selectors import checks_of
from users.permissions import Permission


class ReachabilityCheckSerializer(RowSerializer[ReachabilityCheck]):
    """One check of one device. Latencies are in milliseconds, null where nothing answered; loss is in percent."""

    tcp_loss = serializers.FloatField(min_value=0, max_value=100, allow_null=True, read_only=True)
    icmp_loss = serializers.FloatField(
        min_value=0,
        max_value=100,
        allow_null=True,
        read_only=True,
        help_text="Null where the server may not send ICMP.",
    )

    class Meta:
        model = ReachabilityCheck
        fields = (
            "id", "customer", "device", "job", "checked_at", "state",
            "tcp_sent", "tcp_lost", "tcp_loss", "tcp_min_ms", "tcp_avg_ms", "tcp_max_ms",
            "icmp_sent", "icmp_lost", "icmp_loss", "icmp_min_ms", "icmp_avg_ms", "icmp_max_ms", "reason",
        )  # fmt: skip


class ReachabilityFilter(django_filters.FilterSet):
    since = MomentFilter("checked_at", "gte")
    until = MomentFilter("checked_at", "lt")
    state = django_filters.ChoiceFilter(choices=STATES)
    job = IdFilter("job")


class ReachabilityEndpoint(Exports[ReachabilityCheck]):
    permission = Permission.VIEW
    serializer_class = ReachabilityCheckSerializer
    filterset_class = ReachabilityFilter
    order_by = {"id": "pk", "checked_at": "checked_at"}  # noqa: RUF012

    def rows(self) -> QuerySet[ReachabilityCheck]:
        return checks_of(user_of(self.request), self.kwargs["pk"])

    @operation(many=True)
    def of_device(self, request: Request, pk: int) -> Response:
        """List the reachability checks of a device, the newest first."""
        self._device_or_404(pk)
        return self.list(request)

    def export(self, request: Request, pk: int = 0) -> StreamingHttpResponse:
        """Read the reachability checks of a device as a file, in the order of ids. It is written as it is read."""
        self._device_or_404(pk)
        return super().export(request)

    def _device_or_404(self, pk: int) -> None:
        if not devices_for(user_of(self.request)).filter(pk=pk).exists():
            raise Http404
