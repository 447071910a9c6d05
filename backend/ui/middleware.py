"""Login redirects, messages and refusals for HTMX, in one place."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from users.permissions import NotAllowed


class HtmxResponseMiddleware:
    """A fragment request cannot follow a redirect to a login page or show a message by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.htmx:  # type: ignore[attr-defined]
            return response
        if response.status_code == 302:
            # the browser goes there as a whole page: a redirect followed inside a fragment nests pages
            return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
        return self._with_messages(request, response)

    def _with_messages(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        shows_html = response.get("Content-Type", "").startswith("text/html") and not response.streaming
        if shows_html and response.status_code == 200 and (pending := list(messages.get_messages(request))):
            context = {"messages": pending, "oob": True}
            response.content += render_to_string("components/messages.html", context, request).encode()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, NotAllowed):
            return render(request, "403.html", {"reason": str(exception)}, status=403)
        return None


