"""Login, refresh, logout, and who am I."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from api.auth.serializers import LoginInput, MeSerializer, RefreshInput
from api.auth.throttle import FailedLogins
from api.auth.tokens import exchange, pair_for, revoke
from api.views import Endpoint, user_of
from users.models import User
from users.permissions import Permission
from users.second_factor import SecondFactorRefused
from users.sign_in import finish_token_login


class PublicEndpoint(Endpoint[User]):
    """Answers who is not logged in yet. An access token sent along is not looked at: it may have expired."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'  # else DRF would turn its 401 into 403, for want of an authentication class


class LoginEndpoint(PublicEndpoint):
    def get_throttles(self) -> list[BaseThrottle]:
        self.failures = FailedLogins()
        return [self.failures]

    def login(self, request: Request) -> Response:
        given = self.valid(LoginInput, request)
        code = given.pop("otp", "")
        user: Any = authenticate(request._request, **given)
        if user is None:  # unknown, wrong or inactive: one answer
            self.failures.failed()
            raise AuthenticationFailed("No active account with this username and password.")
        try:
            finish_token_login(request._request, user, code)
        except SecondFactorRefused as error:
            self.failures.failed()
            raise AuthenticationFailed(str(error)) from error
        return Response(pair_for(user))


class RefreshEndpoint(PublicEndpoint):
    def refresh(self, request: Request) -> Response:
        return Response(exchange(self.valid(RefreshInput, request)["refresh"]))


class AccountEndpoint(Endpoint[User]):
    permission = Permission.VIEW

    def me(self, request: Request) -> Response:
        return Response(MeSerializer(user_of(request)).data)

    def logout(self, request: Request) -> Response:
        """The refresh token is used up; the access token ends by itself within minutes."""
        revoke(self.valid(RefreshInput, request)["refresh"], user_of(request))
        return Response(status=204)
