"""Logging in: password or single sign-on, then the second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_password_login, record_authentication
from allauth.account.models import Login
from allauth.account.stages import LoginStage, LoginStageController
from allauth.account.utils import get_login_redirect_url
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ui.account.forms import CodeForm
from users import second_factor, sso
from users.admission import SignOnRefused
from users.models import User
from users.second_factor import SecondFactorRefused
from users.sign_in import WRONG_CODE, SetUpStage, code_is_right


class LoginPage(views.LoginView):
    """The password; what comes after it, allauth's stages say."""

    template_name = "account/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        login = Login(user=form.get_user(), redirect_url=self.get_success_url())
        return perform_password_login(self.request, {}, login)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(single_sign_on=settings.SINGLE_SIGN_ON.get("name"), **more)


def _stage(request: HttpRequest, key: str) -> LoginStage | None:
    """The step that this browser's login has come to, if it is this one."""
    stage: LoginStage | None = LoginStageController.enter(request, key)
    return stage if stage and not request.user.is_authenticated and isinstance(stage.login.user, User) else None


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _elsewhere(request: HttpRequest) -> HttpResponse:
    return redirect(get_login_redirect_url(request) if request.user.is_authenticated else "account_login")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Between password and login: a code of the app, or a recovery code."""
    stage = _stage(request, AuthenticateStage.key)
    if stage is None:
        return _elsewhere(request)
    form = CodeForm(_posted(request))
    if form.is_valid():
        if code_is_right(request, stage.login.user, form.cleaned_data["code"]):
            record_authentication(request, stage.login.user, "mfa")
            return stage.exit()
        form.add_error("code", WRONG_CODE)
    return render(request, "account/second_factor.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_page(request: HttpRequest) -> HttpResponse:
    """Between password and login, for who must have a second factor and has none."""
    stage = _stage(request, SetUpStage.key)
    if stage is None:
        return _elsewhere(request)
    user: User = stage.login.user
    secret = second_factor.pending_secret(request.session)
    form = CodeForm(_posted(request))
    if form.is_valid():
        try:
            codes = second_factor.turn_on(actor=user, secret=secret, code=form.cleaned_data["code"])
        except SecondFactorRefused as error:
            form.add_error("code", str(error))
        else:
            second_factor.forget_pending_secret(request.session)
            record_authentication(request, user, "mfa")
            onward = stage.exit()["Location"]
            return render(request, "account/first_codes.html", {"codes": codes, "onward": onward})
    context = {"form": form, **second_factor.shown_to(user, secret)}
    return render(request, "account/set_up.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def single_sign_on(request: HttpRequest) -> HttpResponse:
    """Off to the provider. A link and no form: the content policy lets forms go nowhere else."""
    return _signed_on(request, sso.begin)


@never_cache
@require_GET
def single_sign_on_callback(request: HttpRequest) -> HttpResponse:
    return _signed_on(request, sso.finish)


def _signed_on(request: HttpRequest, step: Any) -> HttpResponse:
    if not settings.SINGLE_SIGN_ON:
        raise Http404
    try:
        return step(request)
    except SignOnRefused as error:
        return render(request, "account/sign_on_refused.html", {"reason": str(error)}, status=403)


@require_GET
def admin_login(request: HttpRequest) -> HttpResponse:
    """Django's admin pages have no login of their own: it would know no second factor."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect(f"{resolve_url('account_login')}?{request.GET.urlencode()}")
