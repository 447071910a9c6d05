"""ETags: a strong tag of what an answer shows, so that nobody overwrites what they have not seen.

A tag has two halves. The first is of what people edit, and is what `If-Match` compares: a device that was merely
reached meanwhile can still be changed. The second is of the whole answer, for `If-None-Match`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

_TAG = re.compile(r'(W/)?"([^"]*)"')


class LostUpdate(APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "This has changed since you read it. Read it again, and make your change to what it is now."


def tag_of(shown: Mapping[str, Any], volatile: Collection[str] = (), about: str = "") -> str:
    """The ETag of an answer; `about` tells apart answers that show different parts of the same."""
    edited = {name: value for name, value in shown.items() if name not in volatile}
    return f'"{_digest(edited, "")}.{_digest(shown, about)}"'


def _digest(shown: Mapping[str, Any], about: str) -> str:
    return hashlib.sha256(about.encode() + JSONRenderer().render(shown)).hexdigest()[:20]


def is_unchanged(request: Request, tag: str) -> bool:
    """Whether the client has what this tag is of."""
    given = request.headers.get("If-None-Match", "")
    return given.strip() == "*" or tag.strip('"') in {value for _, value in _TAG.findall(given)}


def demand_match(request: Request, tag: str) -> None:
    """Raises LostUpdate when the client names a state in `If-Match`, and it is not this one."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return
    edited = tag.strip('"').split(".")[0]
    strong = {value.split(".")[0] for weak, value in _TAG.findall(given) if not weak}
    if edited not in strong:
        raise LostUpdate
