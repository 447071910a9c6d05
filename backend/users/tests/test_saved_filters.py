"""Saved filters: one's own, and those shared with a customer."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction

from conftest import make_user
from core.models import AuditEvent
from customers.models import Customer
from users.enums import Role
from users.models import APIKey, SavedFilter, User
from users.permissions import NotAllowed
from users.saved_filters import create_saved_filter, delete_saved_filter, update_saved_filter
from users.selectors import saved_filters_for

pytestmark = pytest.mark.django_db


def make(actor: User, name: str, customer: Customer | None = None, **fields: Any) -> SavedFilter:
    return create_saved_filter(actor=actor, name=name, list="jobs", query="status=failed", customer=customer, **fields)


def test_who_sees_which_filters(
    viewer: User, operator: User, stranger: User, superadmin: User, acme: Customer, globex: Customer
) -> None:
    mine, shared, foreign = make(viewer, "mine"), make(operator, "shared", acme), make(stranger, "other", globex)
    assert list(saved_filters_for(viewer)) == [mine, shared]
    assert list(saved_filters_for(operator)) == [shared]
    assert list(saved_filters_for(stranger)) == [foreign]
    assert list(saved_filters_for(superadmin)) == [foreign, shared]
    operator.customers.clear()
    assert not saved_filters_for(operator).exists()  # it is the customer's now
    viewer.is_active = False
    assert not saved_filters_for(viewer).exists()


def test_sharing_is_for_who_manages_the_inventory(
    viewer: User, operator: User, acme: Customer, globex: Customer
) -> None:
    with pytest.raises(NotAllowed):
        make(viewer, "shared", acme)
    with pytest.raises(ObjectDoesNotExist):
        make(operator, "shared", globex)
    mine = make(viewer, "mine")
    with pytest.raises(NotAllowed):
        update_saved_filter(actor=viewer, saved_filter=mine, customer=acme)
    assert list(SavedFilter.objects.all()) == [mine]


def test_a_filter_is_changed_by_owner_and_admin(
    viewer: User, operator: User, admin: User, stranger: User, acme: Customer
) -> None:
    shared, mine = make(operator, "shared", acme), make(viewer, "mine")
    colleague = make_user("colleague", Role.OPERATOR, acme)
    for actor, error in ((viewer, NotAllowed), (colleague, NotAllowed), (stranger, ObjectDoesNotExist)):
        with pytest.raises(error):
            update_saved_filter(actor=actor, saved_filter=shared, name="x")
        with pytest.raises(error):
            delete_saved_filter(actor=actor, saved_filter=shared)
    with pytest.raises(ObjectDoesNotExist):
        update_saved_filter(actor=admin, saved_filter=mine, name="x")
    with pytest.raises(NotAllowed, match="Only its owner"):
        update_saved_filter(actor=admin, saved_filter=shared, customer=None)
    update_saved_filter(actor=admin, saved_filter=shared, name="failed")
    update_saved_filter(actor=operator, saved_filter=shared, customer=None, query="page=2")
    delete_saved_filter(actor=operator, saved_filter=shared)
    assert list(AuditEvent.objects.order_by("pk").values_list("action", "actor_name")[2:]) == [
        ("saved_filter.change", "admin"),
        ("saved_filter.change", "operator"),
        ("saved_filter.delete", "operator"),
    ]


def test_a_key_that_reads_saves_nothing(viewer: User) -> None:
    viewer.api_key = APIKey(user=viewer, scopes=["read"], all_customers=True)
    with pytest.raises(NotAllowed, match="scopes"):
        make(viewer, "mine")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"query": "a b"}, "query"),
        ({"query": '"><script>'}, "query"),
        ({"query": "a\n"}, "query"),
        ({"query": "a" * 2001}, "query"),
        ({"query": "#x"}, "query"),
        ({"list": "everything"}, "list"),
        ({"name": ""}, "name"),
    ],
)
def test_filter_refused(viewer: User, fields: dict[str, str], name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        create_saved_filter(actor=viewer, **{"name": "n", "list": "jobs", "query": "", **fields})
    assert list(refused.value.message_dict) == [name]


def test_a_name_is_once_in_a_list(viewer: User, operator: User, acme: Customer) -> None:
    make(viewer, "failed")
    make(operator, "failed")
    make(operator, "failed", acme)
    create_saved_filter(actor=viewer, name="failed", list="devices")
    for actor, customer in ((viewer, None), (operator, acme)):
        with pytest.raises(ValidationError, match="with this name"):
            make(actor, "failed", customer)
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedFilter.objects.create(owner=actor, customer=customer, name="failed", list="jobs")
