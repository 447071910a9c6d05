"""Where the user has put a customer's devices on the graph."""

from __future__ import annotations

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api.fields import ObjectField, StrictSerializer
from api.filters import refuse_unknown
from api.schema.declare import operation
from api.views import Endpoint, user_of
from customers.models import Customer
from topology.selectors import MOST_NODES, layout_of
from topology.services import FARTHEST, forget_layout, keep_layout
from users.permissions import Permission
from users.selectors import customers_for

PLACE = {"type": "number", "minimum": -FARTHEST, "maximum": FARTHEST}
POSITIONS = {
    "type": "object",
    "description": "By the id of the device: how far to the right of the middle, and how far below it.",
    "maxProperties": MOST_NODES,
    "propertyNames": {"pattern": "^[0-9]{1,18}$"},
    "additionalProperties": {"type": "array", "items": PLACE, "minItems": 2, "maxItems": 2},
}


class PositionsField(ObjectField):
    shape, shape_name = POSITIONS, "Positions"


class Layout(StrictSerializer):
    """Devices that are not of the customer are left out."""

    positions = PositionsField()


class LayoutEndpoint(Endpoint[Customer]):
    """Each user's own: it changes what nobody else sees."""

    permission = Permission.VIEW

    @operation(answer=Layout)
    def kept(self, request: Request, pk: int) -> Response:
        """Read where you have put the customer's devices on the graph. The others stand where the page finds room."""
        return Response({"positions": layout_of(user_of(request), self._customer(request, pk))})

    @operation(body=Layout, answer=Layout)
    def keep(self, request: Request, pk: int) -> Response:
        """Put the customer's devices on the graph; what stood there before is forgotten."""
        customer, given = self._customer(request, pk), self.valid(Layout, request)
        keep_layout(actor=user_of(request), customer=customer, positions=given["positions"])
        return Response({"positions": layout_of(user_of(request), customer)})

    @operation(status=204)
    def forget(self, request: Request, pk: int) -> Response:
        """Let the graph find a place for every device again."""
        forget_layout(actor=user_of(request), customer=self._customer(request, pk))
        return Response(status=204)

    def _customer(self, request: Request, pk: int) -> Customer:
        refuse_unknown(request.query_params, set(), "There is no such parameter.")
        found = customers_for(user_of(request)).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found
