"""Users: made, changed, given customers, ended. Nobody gives or takes what they do not have themselves.

An admin changes the users all of whose customers they see. A user with further customers shows to them, with those in
common, and is changed by an admin of all of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import transaction
from django.db.models import Q

from core.errors import Refused
from core.services import audit
from core.tenancy import EVERY, within
from customers.models import Customer
from users.keys import revoke_key
from users.models import User
from users.passwords import MailNotPossible, queue_reset_mail
from users.permissions import BeyondOwn, Permission, demand
from users.selectors import customers_for, sees_all, users_for, users_managed_by

CHANGEABLE = ("username", "email", "first_name", "last_name", "role", "all_customers")
POWER = {"role", "all_customers"}


def create_user(
    *, actor: User, username: str, customers: Iterable[Customer] = (), password: str = "", **values: Any
) -> User:
    """A user of these customers. Without a password only a mail to reset it lets them in."""
    demand(actor, Permission.MANAGE_SYSTEM)
    chosen = list(customers)
    user = User(username=username, **_known(values))
    _check_gift(actor, chosen, all_customers=user.all_customers)
    if not chosen and not sees_all(actor):
        raise ValidationError({"customers": "Give at least one of your customers; you would not see the user."})
    with transaction.atomic():
        # nobody knows the random one: unlike none at all, it can be reset by mail
        _set_password(actor, user, password) if password else user.set_password(secrets.token_urlsafe(32))
        user.full_clean()
        user.save(force_insert=True)
        user.customers.set(chosen)
        audit("user.create", user, actor=actor, customer=_only(chosen), after=_told(user))
    return user


def update_user(*, actor: User, user: User, **changes: Any) -> User:
    """Change what CHANGEABLE names, and `customers`."""
    customers = list(changes.pop("customers")) if "customers" in changes else None
    with _managed(actor, user) as user:
        before = _told(user)
        changed = {name: value for name, value in _known(changes).items() if getattr(user, name) != value}
        _check_power(actor, user, changed)
        for name, value in changed.items():
            setattr(user, name, value)
        if not user.all_customers:
            user.is_staff = user.is_superuser = False  # whose pages know no customers
        user.full_clean()
        user.save()
        if customers is not None:
            _set_customers(actor, user, customers)
        after = _told(user)
        differing = [name for name in after if after[name] != before[name]]
        if differing:
            audit(
                "user.change",
                user,
                actor=actor,
                customer=_only(user.customers.all()),
                before={name: before[name] for name in differing},
                after={name: after[name] for name in differing},
            )
    return user


def assign_customers(*, actor: User, user: User, customers: Iterable[Customer]) -> None:
    """Let the user see these customers too."""
    with _managed(actor, user) as user:
        had = set(user.customers.all())
        new = [customer for customer in customers if customer not in had]
        _set_customers(actor, user, [*had, *new])
        for customer in new:
            audit("user.assign", user, actor=actor, customer=customer, after={"customer": customer.slug})


def remove_customer(*, actor: User, user: User, customer: Customer) -> None:
    """The user sees this customer no more."""
    with _managed(actor, user) as user:
        had = set(user.customers.all())
        if customer not in had:
            raise ObjectDoesNotExist("The user has no such customer.")
        _set_customers(actor, user, had - {customer})
        audit("user.remove", user, actor=actor, customer=customer, before={"customer": customer.slug})


def deactivate_user(*, actor: User, user: User) -> None:
    """End the account with all its login sessions, tokens and API keys, at once. They do not come back with it."""
    with _managed(actor, user) as user:
        _check_end(actor, user)
        if not user.is_active:
            return
        user.is_active = False
        user.logins_ended += 1
        user.save(update_fields=["is_active", "logins_ended"])
        revoked = [revoke_key(actor=actor, key=key) for key in user.api_keys.filter(revoked_at=None)]
        _audit_switch("user.deactivate", actor, user, {"is_active": False, "keys_revoked": len(revoked)})


def activate_user(*, actor: User, user: User) -> None:
    with _managed(actor, user) as user:
        if not user.is_active:
            user.is_active = True
            user.save(update_fields=["is_active"])
            _audit_switch("user.activate", actor, user, {"is_active": True})


def delete_user(*, actor: User, user: User) -> None:
    """With API keys and saved filters. What the user did stays, under the name."""
    with _managed(actor, user) as user:
        _check_end(actor, user)
        audit("user.delete", user, actor=actor, customer=_only(user.customers.all()), before=_told(user))
        with within(EVERY):  # jobs of customers that are theirs no longer point at them, too
            user.delete()


def set_password(*, actor: User, user: User, password: str) -> None:
    """By an admin. The user's login sessions and tokens end with the old one."""
    with _managed(actor, user) as user:
        if user.pk == actor.pk:
            raise BeyondOwn("You change your own password with the old one, on the page of your account.")
        _set_password(actor, user, password)
        user.save(update_fields=["password"])
        audit("user.set_password", user, actor=actor, customer=_only(user.customers.all()))


