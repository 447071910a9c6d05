"""The first account of an installation."""

from __future__ import annotations

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from core.services import audit
from users.enums import Role
from users.models import User


def create(name: str) -> int:
    """Make an administrator of every customer, or give one a new password. Returns the exit code."""
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    user = User.objects.filter(username=name).first() or User(username=name)
    try:
        validate_password(password, user)
    except ValidationError as error:
        sys.stderr.write(f"webnet: {' '.join(error.messages)}\n")
        return 2
    user.role, user.all_customers, user.is_staff, user.is_superuser = Role.ADMIN, True, True, True
    user.set_password(password)
    with transaction.atomic():
        user.save()
        audit("user.make_admin", user, actor=None)
    sys.stdout.write(f"{name} is an administrator of every customer.\n")
    return 0
