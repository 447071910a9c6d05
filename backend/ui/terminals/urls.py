"""Pages of terminals."""

from django.urls import path

from ui.terminals.views import (
    device_session_list,
    terminal,
    terminal_download,
    terminal_end,
    terminal_list,
    terminal_parts,
    terminal_replay,
)

urlpatterns = [
    path("devices/<int:pk>/terminal/", terminal, name="terminal"),
    path("devices/<int:pk>/sessions/", device_session_list, name="device_sessions"),
    path("sessions/", terminal_list, name="terminal_list"),
    path("sessions/<int:pk>/", terminal_replay, name="terminal_replay"),
    path("sessions/<int:pk>/parts/", terminal_parts, name="terminal_parts"),
    path("sessions/<int:pk>/download/", terminal_download, name="terminal_download"),
    path("sessions/<int:pk>/end/", terminal_end, name="terminal_end"),
]
