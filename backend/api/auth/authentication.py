"""Who sends a request: by the Authorization header, or by the login session of a page."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core.context import source_address
from users.keys import SCHEME, user_by_key
from users.models import APIKey, User
from users.tokens import Access, access_of

REALM = f'Bearer realm="webnet", {SCHEME} realm="webnet"'


class HeaderAuthentication(BaseAuthentication):
    """`Bearer TOKEN` or `Api-Key PREFIX.SECRET`.

    A header that is neither is refused, even where a login session comes along: who sends one means to be known by it.
    """

    def authenticate(self, request: Request) -> tuple[User, APIKey | Access] | None:
        header: Any = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        scheme, _, given = header.strip().partition(" ")
        match scheme.lower():
            case "bearer":
                if access := access_of(given.strip(), source_address()):
                    return access.user, access
                raise AuthenticationFailed("The token is not valid, or not any more.")
            case "api-key":
                if (user := user_by_key(given.strip(), source_address())) and user.api_key:
                    return user, user.api_key
                raise AuthenticationFailed("The API key is not valid here, or not any more.")
        raise AuthenticationFailed(f"The Authorization header is either 'Bearer TOKEN' or '{SCHEME} PREFIX.SECRET'.")

    def authenticate_header(self, request: Request) -> str:
        return REALM
