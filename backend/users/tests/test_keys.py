"""API keys: what they may be, and when they stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from conftest import make_user
from core.models import AuditEvent
from customers.models import Customer
from users.enums import Role
from users.keys import create_key, revoke_key, update_key, user_by_key
from users.models import APIKey, User
from users.permissions import BeyondOwn, NotAllowed
from users.selectors import customers_for

HERE = "10.1.2.3"


def key_of(user: User, **fields: Any) -> tuple[APIKey, str]:
    return create_key(actor=user, user=user, **{"name": "sync", "scopes": ["read"], **fields})


def test_a_key_is_recognised_and_its_secret_is_kept_nowhere(operator: User, acme: Customer) -> None:
    key, text = key_of(operator, scopes=["run", "read"], customers=[acme])
    prefix, _, secret = text.partition(".")
    assert prefix == key.prefix and len(secret) >= 43
    user = user_by_key(text, HERE)
    assert user == operator and user.api_key == key
    assert list(customers_for(user)) == [acme]
    row = APIKey.objects.filter(pk=key.pk).values().get()
    assert row["scopes"] == ["read", "run"]
    assert secret not in str(row)
    audited = AuditEvent.objects.get(action="api_key.create")
    assert audited.actor == operator
    assert audited.after == {
        "user": "operator", "name": "sync", "scopes": ["read", "run"], "customers": ["acme"], "expires_at": None,
        "source_networks": [],
    }  # fmt: skip


def test_what_is_nearly_a_key_is_none(operator: User) -> None:
    key, text = key_of(operator)
    other, other_text = key_of(operator)
    secret = text.partition(".")[2]
    nearly = [
        "", ".", key.prefix, f"{key.prefix}.", f".{secret}", secret, text + "x", text[:-1], text.upper(), f" {text}",
        f"{other.prefix}.{secret}", f"{text}\x00", "é.ü", "\x00.\x00", "x" * 100_000, f"{key.prefix}.{key.key_hash}",
    ]  # fmt: skip
    assert [given for given in nearly if user_by_key(given, HERE)] == []
    assert user_by_key(other_text, HERE) == operator


ENDS: dict[str, Callable[[APIKey, User], object]] = {
    "revoked": lambda key, owner: revoke_key(actor=owner, key=key),
    "expired": lambda key, owner: APIKey.objects.filter(pk=key.pk).update(expires_at=timezone.now()),
    "owner inactive": lambda key, owner: User.objects.filter(pk=owner.pk).update(is_active=False),
    "owner gone": lambda key, owner: owner.delete(),
    "key gone": lambda key, owner: key.delete(),
    "another network": lambda key, owner: update_key(actor=owner, key=key, source_networks=["192.0.2.0/24"]),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_a_key_stops_at_once(operator: User, end: Callable[[APIKey, User], object]) -> None:
    key, text = key_of(operator, expires_at=timezone.now() + timedelta(days=1))
    assert user_by_key(text, HERE)
    end(key, operator)
    assert user_by_key(text, HERE) is None


def test_revoked_once_and_for_good(operator: User) -> None:
    key, _ = key_of(operator)
    assert revoke_key(actor=operator, key=key) is True
    assert revoke_key(actor=operator, key=key) is False
    assert AuditEvent.objects.filter(action="api_key.revoke").count() == 1
    with pytest.raises(ValidationError, match="revoked"):
        update_key(actor=operator, key=key, name="again")


def test_last_used_is_written_once_a_minute(operator: User, django_assert_num_queries: Any) -> None:
    key, text = key_of(operator)
    with django_assert_num_queries(3):
        assert user_by_key(text, HERE)
    with django_assert_num_queries(2):
        assert user_by_key(text, HERE)
    key.refresh_from_db()
    assert key.last_used_at and timezone.now() - key.last_used_at < timedelta(seconds=10)
    APIKey.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    with django_assert_num_queries(3):
        assert user_by_key(text, HERE)


def test_a_refused_key_was_not_used(operator: User) -> None:
    key, text = key_of(operator, source_networks=["192.0.2.0/24"])
    assert user_by_key(text, HERE) is None
    key.refresh_from_db()
    assert key.last_used_at is None


BAD = [
    ({"name": ""}, "name"), ({"name": "x" * 101}, "name"),
    ({"scopes": []}, "scopes"), ({"scopes": ["root"]}, "scopes"),
    ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
    ({"source_networks": ["10.0.0.1/8"]}, "source_networks"), ({"source_networks": ["everywhere"]}, "source_networks"),
    ({"source_networks": [f"10.0.0.{number}" for number in range(51)]}, "source_networks"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "field"), BAD)
def test_values_that_a_key_does_not_take(operator: User, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        key_of(operator, **fields)
    assert list(refused.value.message_dict) == [field]
    assert not APIKey.objects.exists()
    key, _ = key_of(operator)
    with pytest.raises(ValidationError) as refused:
        update_key(actor=operator, key=key, **fields)
    assert list(refused.value.message_dict) == [field]


@pytest.mark.parametrize("scope", ["run", "write"])
def test_a_scope_of_which_the_role_has_nothing(viewer: User, scope: str) -> None:
    with pytest.raises(ValidationError, match=f"The role viewer includes nothing of the scope {scope}"):
        key_of(viewer, scopes=["read", scope])


def test_a_foreign_customer_is_no_customer(operator: User, superadmin: User, globex: Customer) -> None:
    with pytest.raises(ValidationError) as foreign:
        key_of(operator, customers=[globex])
    with pytest.raises(ValidationError) as nobodys:
        key_of(operator, customers=[Customer(pk=10**9)])
    assert foreign.value.message_dict == nobodys.value.message_dict == {"customers": ["There is no such customer."]}
    with pytest.raises(ValidationError, match="The user does not see all of these customers"):
        create_key(actor=superadmin, user=operator, name="k", scopes=["read"], customers=[globex])


def test_who_may_make_keys_for_whom(
    operator: User, viewer: User, admin: User, superadmin: User, stranger: User
) -> None:
    allowed = {(viewer, viewer), (operator, operator), (admin, viewer), (admin, operator), (admin, admin)}
    allowed |= {(superadmin, user) for user in (viewer, operator, admin, superadmin, stranger)}
    made = set()
    for actor in (viewer, operator, admin, superadmin):
        for user in (viewer, operator, admin, superadmin, stranger):
            try:
                create_key(actor=actor, user=user, name="k", scopes=["read"])
            except NotAllowed:
                continue
            made.add((actor, user))
    assert made == allowed


def test_an_admin_of_one_customer_has_no_say_over_who_sees_another_too(
    admin: User, acme: Customer, globex: Customer
) -> None:
    both = make_user("both", Role.VIEWER, acme, globex)
    key, _ = key_of(both)
    for call in (
        lambda: create_key(actor=admin, user=both, name="k", scopes=["read"]),
        lambda: update_key(actor=admin, key=key, name="k"),
        lambda: revoke_key(actor=admin, key=key),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_a_key_makes_and_changes_no_keys_but_may_revoke(admin: User) -> None:
    _, text = key_of(admin, scopes=["read", "run", "write"])
    key, _ = key_of(admin)
    by_key = user_by_key(text, HERE)
    assert by_key is not None
    with pytest.raises(BeyondOwn, match="logged in"):
        key_of(by_key)
    with pytest.raises(BeyondOwn):
        update_key(actor=by_key, key=key, expires_at=None)
    assert revoke_key(actor=by_key, key=key)


def test_a_change_is_audited_with_what_differs(operator: User, acme: Customer) -> None:
    key, text = key_of(operator, customers=[acme])
    update_key(actor=operator, key=key, name="sync", customers=[], source_networks=["10.0.0.0/8", " 10.0.0.0/8"])
    audited = AuditEvent.objects.get(action="api_key.update")
    assert audited.before == {"customers": ["acme"], "source_networks": []}
    assert audited.after == {"customers": "all", "source_networks": ["10.0.0.0/8"]}
    user = user_by_key(text, HERE)
    assert user and user.api_key and user.api_key.customer_ids is None
    update_key(actor=operator, key=key, name="sync")
    assert AuditEvent.objects.filter(action="api_key.update").count() == 1


def test_a_key_follows_what_its_owner_may_and_sees(operator: User, acme: Customer) -> None:
    from users.permissions import Permission, may

    _, text = key_of(operator, scopes=["write"], customers=[acme])
    User.objects.filter(pk=operator.pk).update(role=Role.VIEWER)
    operator.customers.clear()
    user = user_by_key(text, HERE)
    assert user and not may(user, Permission.MANAGE_INVENTORY)
    assert list(customers_for(user)) == []


def test_a_customer_says_from_where_keys_reach_it(superadmin: User, acme: Customer, globex: Customer) -> None:
    from users.selectors import sees_all, visible

    _, text = key_of(superadmin)
    acme.api_networks = ["192.0.2.0/24"]
    acme.full_clean()
    acme.save()
    inside, outside = user_by_key(text, "192.0.2.9"), user_by_key(text, HERE)
    assert inside and outside
    assert list(customers_for(inside)) == [acme, globex] and sees_all(inside)
    assert list(customers_for(outside)) == [globex] and not sees_all(outside)
    assert list(visible(Customer.objects.all(), outside, "pk")) == [globex]
    assert list(customers_for(superadmin)) == [acme, globex]


def test_a_key_is_revoked_from_where_its_owners_customer_is_out_of_reach(operator: User, acme: Customer) -> None:
    from core.tenancy import within
    from users.selectors import closed_to, scope_of

    key, _ = key_of(operator, customers=[acme])
    acme.api_networks = ["192.0.2.0/24"]
    acme.save()
    operator.out_of_reach = closed_to(HERE)
    with within(scope_of(operator)):
        assert revoke_key(actor=operator, key=key)
    assert AuditEvent.objects.get(action="api_key.revoke").customer == acme
