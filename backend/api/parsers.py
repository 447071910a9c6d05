"""JSON bodies from outside: bounded, and nothing in them that could not be stored or sent back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class TooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class JSONParser(BaseParser):
    """UTF-8 JSON up to DATA_UPLOAD_MAX_MEMORY_SIZE; refuses NaN, a name given twice, and broken surrogates."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = body_of(stream, parser_context, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        try:
            text = raw.decode()
            value = json.loads(text, object_pairs_hook=_object, parse_float=_number, parse_constant=_no_constant)
            if "\\u" in text:
                # half of an escaped surrogate pair is valid JSON, but no text that a database or an answer could hold
                json.dumps(value, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError("The body is nested too deeply.") from None
        except UnicodeError:
            raise ParseError("The body is not valid UTF-8.") from None
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from None
        return value


def body_of(stream: IO[Any], parser_context: Mapping[str, Any] | None, limit: int) -> bytes:
    """The request's body; raises TooLarge above the limit, and without reading it where its head tells."""
    too_large = TooLarge(f"The body is larger than {limit // 2**20} MB.")
    if _announced(parser_context) > limit:
        raise too_large
    raw: bytes = stream.read(limit + 1)
    if len(raw) > limit:
        raise too_large
    return raw


def _announced(parser_context: Mapping[str, Any] | None) -> int:
    """The length that the request's head tells; 0 where it tells none."""
    request = (parser_context or {}).get("request")
    length = str(request.META.get("CONTENT_LENGTH") or "") if request else ""
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name is given twice")
    return values


def _number(text: str) -> int | float:
    """Like every other JSON reader's: 3.0 is a whole number, too."""
    value = float(text)
    return int(value) if value.is_integer() else value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")
