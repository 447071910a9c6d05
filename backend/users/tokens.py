"""Pairs of tokens. All that come from one login are a family, which ends as one.

A refresh token is good for one exchange. A second exchange means that two have it, so the family ends: whoever came
first, owner or thief, has nothing any more. There is no time of grace in which a token may come twice: nothing could
tell a double click from a thief. A client exchanges one at a time; one that loses the answer logs in again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from users.models import TokenFamily, User
from users.selectors import closed_to
from users.trail import audit_account

log = logging.getLogger(__name__)

FAMILY = "family"


class TokenRefused(Exception):
    def __init__(self) -> None:
        super().__init__("The refresh token is not valid, or not any more.")


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token proves: who, by which login, and until when (seconds of the epoch)."""

    user: User
    family: UUID = field(repr=False)
    until: int


def pair_for(user: User) -> dict[str, str]:
    """The first pair of a new family."""
    refresh = _refresh_token(uuid4())
    TokenFamily.objects.create(
        pk=UUID(refresh[FAMILY]),
        user=user,
        current=refresh["jti"],
        bound_to=user.get_session_auth_hash(),
        expires_at=_end_of(refresh),
    )
    return _pair(refresh)


def exchange(raw: str) -> dict[str, str]:
    """A new pair for a refresh token, which is used up by it. Raises TokenRefused."""
    given, family = _read_refresh(raw)
    new = _refresh_token(family.pk)
    # of two that come at the same moment, one finds its token no longer current
    mine = TokenFamily.objects.filter(pk=family.pk, ended_at=None, current=given["jti"])
    if mine.update(current=new["jti"], expires_at=_end_of(new)) != 1:
        _end(family, "user.use_token_twice")
        log.warning("a refresh token of %s came a second time: its family is ended", family.user.get_username())
        raise TokenRefused
    return _pair(new)


def log_out(*, actor: User, raw: str) -> None:
    """End the family of the user's own refresh token. Raises TokenRefused."""
    _, family = _read_refresh(raw)
    if family.user_id != actor.pk or not _end(family, "user.log_out"):
        raise TokenRefused


def access_of(raw: str, address: str | None) -> Access | None:
    """What the access token proves now; None when it is none, has expired, or its family or user is no more."""
    token = _read(AccessToken, raw)
    family = _standing(token)
    if token is None or family is None:
        return None
    family.user.out_of_reach = closed_to(address)
    return Access(family.user, family.pk, token["exp"])


def forget_expired() -> None:
    TokenFamily.objects.filter(expires_at__lt=timezone.now()).delete()


def _refresh_token(family: UUID) -> RefreshToken:
    token = RefreshToken()
    token[FAMILY] = family.hex  # its access tokens get the claim with it
    return token


def _pair(refresh: RefreshToken) -> dict[str, str]:
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def _read_refresh(raw: str) -> tuple[Token, TokenFamily]:
    token = _read(RefreshToken, raw)
    family = _standing(token)
    if token is None or family is None:
        raise TokenRefused
    return token, family


def _read(kind: type[Token], raw: str) -> Any:
    try:
        return kind(raw)  # type: ignore[arg-type]
    except (TokenError, ValueError, RecursionError):  # the header comes unproven: it may be nested without end
        return None


def _standing(token: Any) -> TokenFamily | None:
    """The token's family, unless it was ended, the user is inactive, or password or logins changed since."""
    if token is None or FAMILY not in token:
        return None
    family = TokenFamily.objects.select_related("user").filter(pk=token[FAMILY], ended_at=None).first()
    if family is None or not family.user.is_active:
        return None
    return family if constant_time_compare(family.bound_to, family.user.get_session_auth_hash()) else None


def _end(family: TokenFamily, action: str) -> bool:
    with transaction.atomic():
        if TokenFamily.objects.filter(pk=family.pk, ended_at=None).update(ended_at=timezone.now()) != 1:
            return False
        audit_account(action, family.user, actor=family.user)
    return True


def _end_of(token: RefreshToken) -> datetime:
    return token.current_time + token.lifetime
