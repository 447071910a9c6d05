"""The ways to log in, as security schemes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from api.schema.parts import Schema


class HeaderSchemes(OpenApiAuthenticationExtension):
    """A token, or an API key: either of them, in the same header."""

    target_class = "api.auth.authentication.HeaderAuthentication"
    name = ["token", "key"]  # noqa: RUF012

    def get_security_requirement(self, auto_schema: Any) -> list[Schema]:
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[Schema]:
        bearer = "The access token that `POST /api/v1/auth/login/` gives."
        key = "An API key, as `Api-Key PREFIX.SECRET`. Its scopes and customers narrow what its user may."
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": bearer},
            {"type": "apiKey", "in": "header", "name": "Authorization", "description": key},
        ]


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    match_subclasses = True
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> Schema:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The login of the pages. What changes something needs the header `X-CSRFToken`, too.",
        }
