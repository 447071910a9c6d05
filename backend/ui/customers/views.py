"""Customers: those that the user sees, one with its settings, and the form that changes them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from customers.models import Customer
from ui.customers.forms import CustomerForm, settings_of
from ui.decorators import page
from ui.paging import counted_page, searched, tidy_url
from ui.scope import user_of
from users.permissions import Permission
from users.selectors import customers_for


def _one(request: HttpRequest, pk: int) -> Customer:
    return get_object_or_404(customers_for(user_of(request)), pk=pk)


@page(Permission.VIEW)
def customer_list(request: HttpRequest) -> HttpResponse:
    """All that the user sees, whichever is chosen in the header; or the table alone for a fragment."""
    rows, words = customers_for(user_of(request)), searched(request.GET)
    found = rows.filter(Q(name__icontains=words) | Q(slug__icontains=words)) if words else rows
    context = {"page": counted_page(found.order_by("name", "pk"), rows, request.GET), "is_filtered": bool(words)}
    if request.htmx:  # type: ignore[attr-defined]
        return tidy_url(request, render(request, "customers/list.html#table", context))
    return render(request, "customers/list.html", context)


@page(Permission.VIEW)
def customer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Its settings with what each means."""
    row = _one(request, pk)
    return render(request, "customers/detail.html", {"customer": row, "rows": settings_of(row)})


@page(Permission.MANAGE_SYSTEM, methods=("GET", "POST"))
def customer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = _one(request, pk)
    form = CustomerForm(request.POST if request.method == "POST" else None, user=user_of(request), customer=row)
    if form.is_valid() and form.store():
        messages.success(request, f"The settings of {form.cleaned_data.get('name', row.name)} are saved.")
        return redirect("ui:customer_detail", pk)
    context = {"form": form, "customer": row}
    return render(request, "customers/edit.html", context, status=422 if form.errors else 200)
