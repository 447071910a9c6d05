"""Every endpoint under /api/v1/."""

from typing import Any

app_name = "api"
urlpatterns: list[Any] = []
