"""The schema as a document, and two readers for it. Public: they tell how to ask, and nothing of any customer."""

from __future__ import annotations

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import condition, require_safe
from django.views.decorators.vary import vary_on_headers
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

JSON, YAML = "application/json", "application/yaml"
TYPES = (JSON, YAML, "application/vnd.oai.openapi+json", "application/vnd.oai.openapi")


def document(media_type: str) -> bytes:
    """The whole schema. It changes with the code alone, so each process writes it once in each language."""
    return _written(OpenApiJsonRenderer if media_type.endswith("json") else OpenApiYamlRenderer)


@cache
def _written(renderer: type[OpenApiJsonRenderer | OpenApiYamlRenderer]) -> bytes:
    return bytes(renderer().render(SchemaGenerator().get_schema(public=True), renderer_context={}))


def _media_type(request: HttpRequest) -> str:
    return request.get_preferred_type(TYPES) or JSON


def _tag(request: HttpRequest) -> str:
    return f'"{hashlib.sha256(document(_media_type(request))).hexdigest()[:20]}"'


@require_safe
@vary_on_headers("Accept")
@condition(etag_func=_tag)
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI as JSON, or as YAML where `Accept` prefers it."""
    media_type = _media_type(request)
    return HttpResponse(document(media_type), content_type=media_type, headers={"Cache-Control": "no-cache"})


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    """Swagger UI: reads, and tries the operations as whoever is logged in."""
    return render(request, "api/swagger.html")


@require_safe
def redoc(request: HttpRequest) -> HttpResponse:
    """ReDoc: the whole API on one page."""
    return render(request, "api/redoc.html")
