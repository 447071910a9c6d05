"""Pairs of tokens: given at login, exchanged once, blacklisted at logout."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import BlacklistMixin, RefreshToken

from users.models import User


class TokenRefused(AuthenticationFailed):
    default_detail = "The refresh token is not valid, or not any more."


def pair_for(user: User) -> dict[str, str]:
    # past the blacklist's own for_user(), which would keep every valid refresh token readable in the database:
    # only used-up ones are kept. A user's tokens end with the account or the password, not by a list.
    refresh: RefreshToken = super(BlacklistMixin, RefreshToken).for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def exchange(raw: str) -> dict[str, str]:
    """A new pair for a refresh token, which is used up by it. Raises TokenRefused."""
    user = _spend(raw)
    return pair_for(user)


def revoke(raw: str, user: User) -> None:
    """Use up the user's own refresh token. Raises TokenRefused."""
    _spend(raw, of=user)


def _spend(raw: str, of: User | None = None) -> User:
    try:
        token = RefreshToken(raw)  # type: ignore[arg-type]
        user = JWTAuthentication().get_user(token)
    except (TokenError, AuthenticationFailed) as error:
        raise TokenRefused from error
    if of is not None and user.pk != of.pk:
        raise TokenRefused
    # of two that come with the same token at the same moment, the row's unique key lets one through
    blacklisted: Any = token.blacklist()  # annotated as the row, but it is get_or_create's pair
    _, is_first = blacklisted
    if not is_first or not isinstance(user, User):
        raise TokenRefused
    return user
