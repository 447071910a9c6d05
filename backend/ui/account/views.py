"""One's own account: who am I, password, second factor, API keys."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from ui.account.forms import CodeForm, CurrentPasswordForm, KeyForm, PasswordForm, SetUpForm
from ui.decorators import page
from ui.scope import customers_of, user_of
from users import second_factor
from users.keys import create_key, revoke_key
from users.passwords import change_password, end_logins
from users.permissions import Permission
from users.second_factor import SecondFactorRefused
from users.selectors import api_keys_for
from users.sign_in import WRONG_CODE, code_is_right


@page(Permission.VIEW)
def account(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    return render(request, "account/account.html", {
        "own_customers": customers_of(request),
        "has_second_factor": second_factor.has_second_factor(user),
        "codes_left": second_factor.codes_left(user),
        "is_demanded": second_factor.is_demanded(user),
        "keys": api_keys_for(user).filter(user=user).prefetch_related("customers").order_by("revoked_at", "name", "pk"),
        "now": timezone.now(),
    })  # fmt: skip


@never_cache
@page(Permission.VIEW, methods=("GET", "POST"))
def password(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if not user.has_usable_password():
        messages.info(request, "Your password is kept by your single sign-on: change it there.")
        return redirect("ui:account")
    form = PasswordForm(request.POST or None, request=request)
    if form.is_valid():
        change_password(actor=user, password=form.cleaned_data["new_password"])
        update_session_auth_hash(request, user)  # this login session goes on, the others end
        messages.success(request, "Your password is changed. Your other login sessions and your tokens have ended.")
        return redirect("ui:account")
    return render(request, "account/password.html", {"form": form}, status=422 if form.errors else 200)


@page(Permission.VIEW, methods=("POST",))
def end_other_logins(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    end_logins(actor=user)
    update_session_auth_hash(request, user)
    messages.success(request, "Your other login sessions and your tokens have ended.")
    return redirect("ui:account")


@never_cache
@page(Permission.VIEW, methods=("GET", "POST"))
def turn_on_second_factor(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if second_factor.has_second_factor(user):
        return redirect("ui:account_second_factor")
    secret = second_factor.pending_secret(request.session)
    form = SetUpForm(request.POST or None, request=request)
    if form.is_valid():
        try:
            codes = second_factor.turn_on(actor=user, secret=secret, code=form.cleaned_data["code"])
        except SecondFactorRefused as error:
            form.add_error("code", str(error))
        else:
            second_factor.forget_pending_secret(request.session)
            record_authentication(request, user, "mfa")
            update_session_auth_hash(request, user)  # this login session goes on, the others end
            return render(request, "account/codes.html", {"codes": codes, "is_new": True})
    context = {"form": form, **second_factor.shown_to(user, secret)}
    return render(request, "account/second_factor_on.html", context, status=422 if form.errors else 200)


@never_cache
@page(Permission.VIEW, methods=("GET", "POST"))
def manage_second_factor(request: HttpRequest) -> HttpResponse:
    """Turn it off, or make new recovery codes: with the password, or a code where there is none."""
    user = user_of(request)
    if not second_factor.has_second_factor(user):
        return redirect("ui:account_second_factor_on")
    form = _proof(request)
    if form.is_valid() and _proven(request, form):
        try:
            if "codes" in request.POST:
                return render(request, "account/codes.html", {"codes": second_factor.renew_codes(actor=user)})
            second_factor.turn_off(actor=user, user=user)
        except SecondFactorRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The second factor is off. Your password alone logs you in.")
            return redirect("ui:account")
    return render(request, "account/second_factor_manage.html", {
        "form": form,
        "codes_left": second_factor.codes_left(user),
        "is_demanded": second_factor.is_demanded(user),
    }, status=422 if form.errors else 200)  # fmt: skip


def _proof(request: HttpRequest) -> CodeForm | CurrentPasswordForm:
    if user_of(request).has_usable_password():
        return CurrentPasswordForm(request.POST or None, request=request)
    return CodeForm(request.POST or None)


def _proven(request: HttpRequest, form: CodeForm | CurrentPasswordForm) -> bool:
    if "code" not in form.cleaned_data or code_is_right(request, user_of(request), form.cleaned_data["code"]):
        return True
    form.add_error("code", WRONG_CODE)
    return False


@never_cache
@page(Permission.VIEW, methods=("GET", "POST"))
def new_key(request: HttpRequest) -> HttpResponse:
    """The key's text is in the answer to the form, and nowhere else ever."""
    user = user_of(request)
    form = KeyForm(request.POST or None, user=user)
    if form.is_valid():
        try:
            key, text = create_key(actor=user, user=user, **form.values())
        except ValidationError as error:
            form.take_errors(error)
        else:
            return render(request, "account/key_made.html", {"key": key, "text": text})
    return render(request, "account/key_new.html", {"form": form}, status=422 if form.errors else 200)


@page(Permission.VIEW, methods=("POST",))
def end_key(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    key = get_object_or_404(api_keys_for(user).filter(user=user), pk=pk)
    if revoke_key(actor=user, key=key):
        messages.success(request, f"The key {key.name} is revoked.")
    return redirect("ui:account")
