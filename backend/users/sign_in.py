"""From a right password to a login: allauth's steps in between, in our words and with our audit trail."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.stages import LoginStage
from allauth.core import context
from allauth.core.internal.httpkit import headed_redirect_response
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth import login, user_logged_in, user_login_failed
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from core import crypto
from core.middleware import source_of
from users import lockout, second_factor
from users.models import User
from users.second_factor import SecondFactorRefused
from users.trail import audit_account

BACKEND = "django.contrib.auth.backends.ModelBackend"
WRONG_CODE = "That code is not right, or it was used before."
HOW = {"password": "password", "socialaccount": "single sign-on", "mfa": "second factor"}  # names of ways  # nosec B105


class AccountAdapter(DefaultAccountAdapter):
    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage", "users.sign_in.SetUpStage"]

    def login(self, request: HttpRequest, user: User) -> None:
        """The login session begins here, after every step."""
        how = [HOW[record["method"]] for record in get_authentication_records(request, user)]
        user.backend = BACKEND
        with transaction.atomic():
            login(request, user)
            audit_account("user.log_in", user, actor=user, after={"by": ", ".join(how)})

    def get_client_ip(self, request: HttpRequest) -> str:
        return source_of(request) or ""

    def is_safe_url(self, url: str) -> bool:
        """Whether a login may go on to there: addresses of this host alone."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *_: Any, **__: Any) -> None:
        """Our pages say what has happened; allauth's words for it are not shown."""


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text)


class SetUpStage(LoginStage):
    """Who must have a second factor and has none sets it up before the login session begins."""

    key = "set_up_second_factor"
    urlname = "login_set_up"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if not isinstance(user, User) or not second_factor.is_demanded(user) or second_factor.has_second_factor(user):
            return None, True
        if "sociallogin" in (self.login.signal_kwargs or {}):
            return None, True  # the provider of single sign-on asks for the factors that it wants
        return headed_redirect_response(self.urlname), True


def has_proven_more(request: HttpRequest, user: User) -> bool:
    """Whether this login session began with more than a password."""
    return any(record["method"] in {"mfa", "socialaccount"} for record in get_authentication_records(request, user))


def code_is_right(request: HttpRequest, user: User, code: str) -> bool:
    """Whether the code is one of the user's second factor, now used up. While the account is locked, none is."""
    if lockout.is_locked(request, user):
        return False
    if second_factor.check_code(user=user, code=code):
        return True
    # counted like a wrong password: who has the password may not try a million codes
    user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=request)
    return False


def finish_token_login(request: HttpRequest, user: User, code: str) -> None:
    """What a login by API takes besides the password. Raises SecondFactorRefused."""
    has_one = second_factor.has_second_factor(user)
    if has_one and not code:
        raise SecondFactorRefused("This account has a second factor: send a code of it as `otp`, too.")
    if has_one and not code_is_right(request, user, code):
        raise SecondFactorRefused(WRONG_CODE)
    if not has_one and second_factor.is_demanded(user):
        raise SecondFactorRefused("This account needs a second factor: log in on the pages once to set it up.")
    with transaction.atomic():
        user_logged_in.send(sender=type(user), request=request, user=user)
        audit_account(
            "user.log_in", user, actor=user, after={"by": f"password{', second factor' * has_one}, for tokens"}
        )
