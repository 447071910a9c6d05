"""Tokens, with refusals as the API's."""

from __future__ import annotations

from rest_framework.exceptions import AuthenticationFailed

from users import tokens
from users.models import User
from users.tokens import pair_for

__all__ = ["exchange", "pair_for", "revoke"]


def exchange(raw: str) -> dict[str, str]:
    try:
        return tokens.exchange(raw)
    except tokens.TokenRefused as refused:
        raise AuthenticationFailed(str(refused)) from refused


def revoke(raw: str, user: User) -> None:
    try:
        tokens.log_out(actor=user, raw=raw)
    except tokens.TokenRefused as refused:
        raise AuthenticationFailed(str(refused)) from refused
