"""Every websocket."""

from typing import Any

from django.urls import path, re_path

from ui.consumers.job_log import JobLogConsumer
from ui.consumers.nowhere import NowhereConsumer

websocket_routes: list[Any] = [
    path("ws/jobs/<int:job_id>/", JobLogConsumer.as_asgi(), name="ws_job"),
    re_path("", NowhereConsumer.as_asgi(), name="ws_nowhere"),  # without it an unknown address is a traceback
]
