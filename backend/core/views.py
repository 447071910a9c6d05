"""Health and metrics, for the machines that watch webnet."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django_prometheus.exports import ExportToDjangoView
from kombu import Connection as BrokerConnection

from core.services import alive


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers; touches nothing else."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, broker, a worker and the scheduler are there; else 503 with what is missing.

    `?for=web` leaves out worker and scheduler: pages are of use without them.
    """
    wanted = ("database", "broker") if request.GET.get("for") == "web" else tuple(CHECKS)
    checks = {name: _try(CHECKS[name]) for name in wanted}
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ok" if ready else "not ready", "checks": checks}, status=200 if ready else 503)


def _try(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # whatever it is, the answer is that this part is away; never its innards
        return f"away ({type(error).__name__})"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    if settings.EMBEDDED:
        return "ok" if settings.QUEUE_FOLDER.is_dir() else "away (no queue folder)"
    with BrokerConnection(settings.CELERY_BROKER_URL, connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=0, timeout=2)
    return "ok"


def _alive(role: str) -> Callable[[], str]:
    return lambda: "ok" if alive(role) else "no sign of life"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "workers": _alive("worker"),
    "scheduler": _alive("beat"),
}


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for who brings METRICS_TOKEN; without a token set, for this machine in embedded mode."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN:
        allowed = hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    else:
        allowed = settings.EMBEDDED and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
    if not allowed:
        raise Http404
    return ExportToDjangoView(request)
