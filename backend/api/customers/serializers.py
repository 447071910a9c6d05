"""Customers and their address ranges as JSON, and what makes them."""

from __future__ import annotations

from django.core.validators import validate_slug

from api.fields import Network, Networks, Related, StrictSerializer, Text, Whole, YesNo
from api.rows import RowSerializer
from api.schema.fields import Shaped
from customers.models import LONGEST_RETENTION_DAYS, Customer, CustomerIPRange
from users.selectors import customers_for

NETWORKS = "API keys and tokens reach this customer from these networks alone; from all where there is none."


class CustomerName(RowSerializer[Customer]):
    """A customer by name."""

    class Meta:
        model = Customer
        fields = ("id", "name", "slug")


class CustomerSerializer(RowSerializer[Customer]):
    """A tenant: every device, job and snapshot belongs to exactly one."""

    api_networks = Shaped({"type": "array", "items": {"type": "string"}}, help_text=NETWORKS)

    class Meta:
        model = Customer
        fields = (
            "id", "name", "slug", "four_eyes", "record_terminal_input", "backup_after_session",
            "snapshot_retention_days", "api_networks", "created_at",
        )  # fmt: skip


class CustomerInput(StrictSerializer):
    name = Text(max_length=100)
    slug = Text(max_length=50, rule=validate_slug, required=False, help_text="Without one it is made from the name.")
    four_eyes = YesNo(required=False)
    record_terminal_input = YesNo(required=False)
    backup_after_session = YesNo(required=False)
    snapshot_retention_days = Whole(min_value=0, max_value=LONGEST_RETENTION_DAYS, required=False)
    api_networks = Networks(required=False)


class IPRangeSerializer(RowSerializer[CustomerIPRange]):
    """Addresses that a customer's devices are managed under."""

    class Meta:
        model = CustomerIPRange
        fields = ("id", "customer", "cidr", "may_overlap")


class IPRangeInput(StrictSerializer):
    fixed = ("customer",)

    customer = Related(customers_for, "customer")
    cidr = Network()
    may_overlap = YesNo(required=False)
