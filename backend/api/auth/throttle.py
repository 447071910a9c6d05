"""Slows down who tries passwords: failures are counted per account and address, successes are not."""

from __future__ import annotations

import hashlib

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class FailedLogins(SimpleRateThrottle):
    """Ten failures in a minute for one account from one address. Counts in this process's cache."""

    scope = "login"
    rate = "10/min"
    duration: int  # set by the parent from the rate

    def get_cache_key(self, request: Request, view: APIView) -> str:
        account = request.data.get("username", "") if isinstance(request.data, dict) else ""
        # REMOTE_ADDR, not X-Forwarded-For: anybody can write the latter
        name = f"{str(account).casefold()}\n{request.META.get('REMOTE_ADDR', '')}"
        return self.cache_format % {
            "scope": self.scope, "ident": hashlib.sha256(name.encode(errors="replace")).hexdigest(),
        }  # fmt: skip

    def throttle_success(self) -> bool:
        return True

    def failed(self) -> None:
        """Count a failure; to be called on the instance whose `allow_request` let this request in."""
        self.history.insert(0, self.now)
        self.cache.set(self.key, self.history, self.duration)
