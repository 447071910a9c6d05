"""A forgotten password: the address, the mail's link, the new password."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ui.account.forms import EmailForm, NewPasswordForm
from users.passwords import MailNotPossible, ask_for_reset, reset_password, user_of_link

PROOF = "password_reset_link"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The same answer, as fast, whether there is such an account or not: a worker looks."""
    form = EmailForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            ask_for_reset(request=request, email=form.cleaned_data["email"])
        except MailNotPossible as error:
            form.add_error(None, str(error))
        else:
            return redirect("password_reset_sent")
    context = {"form": form, "mail_is_set_up": settings.MAIL_IS_SET_UP}
    return render(request, "account/reset_ask.html", context, status=422 if form.errors else 200)


@require_GET
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "account/reset_sent.html", {"minutes": settings.PASSWORD_RESET_TIMEOUT // 60})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """The mail's link. What proves it goes from the address into the session: no bookmark, no history keeps it."""
    proof = [request.GET.get("account", ""), request.GET.get("token", "")]
    if any(proof) and user_of_link(*proof):
        request.session[PROOF] = proof
        return redirect("password_reset_link")
    user = user_of_link(*request.session.get(PROOF, proof))
    if user is None:
        return render(request, "account/reset_link_void.html")
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        reset_password(user=user, password=form.cleaned_data["new_password"])
        del request.session[PROOF]
        return redirect("password_reset_done")
    return render(request, "account/reset_password.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def done(request: HttpRequest) -> HttpResponse:
    return render(request, "account/reset_done.html")
