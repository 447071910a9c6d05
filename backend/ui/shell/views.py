"""What belongs to the frame of every page."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from theme.samples import styleguide_context
from ui.decorators import page
from ui.scope import SESSION_KEY, user_of
from users.permissions import Permission
from users.selectors import customers_for

OF_ONE_CUSTOMER = ("customer", "site", "tag", "user", "page")


@page(Permission.VIEW, methods=("POST",))
def switch_customer(request: HttpRequest) -> HttpResponse:
    """Choose one customer, or all with an empty value; goes back to where the user was."""
    wanted = request.POST.get("customer", "")
    if wanted:
        customer = get_object_or_404(customers_for(user_of(request)), pk=wanted if wanted.isdecimal() else 0)
        request.session[SESSION_KEY] = customer.pk
    else:
        request.session.pop(SESSION_KEY, None)
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    # an address begins with a slash: anything else would be looked up as the name of a page, and "x" is none
    return redirect(_under_another_customer(back) if safe and back.startswith("/") else "ui:dashboard")


def _under_another_customer(address: str) -> str:
    """Without the choices that mean something under the former customer alone."""
    parts = urlsplit(address)
    query = QueryDict(parts.query, mutable=True)
    for name in OF_ONE_CUSTOMER:
        query.pop(name, None)
    return parts._replace(query=query.urlencode()).geturl()


@page(Permission.VIEW)
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    return render(request, "styleguide.html", styleguide_context())
