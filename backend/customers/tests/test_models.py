"""Address ranges of customers."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from customers.models import Customer, CustomerIPRange
from users.models import User

pytestmark = pytest.mark.django_db

OWNED = [
    # ranges, address, whether it is the customer's
    ([], "192.0.2.1", True),
    (["10.0.0.0/8"], "10.200.3.4", True),
    (["10.0.0.0/8"], "11.0.0.1", False),
    (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
    (["10.0.0.0/8"], "2001:db8::1", False),
    (["192.0.2.7/32"], "192.0.2.7", True),
]


@pytest.mark.parametrize(("ranges", "address", "owned"), OWNED)
def test_address_of_a_customer(acme: Customer, ranges: list[str], address: str, owned: bool) -> None:
    for cidr in ranges:
        CustomerIPRange.objects.create(customer=acme, cidr=cidr)
    assert acme.owns_address(address) is owned


CLEAN = [
    # other customer's range, may overlap, our range, may overlap, taken
    ("10.0.0.0/8", False, "11.0.0.0/8", False, True),
    ("10.0.0.0/8", False, "10.1.0.0/16", False, False),
    ("10.1.0.0/16", False, "10.0.0.0/8", False, False),
    ("10.0.0.0/8", True, "10.1.0.0/16", False, False),
    ("10.0.0.0/8", False, "10.1.0.0/16", True, False),
    ("10.0.0.0/8", True, "10.1.0.0/16", True, True),
    ("10.0.0.0/8", False, "::/0", False, True),
    ("192.0.2.0/24", False, "10.0.0.1/8", False, False),  # a host, not a network
    ("192.0.2.0/24", False, "ten", False, False),
]


@pytest.mark.parametrize(("theirs", "they_may", "ours", "we_may", "taken"), CLEAN)
def test_ranges_of_two_customers_overlap_only_when_both_say_so(
    acme: Customer, globex: Customer, theirs: str, they_may: bool, ours: str, we_may: bool, taken: bool
) -> None:
    CustomerIPRange.objects.create(customer=globex, cidr=theirs, may_overlap=they_may)
    row = CustomerIPRange(customer=acme, cidr=ours, may_overlap=we_may)
    if taken:
        row.full_clean()
        return
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert list(refused.value.message_dict) == ["cidr"]
    assert "Globex" not in str(refused.value)


def test_ranges_of_one_customer_may_overlap(acme: Customer) -> None:
    CustomerIPRange.objects.create(customer=acme, cidr="10.0.0.0/8")
    CustomerIPRange(customer=acme, cidr="10.1.0.0/16").full_clean()


def test_network_is_kept_in_one_spelling(acme: Customer) -> None:
    row = CustomerIPRange(customer=acme, cidr="2001:0DB8:0:0::/32")
    row.full_clean()
    assert row.cidr == "2001:db8::/32"


@pytest.mark.parametrize(("cidr", "status"), [("10.0.0.0/8", 302), ("11.0.0.0/8", 200)])
def test_customer_and_ranges_are_made_in_one_form(
    client: Client, superadmin: User, globex: Customer, cidr: str, status: int
) -> None:
    CustomerIPRange.objects.create(customer=globex, cidr="11.0.0.0/8")
    client.force_login(superadmin)
    form = {
        "name": "Initech", "slug": "initech", "snapshot_retention_days": "0",
        "ip_ranges-TOTAL_FORMS": "1", "ip_ranges-INITIAL_FORMS": "0", "ip_ranges-0-cidr": cidr,
    }  # fmt: skip
    assert client.post("/admin/customers/customer/add/", form).status_code == status
    assert Customer.objects.filter(slug="initech").exists() is (status == 302)
