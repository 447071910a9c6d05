"""A second factor that is demanded holds for login sessions that began before, too."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from core.tenancy import NOBODY, enter
from users.models import User
from users.second_factor import is_demanded
from users.sign_in import has_proven_more


class SecondFactorMiddleware:
    """Ends the session of who should have proven one and has not: the next login leads to it before anything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and is_demanded(user) and not has_proven_more(request, user):
            logout(request)
            enter(NOBODY)  # the scope was that of who is logged out now
        return self.get_response(request)
