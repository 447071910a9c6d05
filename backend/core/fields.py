"""Model fields of our own."""

from __future__ import annotations

from typing import Any

from django.db import models

from core.crypto import decrypt, encrypt


class EncryptedTextField(models.TextField):
    """Text that is plain in Python and encrypted in the database. It cannot be looked up by value."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value or "")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return decrypt(value or "")

    def get_lookup(self, lookup_name: str) -> Any:
        return None if lookup_name != "isnull" else super().get_lookup(lookup_name)
