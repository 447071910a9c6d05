"""Who may make, change and end which users: rule by rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from conftest import PASSWORD, make_user
from core.errors import Refused
from core.models import AuditEvent
from customers.models import Customer
from users import services
from users.enums import Role
from users.keys import create_key, user_by_key
from users.models import APIKey, User
from users.permissions import ROLE_PERMISSIONS, NotAllowed, Permission
from users.selectors import api_keys_for, users_for, users_managed_by
from users.tokens import access_of, pair_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def between(acme: Customer, globex: Customer) -> User:
    """Operator of both customers."""
    return make_user("between", Role.OPERATOR, acme, globex)


def test_who_manages_users_has_every_right_to_give() -> None:
    """Else somebody could make a user who may more than they."""
    everything = frozenset(Permission)
    assert all(rights == everything for rights in ROLE_PERMISSIONS.values() if Permission.MANAGE_SYSTEM in rights)


def test_users_that_an_admin_sees_and_manages(
    admin: User, viewer: User, stranger: User, superadmin: User, between: User
) -> None:
    nobody = make_user("nobody", Role.VIEWER)
    assert set(users_for(admin)) == {admin, viewer, between}
    assert set(users_managed_by(admin)) == {admin, viewer}
    everyone = {admin, viewer, stranger, superadmin, between, nobody}
    assert set(users_for(superadmin)) == set(users_managed_by(superadmin)) == everyone
    assert not users_managed_by(viewer).exists() and not users_managed_by(between).exists()


def test_an_admin_of_all_customers_is_changed_by_their_like(admin: User, superadmin: User, acme: Customer) -> None:
    superadmin.customers.add(acme)
    plain = make_user("plain", Role.ADMIN, all_customers=True)
    assert superadmin in users_for(admin)
    assert superadmin not in users_managed_by(admin)
    # the pages of Django's admin come with the account: who has them not does not set its password
    assert superadmin not in users_managed_by(plain)
    assert plain in users_managed_by(superadmin)


def test_keys_that_an_admin_sees(admin: User, viewer: User, between: User, stranger: User) -> None:
    keys = {
        user.username: create_key(actor=user, user=user, name=user.username, scopes=["read"])[0]
        for user in (admin, viewer, between, stranger)
    }
    assert {key.name for key in api_keys_for(admin)} == {"admin", "viewer"}
    assert list(api_keys_for(between)) == [keys["between"]]
    between.is_active = False
    assert not api_keys_for(between)


def test_create_user(admin: User, acme: Customer) -> None:
    user = services.create_user(
        actor=admin, username="ada", customers=[acme], password=PASSWORD, role=Role.OPERATOR, email="ada@acme.example"
    )
    user.refresh_from_db()
    assert user.check_password(PASSWORD) and list(user.customers.all()) == [acme]
    event = AuditEvent.objects.get()
    assert (event.action, event.customer_id, event.actor_name) == ("user.create", acme.pk, "admin")
    assert event.after["role"] == "operator" and event.after["customers"] == ["acme"]
    assert "password" not in event.after and PASSWORD not in str(event.after)


def test_a_user_without_a_password_can_reset_it_by_mail_alone(admin: User, acme: Customer) -> None:
    user = services.create_user(actor=admin, username="ada", customers=[acme])
    assert user.has_usable_password() and not user.check_password("")


def give(**values: Any) -> Callable[..., Any]:
    return lambda actor, acme, globex: services.create_user(
        actor=actor, **{"username": "new", "customers": [acme], **values}
    )


NOT_GIVEN: dict[str, tuple[Callable[..., Any], type[Exception]]] = {
    "a customer beyond the own": (
        lambda actor, acme, globex: services.create_user(actor=actor, username="new", customers=[acme, globex]),
        ValidationError,
    ),
    "all customers": (give(role=Role.ADMIN, all_customers=True), NotAllowed),
    "no customer": (give(customers=[]), ValidationError),
    "a role that is none": (give(role="root"), ValidationError),
    "a weak password": (give(password="password"), ValidationError),
    "a password like the name": (give(username="abcdefghijklm", password="abcdefghijklm1"), ValidationError),
    "a taken name in other letters": (give(username="ADMIN"), ValidationError),
    "no name": (give(username=""), ValidationError),
    "a name with a line break": (give(username="a\nb"), ValidationError),
    "no mail address": (give(email="ada"), ValidationError),
}


@pytest.mark.parametrize(("work", "error"), NOT_GIVEN.values(), ids=NOT_GIVEN.keys())
def test_create_user_refused(
    admin: User, acme: Customer, globex: Customer, work: Callable[..., Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        work(admin, acme, globex)
    assert list(User.objects.all()) == [admin]
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_users_are_for_admins(acme: Customer, viewer: User, role: Role) -> None:
    actor = make_user("somebody", role, acme)
    for work in (
        lambda: services.create_user(actor=actor, username="new", customers=[acme]),
        lambda: services.update_user(actor=actor, user=viewer, email="x@acme.example"),
        lambda: services.assign_customers(actor=actor, user=viewer, customers=[acme]),
        lambda: services.remove_customer(actor=actor, user=viewer, customer=acme),
        lambda: services.deactivate_user(actor=actor, user=viewer),
        lambda: services.activate_user(actor=actor, user=viewer),
        lambda: services.delete_user(actor=actor, user=viewer),
        lambda: services.set_password(actor=actor, user=viewer, password=PASSWORD + "!"),
    ):
        with pytest.raises(NotAllowed):
            work()


def changes_of(actor: User, user: User, acme: Customer) -> list[Callable[[], object]]:
    return [
        lambda: services.update_user(actor=actor, user=user, email="x@acme.example"),
        lambda: services.update_user(actor=actor, user=user, customers=[acme]),
        lambda: services.assign_customers(actor=actor, user=user, customers=[acme]),
        lambda: services.remove_customer(actor=actor, user=user, customer=acme),
        lambda: services.deactivate_user(actor=actor, user=user),
        lambda: services.activate_user(actor=actor, user=user),
        lambda: services.delete_user(actor=actor, user=user),
        lambda: services.set_password(actor=actor, user=user, password=PASSWORD + "!"),
    ]


def test_a_foreign_user_is_not_there(admin: User, stranger: User, acme: Customer) -> None:
    for change in changes_of(admin, stranger, acme):
        with pytest.raises(ObjectDoesNotExist):
            change()
    assert not AuditEvent.objects.exists()


def test_a_user_with_further_customers_is_not_changed(admin: User, between: User, acme: Customer) -> None:
    for change in changes_of(admin, between, acme):
        with pytest.raises(NotAllowed, match="not of your customers alone"):
            change()
    assert not AuditEvent.objects.exists()
    assert between.customers.count() == 2


def test_update_user(admin: User, viewer: User) -> None:
    services.update_user(actor=admin, user=viewer, role=Role.OPERATOR, email="v@acme.example", username="viewer")
    viewer.refresh_from_db()
    assert (viewer.role, viewer.email) == (Role.OPERATOR, "v@acme.example")
    event = AuditEvent.objects.get()
    assert (event.before, event.after) == (
        {"role": "viewer", "email": ""},
        {"role": "operator", "email": "v@acme.example"},
    )


def test_nobody_changes_what_they_may_themselves(admin: User, superadmin: User, acme: Customer) -> None:
    make_user("second", Role.ADMIN, all_customers=True)
    for actor in (admin, superadmin):
        for work in (
            lambda actor=actor: services.update_user(actor=actor, user=actor, role=Role.VIEWER, all_customers=False),
            lambda actor=actor: services.update_user(actor=actor, user=actor, all_customers=not actor.all_customers),
            lambda actor=actor: services.deactivate_user(actor=actor, user=actor),
            lambda actor=actor: services.delete_user(actor=actor, user=actor),
            lambda actor=actor: services.set_password(actor=actor, user=actor, password=PASSWORD + "!"),
        ):
            with pytest.raises(NotAllowed):
                work()
    with pytest.raises(NotAllowed):
        services.remove_customer(actor=admin, user=admin, customer=acme)
    with pytest.raises(NotAllowed):
        services.assign_customers(actor=superadmin, user=superadmin, customers=[acme])
    services.update_user(actor=admin, user=admin, first_name="Ada")
    assert User.objects.get(pk=admin.pk).first_name == "Ada"


def test_reach_is_given_by_who_has_it(admin: User, superadmin: User, viewer: User, globex: Customer) -> None:
    with pytest.raises(NotAllowed, match="Only who sees all"):
        services.update_user(actor=admin, user=viewer, role=Role.ADMIN, all_customers=True)
    with pytest.raises(ValidationError, match="no such customer"):
        services.assign_customers(actor=admin, user=viewer, customers=[globex])
    with pytest.raises(ValidationError, match="no such customer"):
        services.update_user(actor=admin, user=viewer, customers=[globex])
    with pytest.raises(ValidationError, match="Only admins see all"):
        services.update_user(actor=superadmin, user=viewer, all_customers=True)
    services.update_user(actor=superadmin, user=viewer, role=Role.ADMIN, all_customers=True)
    viewer.refresh_from_db()
    assert viewer.all_customers


def test_somebody_is_left_who_sees_all_customers(superadmin: User) -> None:
    actor = make_user("actor", Role.ADMIN, all_customers=True, is_staff=True, is_superuser=True)
    # as if the actor had been ended meanwhile: what counts is who is there when it is done
    User.objects.filter(pk=actor.pk).update(is_active=False)
    for work in (
        lambda: services.update_user(actor=actor, user=superadmin, all_customers=False),
        lambda: services.update_user(actor=actor, user=superadmin, role=Role.VIEWER, all_customers=False),
        lambda: services.deactivate_user(actor=actor, user=superadmin),
        lambda: services.delete_user(actor=actor, user=superadmin),
    ):
        with pytest.raises(Refused, match="last active admin of all customers"):
            work()
    User.objects.filter(pk=actor.pk).update(is_active=True)
    services.update_user(actor=actor, user=superadmin, role=Role.OPERATOR, all_customers=False)
    superadmin.refresh_from_db()
    assert (superadmin.role, superadmin.is_staff, superadmin.is_superuser) == (Role.OPERATOR, False, False)


def test_customers_of_a_user(superadmin: User, admin: User, viewer: User, acme: Customer, globex: Customer) -> None:
    services.assign_customers(actor=superadmin, user=viewer, customers=[globex, acme])
    assert set(viewer.customers.all()) == {acme, globex}
    services.remove_customer(actor=superadmin, user=viewer, customer=globex)
    with pytest.raises(ObjectDoesNotExist):
        services.remove_customer(actor=superadmin, user=viewer, customer=globex)
    with pytest.raises(Refused, match="would not see the user any more"):
        services.remove_customer(actor=admin, user=viewer, customer=acme)
    assert list(viewer.customers.all()) == [acme]
    assert list(AuditEvent.objects.order_by("pk").values_list("action", "customer_id", "before", "after")) == [
        ("user.assign", globex.pk, {}, {"customer": "globex"}),
        ("user.remove", globex.pk, {"customer": "globex"}, {}),
    ]


def test_deactivate_user_ends_sessions_tokens_and_keys(admin: User, viewer: User) -> None:
    page = Client()
    page.force_login(viewer)
    tokens = pair_for(viewer)
    key, text = create_key(actor=viewer, user=viewer, name="k", scopes=["read"])
    assert page.get("/devices/").status_code == 200
    assert access_of(tokens["access"], None) and user_by_key(text, None)

    services.deactivate_user(actor=admin, user=viewer)
    assert page.get("/devices/").status_code == 302
    assert not access_of(tokens["access"], None) and not user_by_key(text, None)

    services.activate_user(actor=admin, user=viewer)
    assert User.objects.get(pk=viewer.pk).is_active
    # nothing of before comes back with the account
    assert page.get("/devices/").status_code == 302
    assert not access_of(tokens["access"], None) and not user_by_key(text, None)
    assert APIKey.objects.get(pk=key.pk).revoked_at is not None
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", "after"))
    assert actions[-3:] == [
        ("api_key.revoke", {}),
        ("user.deactivate", {"is_active": False, "keys_revoked": 1}),
        ("user.activate", {"is_active": True}),
    ]


def test_what_is_so_already_is_not_told_again(admin: User, viewer: User) -> None:
    services.activate_user(actor=admin, user=viewer)
    services.deactivate_user(actor=admin, user=viewer)
    services.deactivate_user(actor=admin, user=viewer)
    assert AuditEvent.objects.count() == 1


def test_set_password_ends_what_the_old_one_opened(admin: User, viewer: User) -> None:
    page = Client()
    page.force_login(viewer)
    tokens = pair_for(viewer)
    with pytest.raises(ValidationError) as refused:
        services.set_password(actor=admin, user=viewer, password="short")
    assert list(refused.value.message_dict) == ["password"]
    services.set_password(actor=admin, user=viewer, password="a wholly new passphrase")
    assert User.objects.get(pk=viewer.pk).check_password("a wholly new passphrase")
    assert page.get("/devices/").status_code == 302
    assert not access_of(tokens["access"], None)
    event = AuditEvent.objects.get()
    assert (event.action, event.before, event.after) == ("user.set_password", {}, {})


def test_a_key_sets_no_password(admin: User, viewer: User, acme: Customer) -> None:
    admin.api_key = create_key(actor=admin, user=admin, name="k", scopes=["write"])[0]
    with pytest.raises(NotAllowed, match="not with an API key"):
        services.set_password(actor=admin, user=viewer, password=PASSWORD + "!")
    with pytest.raises(NotAllowed, match="not with an API key"):
        services.create_user(actor=admin, username="new", customers=[acme], password=PASSWORD + "!")
    services.create_user(actor=admin, username="new", customers=[acme])


def test_delete_user(admin: User, viewer: User) -> None:
    create_key(actor=viewer, user=viewer, name="k", scopes=["read"])
    services.delete_user(actor=admin, user=viewer)
    assert list(User.objects.all()) == [admin]
    assert not APIKey.objects.exists()
    assert AuditEvent.objects.filter(actor_name="viewer", action="api_key.create").exists()


@pytest.mark.parametrize(
    "fields", [{"username": "VIEWER"}, {"username": "other", "email": "V@ACME.example"}], ids=["username", "email"]
)
def test_no_writer_makes_two_users_that_differ_in_letter_case(viewer: User, fields: dict[str, str]) -> None:
    User.objects.filter(pk=viewer.pk).update(email="v@acme.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(**fields)])
    with pytest.raises(ValidationError) as refused:
        User(password="x", **fields).full_clean()
    assert list(refused.value.message_dict) == [list(fields)[-1]]


def test_many_users_without_a_mail_address(viewer: User, admin: User) -> None:
    assert viewer.email == admin.email == ""
