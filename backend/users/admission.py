"""Who a person of single sign-on is here: the account that is theirs, a new one, or nobody and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from core.errors import Refused
from core.tenancy import EVERY, within
from core.text import storable
from customers.models import Customer
from users.enums import Role
from users.models import User
from users.trail import audit_account

RANK = list(Role.values)


class SignOnRefused(Refused):
    """Why nobody was logged in, in words for the page."""


def admit(account: SocialAccount, claims: Mapping[str, Any]) -> User:
    """The account's user, its role and customers as the provider says now. Raises SignOnRefused."""
    # the scope of who logs in is not known before
    with within(EVERY), transaction.atomic():
        user = account.user if account.pk else _find_or_make(account, claims)
        if not user.is_active:
            raise SignOnRefused("This account is not active. Ask an administrator.")
        _follow(user, claims)
    return user


def _find_or_make(account: SocialAccount, claims: Mapping[str, Any]) -> User:
    email = _email(claims)
    user = _by_email(email, claims, account.provider) or _new_user(email, claims)
    account.user = user
    account.save()
    audit_account(
        "user.link_single_sign_on", user, actor=user, after={"issuer": account.provider, "subject": account.uid}
    )
    return user


def _by_email(email: str, claims: Mapping[str, Any], issuer: str) -> User | None:
    same = list(User.objects.filter(email__iexact=email)) if email else []
    if not same:
        return None
    verified = claims.get("email_verified") in (True, "true")
    linked = SocialAccount.objects.filter(user__in=same, provider=issuer).exists()
    if not settings.SINGLE_SIGN_ON["link_by_email"] or not verified or len(same) > 1 or linked:
        raise SignOnRefused(
            "An account with your mail address exists here, and is not linked with your single sign-on. "
            "Ask an administrator."
        )
    return same[0]


def _new_user(email: str, claims: Mapping[str, Any]) -> User:
    wanted = str(claims.get("preferred_username") or email or claims["sub"])
    username = re.sub(r"[^\w.@+-]", "-", wanted)[:150]
    if User.objects.filter(username__iexact=username).exists():
        raise SignOnRefused(
            f"The name {username} belongs to an account here that is not linked with your single sign-on. "
            "Ask an administrator."
        )
    user = User(
        username=username,
        email=email,
        first_name=storable(str(claims.get("given_name") or ""))[:150],
        last_name=storable(str(claims.get("family_name") or ""))[:150],
    )
    user.set_unusable_password()
    user.save()
    audit_account(
        "user.create", user, actor=user, after={"username": username, "role": user.role, "by": "single sign-on"}
    )
    return user


def _email(claims: Mapping[str, Any]) -> str:
    email = str(claims.get("email") or "")
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email if len(email) <= 254 else ""


def _follow(user: User, claims: Mapping[str, Any]) -> None:
    """Role and customers, where settings map them from claims: the provider decides, at each login."""
    config = settings.SINGLE_SIGN_ON
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if config["roles"]:
        roles = [config["roles"][group] for group in _words(claims, config["role_claim"]) if group in config["roles"]]
        role = max(roles, key=RANK.index, default=Role.VIEWER)
        if role != user.role:
            before["role"], after["role"] = user.role, role
            user.role = role
            if role != Role.ADMIN:
                user.all_customers = user.is_staff = user.is_superuser = False
            user.save()
    if config["customer_claim"]:
        had = sorted(user.customers.values_list("slug", flat=True))
        customers = Customer.objects.filter(slug__in=_words(claims, config["customer_claim"]))
        has = sorted(customer.slug for customer in customers)
        if has != had:
            before["customers"], after["customers"] = had, has
            user.customers.set(customers)
    if after:
        audit_account("user.follow_single_sign_on", user, actor=user, before=before, after=after)


def _words(claims: Mapping[str, Any], name: str) -> list[str]:
    value = claims.get(name)
    return [word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)]
