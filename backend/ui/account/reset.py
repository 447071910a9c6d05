"""A forgotten password: the address, the mail's link, the new password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ui.account.forms import EmailForm, NewPasswordForm
from users.passwords import MailNotPossible, ask_for_reset, reset_password


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The same answer, as fast, whether there is such an account or not: a worker looks."""
    form = EmailForm(request.POST or None)
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


class NewPasswordPage(views.PasswordResetConfirmView):
    """Django checks the link, and keeps its token out of the address of the page with the form."""

    template_name = "account/reset_password.html"
    form_class = NewPasswordForm  # type: ignore[assignment]
    success_url = reverse_lazy("password_reset_done")

    def form_valid(self, form: SetPasswordForm[Any]) -> HttpResponse:
        reset_password(user=form.user, password=form.cleaned_data["new_password"])
        del self.request.session[views.INTERNAL_RESET_SESSION_TOKEN]
        return HttpResponseRedirect(self.get_success_url())


@require_GET
def done(request: HttpRequest) -> HttpResponse:
    return render(request, "account/reset_done.html")
