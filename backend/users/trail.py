"""The audit trail of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.services import audit
from core.tenancy import EVERY, within
from users.models import User


def audit_account(
    action: str,
    user: User,
    *,
    actor: User | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """A row about an account, in the trail of its customer where it has one; who logs in has no scope yet."""
    with within(EVERY):
        audit(action, user, actor=actor, customer=user.only_customer(), before=before, after=after)
