"""Who is at the other end of a websocket: the login session of a page of ours, or a JWT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.http.request import validate_host
from rest_framework.exceptions import APIException
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError

from users.models import User

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the client brought: a token, or the session cookie of a page whose origin was checked; else nothing."""

    token: str = field(default="", repr=False)
    session: str = field(default="", repr=False)


def origin_allowed(scope: Mapping[str, Any]) -> bool:
    """Whether the browser's page is ours. A client that is no browser sends no Origin, and needs a token."""
    headers = _headers(scope)
    origin = headers.get("origin")
    if origin is None:
        return True
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    page = urlsplit(origin)
    if page.scheme not in PORTS or (settings.HTTPS and page.scheme != "https"):
        return False
    ours = urlsplit(f"//{headers.get('host', '')}")
    try:
        there, here = (page.hostname, page.port or PORTS[page.scheme]), (ours.hostname, ours.port or PORTS[page.scheme])
    except ValueError:  # a port that is none
        return False
    # a rebound name has Origin and Host alike: the host must be one of ours, too
    return there == here and here[0] is not None and validate_host(here[0], settings.ALLOWED_HOSTS)


def take_credentials(scope: dict[str, Any]) -> Credentials:
    """Read the client's credentials; a token is taken out of the scope's query, so that nothing logs it later."""
    headers = _headers(scope)
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    scope["query_string"] = urlencode([pair for pair in query if pair[0] != "token"]).encode()
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return Credentials(token=bearer.strip())
    if token := dict(query).get("token"):
        return Credentials(token=token)
    if "origin" not in headers:
        return Credentials()  # a browser always names its page: without that a cookie proves nothing
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return Credentials()
    session = cookies.get(settings.SESSION_COOKIE_NAME)
    return Credentials(session=session.value if session else "")


def user_of(credentials: Credentials) -> User | None:
    """The user now: None once the token has expired, the session was logged out or the user is inactive."""
    user = _by_token(credentials.token) if credentials.token else _by_session(credentials.session)
    return user if isinstance(user, User) and user.is_active else None


def _by_token(token: str) -> object:
    jwt = JWTAuthentication()
    try:
        return jwt.get_user(jwt.get_validated_token(token.encode()))
    except (APIException, TokenError):
        return None


def _by_session(key: str) -> object:
    if not key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return get_user(request)


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
