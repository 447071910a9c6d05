"""How often one may ask: each key, each user, and each address of who is nobody.

Counted in windows of fixed length, so that what the headers say is exact. The headers are those of the IETF draft
(`RateLimit-Policy`, `RateLimit`): it defines its numbers, where `X-RateLimit-Reset` is seconds here and a date there.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import Http404
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.context import source_address
from users.models import APIKey, User
from users.permissions import NotAllowed

log = logging.getLogger(__name__)

CACHE = "rates"
LEAVE_ALONE_S = 5.0
"""After Redis did not answer, so long nobody waits for it."""


class TooOften(Throttled):
    default_detail = "Too many requests."
    extra_detail_singular = extra_detail_plural = "Try again in {wait} seconds."


@dataclass(frozen=True, slots=True)
class Spent:
    """How many requests of a window one has made."""

    used: int
    limit: int
    window_s: int
    resets_in: int

    def headers(self) -> dict[str, str]:
        left = max(self.limit - self.used, 0)
        return {
            "RateLimit-Policy": f'"requests";q={self.limit};w={self.window_s}',
            "RateLimit": f'"requests";r={left};t={self.resets_in}',
        }


class Throttle(APIView):
    """A view whose every request counts, and whose every answer says what is left."""

    _spent: Spent | None = None

    def check_throttles(self, request: Request) -> None:
        self._spend(request)
        super().check_throttles(request)

    def handle_exception(self, exc: Exception) -> Response:
        # refused before it was counted; any other error may have come before it was known who asks
        if self._spent is None and isinstance(exc, APIException | Http404 | NotAllowed):
            try:
                self._spend(self.request)
            except TooOften as refused:
                exc = refused
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        done = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self._spent.headers().items() if self._spent else ():
            done[name] = value
        return done

    def _spend(self, request: Request) -> None:
        self._spent = spend(*_who(request))
        if self._spent.used > self._spent.limit:
            raise TooOften(wait=self._spent.resets_in)


def _who(request: Request) -> tuple[str, tuple[int, int]]:
    """Whose requests are counted together, and the rate that they are held to."""
    if isinstance(request.auth, APIKey):
        return f"key:{request.auth.pk}", settings.API_RATE
    if isinstance(request.user, User):
        return f"user:{request.user.pk}", settings.API_RATE
    return f"address:{source_address()}", settings.API_RATE_ANONYMOUS


def spend(who: str, rate: tuple[int, int]) -> Spent:
    """Count one request. Where nothing can be counted, it is let through as the first."""
    limit, window_s = rate
    now = time.time()
    resets_in = window_s - int(now) % window_s
    return Spent(_count(f"{who}:{int(now) // window_s}", window_s), limit, window_s, resets_in)


_alone_until = 0.0


def _count(name: str, seconds: int) -> int:
    global _alone_until
    if time.monotonic() < _alone_until:
        return 1
    rates = caches[CACHE]
    try:
        try:
            return rates.incr(name)
        except ValueError:  # the first of its window
            return 1 if rates.add(name, 1, timeout=seconds) else rates.incr(name)
    except (RedisError, OSError) as error:
        _alone_until = time.monotonic() + LEAVE_ALONE_S
        log.warning("requests are not counted, Redis does not answer: %s", type(error).__name__)
        return 1
