"""Errors as RFC 9457 problem documents, from one place."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, InterfaceError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import InvalidToken

from api.parsers import TooLarge
from core.context import correlation_id
from core.crypto import CannotDecrypt
from core.errors import Refused
from jobs.services import JobRefused
from users.permissions import NotAllowed

log = logging.getLogger(__name__)

MOST_ERRORS = 50
"""A body of a hundred thousand wrong values is not answered by as many errors."""


class Conflict(exceptions.APIException):
    """What was asked is not possible in the state that the thing is in."""

    status_code = HTTPStatus.CONFLICT


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Every exception of an endpoint as a problem document; what nobody expected is logged and told without innards."""
    known = _translate(error)
    if known is None:
        log.error("unexpected error in the API", exc_info=error)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on the server; its log says what.")
    status = HTTPStatus(known.status_code)
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(known, "wait", None):
        headers["Retry-After"] = str(int(wait))
    rows: Mapping[int, exceptions.APIException] | None = getattr(known, "rows", None)
    if rows is not None:
        of_rows = [{"index": index, **one} for index, error in sorted(rows.items()) for one in flat(error.detail)]
        return problem(status, _words(known.detail), errors=of_rows[:MOST_ERRORS], headers=headers)
    if isinstance(known, exceptions.ValidationError):
        errors = list(flat(known.detail))
        return problem(status, "Some values are not valid.", errors=errors[:MOST_ERRORS], headers=headers)
    return problem(status, _words(known.detail), headers=headers)


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    errors: Sequence[Mapping[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """`correlation_id` is what the server's log lines of this request carry."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "correlation_id": correlation_id(),
    }
    if errors is not None:
        body["errors"] = list(errors)
    return Response(body, status=status, headers=headers, content_type="application/problem+json")


def _translate(error: Exception) -> exceptions.APIException | None:
    """The error in DRF's terms; None for one that nobody expected."""
    match error:
        case Http404() | exceptions.NotFound():
            # one body, whatever was looked for: a foreign thing answers like one that does not exist
            return exceptions.NotFound("There is nothing at this address.")
        case NotAllowed() | PermissionDenied():
            return exceptions.PermissionDenied(str(error) or None)
        case DjangoValidationError():
            return exceptions.ValidationError(_of_model(error))
        case ProtectedError():
            return Conflict(_protected(error))
        case IntegrityError():
            # validation has looked for it: somebody else was quicker
            log.info("lost a race", exc_info=error)
            return Conflict("Somebody else has just made or changed the same; read it again.")
        case ObjectDoesNotExist():
            return exceptions.NotFound("There is nothing at this address.")
        case Refused():
            return Conflict(str(error))
        case RequestDataTooBig():
            return TooLarge("The body is larger than the server takes.")
        case JobRefused():
            if error.field == "status":
                return Conflict(str(error))
            return exceptions.ValidationError({error.field: list(error.problems)})
        case InvalidToken():
            return exceptions.AuthenticationFailed("The token is not valid, or not any more.")
        case OperationalError() | InterfaceError():
            log.error("database away", exc_info=error)
            away = exceptions.APIException("The database does not answer; try again in a moment.")
            away.status_code = HTTPStatus.SERVICE_UNAVAILABLE
            away.wait = 5  # type: ignore[attr-defined]
            return away
        case CannotDecrypt():
            log.error("stored text cannot be decrypted", exc_info=error)
            return exceptions.APIException("A stored text cannot be decrypted; the server's log says why.")
        case exceptions.APIException():
            return error
    return None


def as_known(error: Exception) -> exceptions.APIException:
    """The error in DRF's terms; raises one that nobody expected."""
    known = _translate(error)
    if known is None:
        raise error
    return known


def _of_model(error: DjangoValidationError) -> Any:
    """Words by field, as a model's own validation gave them."""
    if not hasattr(error, "error_dict"):
        return {"non_field_errors": error.messages}
    return {
        "non_field_errors" if name == NON_FIELD_ERRORS else name: words for name, words in error.message_dict.items()
    }


def _protected(error: ProtectedError) -> str:
    """How many of what still needs the row. They are of its own customer, which the user sees."""
    counts = Counter(type(row)._meta for row in error.protected_objects)
    things = [f"{n:,} {meta.verbose_name if n == 1 else meta.verbose_name_plural}" for meta, n in counts.items()]
    return f"It is still used by {' and '.join(things)}."


def _words(detail: Any) -> str:
    """The words of an APIException's detail, which some libraries wrap in a dict."""
    if isinstance(detail, dict):
        return str(detail.get("detail", "Not valid."))
    if isinstance(detail, list):
        return " ".join(str(part) for part in detail)
    return str(detail)


def flat(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Nested validation errors as `{field, detail}`, the field's path dotted."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from flat(inner, own)
    elif isinstance(detail, list):
        for inner in detail:
            yield from flat(inner, path)
    else:
        yield {"field": path, "detail": str(detail)}
