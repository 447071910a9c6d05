"""Accounts at the console: the first one of an installation, and who has lost the password or the phone."""

from __future__ import annotations

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from users.enums import Role
from users.models import User
from users.second_factor import SecondFactorRefused, turn_off
from users.trail import audit_account


def create(name: str) -> int:
    """Make an administrator of every customer, or give one a new password. Returns the exit code."""
    user = User.objects.filter(username=name).first() or User(username=name)
    password = _password(user)
    if password is None:
        return 2
    user.role, user.all_customers, user.is_staff, user.is_superuser = Role.ADMIN, True, True, True
    user.set_password(password)
    with transaction.atomic():
        user.save()
        audit_account("user.make_admin", user, actor=None)
    sys.stdout.write(f"{name} is an administrator of every customer.\n")
    return 0


def change_password(name: str) -> int:
    """Give an account a new password. Its login sessions and tokens end. Returns the exit code."""
    user = User.objects.filter(username=name).first()
    if user is None:
        return _no_account(name)
    password = _password(user)
    if password is None:
        return 2
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        audit_account("user.set_password", user, actor=None)
    sys.stdout.write(f"{name} has a new password.\n")
    return 0


def drop_second_factor(name: str) -> int:
    """Turn an account's second factor off. Returns the exit code."""
    user = User.objects.filter(username=name).first()
    if user is None:
        return _no_account(name)
    try:
        turn_off(actor=None, user=user)
    except SecondFactorRefused as error:
        sys.stderr.write(f"webnet: {error}\n")
        return 2
    sys.stdout.write(f"{name} has no second factor any more.\n")
    return 0


def _no_account(name: str) -> int:
    sys.stderr.write(f"webnet: there is no account {name!r}\n")
    return 2


def _password(user: User) -> str | None:
    """The one that is typed or piped in; None, once told why, when it is not good enough."""
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password, user)
    except ValidationError as error:
        sys.stderr.write(f"webnet: {' '.join(error.messages)}\n")
        return None
    return password
