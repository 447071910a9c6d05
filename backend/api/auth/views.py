"""Login, refresh, logout, and who am I."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from rest_framework.exceptions import APIException, AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.auth.authentication import REALM
from api.auth.serializers import LoginInput, MeSerializer, RefreshInput, TokenPair
from api.auth.tokens import exchange, pair_for, revoke
from api.schema.declare import operation
from api.views import Endpoint, user_of
from users.lockout import seconds_left
from users.models import User
from users.permissions import Permission
from users.second_factor import SecondFactorRefused
from users.sign_in import finish_token_login


class LockedOut(Throttled):
    default_detail = "Too many failed logins to this account, or from this address."
    extra_detail_singular = extra_detail_plural = "Try again in {wait} seconds."


class PublicEndpoint(Endpoint[User]):
    """Answers who is not logged in yet. An access token sent along is not looked at: it may have expired."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        return REALM  # else DRF would turn its 401 into 403, for want of an authentication class


class LoginEndpoint(PublicEndpoint):
    @operation(body=LoginInput, answer=TokenPair, refusals=(401,))
    def login(self, request: Request) -> Response:
        """Log in with username and password."""
        given = self.valid(LoginInput, request)
        code = given.pop("otp", "")
        user: Any = authenticate(request._request, **given)
        if user is None:  # unknown, wrong or inactive: one answer
            raise _refused(request, given["username"], "No active account with this username and password.")
        try:
            finish_token_login(request._request, user, code)
        except SecondFactorRefused as error:
            raise _refused(request, given["username"], str(error)) from error
        return Response(pair_for(user))


def _refused(request: Request, username: str, words: str) -> APIException:
    """The words, or that it is locked: from this failure on, or since an earlier one."""
    if getattr(request._request, "axes_locked_out", False):
        return LockedOut(wait=seconds_left(request._request, username))
    return AuthenticationFailed(words)


class RefreshEndpoint(PublicEndpoint):
    @operation(body=RefreshInput, answer=TokenPair, refusals=(401,))
    def refresh(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair. Each is good for one exchange."""
        return Response(exchange(self.valid(RefreshInput, request)["refresh"]))


class AccountEndpoint(Endpoint[User]):
    permission = Permission.VIEW

    @operation(answer=MeSerializer)
    def me(self, request: Request) -> Response:
        """Show who is logged in."""
        return Response(MeSerializer(user_of(request)).data)

    @operation(body=RefreshInput, status=204)
    def logout(self, request: Request) -> Response:
        """Log out. The login that the refresh token is of ends at once, with all its tokens and open sockets."""
        revoke(self.valid(RefreshInput, request)["refresh"], user_of(request))
        return Response(status=204)