def send_reset(*, actor: User, user: User, site: str) -> None:
    """Have a mail sent to the user, with the address at `site` where a new password is set."""
    if not settings.MAIL_IS_SET_UP:
        raise MailNotPossible("Mail is not set up here. Set the user's password instead.")
    with _managed(actor, user) as user:
        if not (user.email and user.is_active and user.has_usable_password()):
            raise Refused("The user is not active, has no mail address, or logs in without a password.")
        audit("user.send_reset", user, actor=actor, customer=_only(user.customers.all()))
        transaction.on_commit(partial(queue_reset_mail, email=user.email, site=site))


@contextmanager
def _managed(actor: User, user: User) -> Iterator[User]:
    """The user as it is now, locked for one transaction, if the actor may change it."""
    demand(actor, Permission.MANAGE_SYSTEM)
    with transaction.atomic():
        # with the admins of all customers, of whom one has to stay: always in the same order
        rows = User.objects.select_for_update().filter(Q(pk=user.pk) | Q(all_customers=True)).order_by("pk")
        locked = {row.pk: row for row in rows}
        if user.pk not in locked or not users_for(actor).filter(pk=user.pk).exists():
            raise ObjectDoesNotExist("There is no such user.")
        if not users_managed_by(actor).filter(pk=user.pk).exists():
            raise BeyondOwn("This user is not of your customers alone: an admin of all of them makes this change.")
        yield locked[user.pk]


def _known(values: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(values) - set(CHANGEABLE):
        raise TypeError(f"no such field of a user: {', '.join(sorted(unknown))}")
    return values


def _check_gift(actor: User, customers: Collection[Customer], *, all_customers: bool) -> None:
    if all_customers and not sees_all(actor):
        raise BeyondOwn("Only who sees all customers lets others see all.")
    ids = {customer.pk for customer in customers}
    if customers_for(actor).filter(pk__in=ids).count() != len(ids):
        raise ValidationError({"customers": "There is no such customer."})


def _check_power(actor: User, user: User, changed: dict[str, Any]) -> None:
    """Role and reach, as they are about to change."""
    if not POWER & changed.keys():
        return
    if user.pk == actor.pk:
        raise BeyondOwn("Another admin changes your role and what you see.")
    _check_gift(actor, (), all_customers=bool(changed.get("all_customers")))
    if changed.get("all_customers") is False:
        _keep_one_besides(user)


def _check_end(actor: User, user: User) -> None:
    if user.pk == actor.pk:
        raise BeyondOwn("Another admin ends your account.")
    _keep_one_besides(user)


def _keep_one_besides(user: User) -> None:
    """Somebody is left who can create customers and give rights."""
    if user.all_customers and user.is_active:
        others = User.objects.filter(all_customers=True, is_active=True).exclude(pk=user.pk)
        if not others.exists():
            raise Refused(f"{user} is the last active admin of all customers; make another one first.")


def _set_customers(actor: User, user: User, customers: Collection[Customer]) -> None:
    had = set(user.customers.all())
    if set(customers) == had:
        return
    if user.pk == actor.pk:
        raise BeyondOwn("Another admin changes your role and what you see.")
    _check_gift(actor, set(customers) ^ had, all_customers=False)
    if not customers and not sees_all(actor):
        raise Refused("You would not see the user any more: deactivate them, or leave them one customer.")
    user.customers.set(customers)


def _set_password(actor: User, user: User, password: str) -> None:
    if actor.api_key is not None:
        raise BeyondOwn("Passwords are set by people who are logged in, not with an API key.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None
    user.set_password(password)


def _audit_switch(action: str, actor: User, user: User, after: dict[str, Any]) -> None:
    before = {"is_active": not after["is_active"]}
    audit(action, user, actor=actor, customer=_only(user.customers.all()), before=before, after=after)


def _only(customers: Iterable[Customer]) -> Customer | None:
    """The customer whose audit trail tells of a user: there is one for who has one."""
    chosen = list(customers)
    return chosen[0] if len(chosen) == 1 else None


def _told(user: User) -> dict[str, Any]:
    """What the audit trail keeps of a user."""
    customers = sorted(user.customers.values_list("slug", flat=True))
    return {**{name: getattr(user, name) for name in CHANGEABLE}, "customers": customers}
