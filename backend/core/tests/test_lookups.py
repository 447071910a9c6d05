"""Lookups of our own, on the database that the tests run on."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer


@pytest.mark.django_db
def test_among_finds_what_in_finds_with_one_parameter(acme: Customer, globex: Customer) -> None:
    for ids in ([acme.pk], [globex.pk, acme.pk, acme.pk, 2**62], [], [*range(1, 40_000)], [-1]):
        expected = {customer for customer in (acme, globex) if customer.pk in ids}
        rows = Customer.objects.filter(pk__among=ids)
        assert set(rows) == expected
        assert len(rows.query.sql_with_params()[1]) == 1
    with CaptureQueriesContext(connection) as captured:
        assert Customer.objects.exclude(pk__among=[acme.pk]).get() == globex
    assert str(acme.pk) in captured[0]["sql"]
