"""Every websocket."""

from typing import Any

from django.urls import path, re_path

from ui.consumers.job_log import JobLogConsumer
from ui.consumers.nowhere import NowhereConsumer
from ui.consumers.terminal import TerminalConsumer

websocket_routes: list[Any] = [
    path("ws/jobs/<int:job_id>/", JobLogConsumer.as_asgi(), name="ws_job"),
    path("ws/devices/<int:device_id>/ssh/", TerminalConsumer.as_asgi(), name="ws_terminal"),
    re_path("", NowhereConsumer.as_asgi(), name="ws_nowhere"),  # without it an unknown address is a traceback
]
