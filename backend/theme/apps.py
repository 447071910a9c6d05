"""App config of the design system; django-tailwind finds its npm project here."""

from __future__ import annotations

from django.apps import AppConfig


class ThemeConfig(AppConfig):
    name = "theme"
