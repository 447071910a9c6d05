"""App of users."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        from users import lockout  # noqa: F401 - listens to failed logins
