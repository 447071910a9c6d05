"""Who may do what: the whole table, cell by cell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from conftest import make_user
from customers.models import Customer
from users.enums import Role
from users.models import User
from users.permissions import NotAllowed, Permission, demand, may
from users.selectors import customers_for

TABLE = [
    # permission, viewer, operator, admin
    (Permission.VIEW, True, True, True),
    (Permission.VIEW_SECRETS, False, True, True),
    (Permission.RUN_READ_JOBS, False, True, True),
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
