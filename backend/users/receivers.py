"""What Django tells of logins, for the audit trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from users.lockout import account_of
from users.models import User
from users.trail import audit_account

UNKNOWN = "an unknown account"
"""Not the name that was given: people mistake the fields, and the audit trail keeps no passwords."""


@receiver(user_logged_out)
def audit_log_out(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    if isinstance(user, User):
        audit_account("user.log_out", user, actor=user)


@receiver(user_login_failed)
def audit_failure(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """After django-axes has counted. What a lock refused is not told: an attacker could fill the trail with it."""
    failures = getattr(request, "axes_failures_since_start", None)
    if request is None or failures is None:
        return
    user = User.objects.filter(username__iexact=account_of(request, credentials)).first()
    target = user or User(username=UNKNOWN)
    if sender == "django.contrib.auth":  # a wrong second factor has a row of its own
        audit_account("user.fail_log_in", target, actor=None)
    if failures >= settings.AXES_FAILURE_LIMIT:
        minutes = settings.AXES_COOLOFF_TIME // timedelta(minutes=1)
        audit_account("user.lock_out", target, actor=None, after={"failures": failures, "minutes": minutes})
