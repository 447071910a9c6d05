"""Wiring: settings, urls, asgi, celery, the `webnet` command. No logic."""
