"""What Django tells of logins, for the audit trail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from core.services import audit
from core.tenancy import EVERY, within
from users.lockout import account_of
from users.models import User

UNKNOWN = "an unknown account"
"""Not the name that was given: people mistake the fields, and the audit trail keeps no passwords."""


@receiver(user_logged_out)
def audit_log_out(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    if isinstance(user, User):
        with within(EVERY):
            audit("user.log_out", user, actor=user, customer=user.only_customer())


@receiver(user_login_failed)
def audit_failure(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """After django-axes has counted. What a lock refused is not told: an attacker could fill the trail with it."""
    failures = getattr(request, "axes_failures_since_start", None)
    if request is None or failures is None:
        return
    with within(EVERY):
        user = User.objects.filter(username__iexact=account_of(request, credentials)).first()
        told: dict[str, Any] = {"customer": user.only_customer() if user else None, "actor": None}
        target = user or User(username=UNKNOWN)
        if sender == "django.contrib.auth":  # a wrong second factor has a row of its own
            audit("user.fail_log_in", target, **told)
        if failures >= settings.AXES_FAILURE_LIMIT:
            minutes = settings.AXES_COOLOFF_TIME // timedelta(minutes=1)
            audit("user.lock_out", target, **told, after={"failures": failures, "minutes": minutes})
