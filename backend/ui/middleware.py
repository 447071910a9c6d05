"""Login redirects, messages and refusals for HTMX, in one place."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import trigger_client_event

from users.permissions import NotAllowed


class HtmxResponseMiddleware:
    """A fragment request cannot follow a redirect to a login page or show a message by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # page and fragment share an address: no cache may give one for the other
        patch_vary_headers(response, ["HX-Request"])
        if not request.htmx:  # type: ignore[attr-defined]
            return response
        if response.status_code == 302:
            # the browser goes there as a whole page: a redirect followed inside a fragment nests pages
            return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
        return self._with_messages(request, response)

    def _with_messages(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if response.status_code == 200 and (pending := list(messages.get_messages(request))):
            items = [{"level": message.level_tag, "text": str(message)} for message in pending]
            trigger_client_event(response, "messages", {"items": items})
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotAllowed):
            return render(request, "403.html", {"reason": str(exception)}, status=403)
        return None
