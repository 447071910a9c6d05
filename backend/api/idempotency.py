"""`Idempotency-Key`: a POST that was sent twice is done once, and answered twice the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.idempotency import Answer, KeyReused, StillRunning, once

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Location", "ETag")


class Reused(APIException):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key came with another request before."


class Running(APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "The first request with this Idempotency-Key has not ended yet."
    wait = 1


def idempotent(action: Callable[..., Response]) -> Callable[..., Response]:
    """An action that honours the header. What it refuses is not kept: it has done nothing and may be sent again."""

    @wraps(action)
    def done_once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return action(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise ValidationError({HEADER: ["1 to 255 visible ASCII characters are expected."]})

        def make() -> Answer:
            response = action(view, request, *args, **kwargs)
            headers = {name: response[name] for name in KEPT_HEADERS if name in response}
            return Answer(response.status_code, JSONRenderer().render(response.data).decode(), headers)

        api_key = getattr(request.user, "api_key", None)
        try:
            answer, is_replayed = once(
                user=request.user, api_key=api_key.prefix if api_key else "", address=request.path[:255], key=key,
                fingerprint=fingerprint(request), make=make,
            )  # fmt: skip
        except KeyReused:
            raise Reused from None
        except StillRunning:
            raise Running from None
        headers = {**answer.headers, REPLAYED: "true"} if is_replayed else answer.headers
        return Response(json.loads(answer.body) if answer.body else None, status=answer.status, headers=headers)

    done_once.is_idempotent = True  # type: ignore[attr-defined]  # for the schema
    return done_once


def fingerprint(request: Request) -> str:
    """Of what is asked: a body with its names in another order, or other white space, asks the same."""
    data = request.data
    if isinstance(data, QueryDict):
        data = {name: data.getlist(name) for name in data}
    text = json.dumps([request.method, request.META["QUERY_STRING"], data], sort_keys=True, default=_digest)
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(value: object) -> str:
    if not isinstance(value, UploadedFile):
        raise TypeError(f"no fingerprint of a {type(value).__name__}")
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()
