"""Who may do what: the whole table, cell by cell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from conftest import make_user
from customers.models import Customer
from users.enums import Role
from users.models import APIKey, User
from users.permissions import NotAllowed, Permission, demand, may
from users.selectors import customers_for, sees_all, visible

TABLE = [
    # permission, viewer, operator, admin
    (Permission.VIEW, True, True, True),
    (Permission.VIEW_SECRETS, False, True, True),
    (Permission.VIEW_AUDIT, False, True, True),
    (Permission.RUN_READ_JOBS, False, True, True),
    (Permission.RUN_ANY_COMMAND, False, False, True),
    (Permission.PREVIEW_CHANGE, False, True, True),
    (Permission.COMMIT_CHANGE, False, True, True),
    (Permission.OPEN_TERMINAL, False, True, True),
    (Permission.MANAGE_INVENTORY, False, True, True),
    (Permission.MANAGE_SYSTEM, False, False, True),
]


def test_table_knows_every_permission_and_role() -> None:
    assert [row[0] for row in TABLE] == list(Permission)
    assert len(TABLE[0]) == 1 + len(Role)


@pytest.mark.parametrize(("permission", "viewer", "operator", "admin"), TABLE)
def test_permission(permission: Permission, viewer: bool, operator: bool, admin: bool) -> None:
    answers = {role: may(User(role=role, is_active=True), permission) for role in Role}
    assert answers == {Role.VIEWER: viewer, Role.OPERATOR: operator, Role.ADMIN: admin}


NOBODY: dict[str, Callable[[], object]] = {
    "not logged in": AnonymousUser,
    "inactive": lambda: User(role=Role.ADMIN, is_active=False),
    "a role that is none": lambda: User(role="root"),
    "a superuser without the role": lambda: User(role="", is_superuser=True),
    "nothing at all": lambda: None,
}


@pytest.mark.parametrize("who", NOBODY.values(), ids=NOBODY.keys())
def test_nobody_may_anything(who: Callable[[], object]) -> None:
    assert not any(may(who(), permission) for permission in Permission)


def test_refusal_is_told_in_words() -> None:
    with pytest.raises(NotAllowed, match=r"Your role does not allow this \(run read jobs\)\."):
        demand(User(role=Role.VIEWER), Permission.RUN_READ_JOBS)


FIELDS = [
    # fields of a user, whether the database takes them
    ({"role": Role.ADMIN, "all_customers": True}, True),
    ({"role": Role.ADMIN, "all_customers": True, "is_staff": True, "is_superuser": True}, True),
    ({"role": Role.OPERATOR, "all_customers": True}, False),
    ({"role": Role.VIEWER, "all_customers": True}, False),
    ({"role": "root"}, False),
    ({"role": Role.ADMIN, "is_superuser": True}, False),
    ({"role": Role.ADMIN, "is_staff": True}, False),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("fields", "taken"), FIELDS)
def test_constraints_of_a_user(fields: dict[str, object], taken: bool) -> None:
    try:
        with transaction.atomic():
            User.objects.create(username="somebody", **fields)
    except IntegrityError:
        assert not taken
    else:
        assert taken


def test_customers_that_a_user_sees(
    viewer: User, stranger: User, superadmin: User, acme: Customer, globex: Customer
) -> None:
    assert list(customers_for(viewer)) == [acme]
    assert list(customers_for(stranger)) == [globex]
    assert list(customers_for(superadmin)) == [acme, globex]
    assert list(customers_for(make_user("new", Role.ADMIN))) == []
    assert list(customers_for(AnonymousUser())) == []
    superadmin.is_active = False
    assert list(customers_for(superadmin)) == []


SCOPES = [
    # scopes of a key, what it lets an operator do
    ([], set()),
    (["root"], set()),
    (["read"], {"view", "view_audit"}),
    (["run"], {"view", "run_read_jobs", "preview_change"}),
    (["write"], {"view", "view_secrets", "commit_change", "open_terminal", "manage_inventory"}),
    (
        ["read", "run", "write"],
        {"view", "view_secrets", "run_read_jobs", "preview_change", "commit_change", "open_terminal"}
        | {"view_audit", "manage_inventory"},
    ),
]


@pytest.mark.parametrize(("scopes", "allowed"), SCOPES)
def test_an_api_key_narrows_the_role(scopes: list[str], allowed: set[str]) -> None:
    user = User(role=Role.OPERATOR)
    user.api_key = APIKey(scopes=scopes)
    assert {permission for permission in Permission if may(user, permission)} == allowed


def test_an_api_key_gives_nothing_that_the_role_does_not() -> None:
    user = User(role=Role.VIEWER)
    user.api_key = APIKey(scopes=["read", "run", "write"])
    assert [permission for permission in Permission if may(user, permission)] == [Permission.VIEW]


def test_refusal_names_the_key_when_it_is_the_keys() -> None:
    user = User(role=Role.OPERATOR)
    user.api_key = APIKey(scopes=["read"])
    with pytest.raises(NotAllowed, match=r"The scopes of this API key do not allow this \(run read jobs\)\."):
        demand(user, Permission.RUN_READ_JOBS)
    with pytest.raises(NotAllowed, match=r"Your role does not allow this \(manage system\)\."):
        demand(user, Permission.MANAGE_SYSTEM)


def test_customers_that_an_api_key_reaches(viewer: User, superadmin: User, acme: Customer, globex: Customer) -> None:
    for user, of_the_user in ((viewer, [acme]), (superadmin, [acme, globex])):
        user.api_key = APIKey.objects.create(user=user, name="all", prefix=f"all{user.pk}", all_customers=True)
        assert list(customers_for(user)) == of_the_user
        user.api_key = APIKey.objects.create(user=user, name="globex", prefix=f"glo{user.pk}")
        user.api_key.customers.add(globex)
        assert list(customers_for(user)) == [one for one in of_the_user if one == globex]
        assert list(visible(Customer.objects.all(), user, "pk")) == [one for one in of_the_user if one == globex]
        assert not sees_all(user)
    superadmin.api_key = None
    assert sees_all(superadmin)


def test_a_key_whose_customer_is_gone_sees_none(superadmin: User, acme: Customer, globex: Customer) -> None:
    key = APIKey.objects.create(user=superadmin, name="globex", prefix="glo")
    key.customers.add(globex)
    globex.delete()
    superadmin.api_key = APIKey.objects.get(pk=key.pk)
    assert list(customers_for(superadmin)) == []
    assert list(visible(Customer.objects.all(), superadmin, "pk")) == []
