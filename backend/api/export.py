"""Lists as files: `…/export/?format=csv` with the list's own filters, all rows of it, as a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from api.filters import PAGE_PARAMETERS
from api.views import Endpoint
from core.export import csv_file, json_file
from core.reading import in_batches

M = TypeVar("M", bound=Model)

FORMATS = ("csv", "json")
NAMES = ("name", "hostname", "username")
"""What a related row is shown by in a cell."""


class Exports(Endpoint[M]):
    """A list that can be taken along as a file."""

    @property
    def list_parameters(self) -> frozenset[str]:
        return frozenset({"format", "fields"}) if self.action == "export" else PAGE_PARAMETERS

    def export(self, request: Request) -> StreamingHttpResponse:
        """Read the whole list as a file, in the order of ids. It is written as it is read, however long it is."""
        kind = request.query_params.get("format", "csv")
        if kind not in FORMATS:
            raise ValidationError({"format": [f"Use {' or '.join(FORMATS)}."]})
        rows: QuerySet[M] = self.filter_queryset(self.get_queryset())
        serializer: Any = self.get_serializer_class()(context=self.get_serializer_context())
        wanted = self.wanted(self.get_serializer_class())
        for name in set(serializer.fields) - wanted if wanted is not None else ():
            del serializer.fields[name]
        name = f"{self.basename}s.{kind}"
        if kind == "json":
            return json_file(name, in_batches(rows, serializer.to_representation))
        return csv_file(name, list(serializer.fields), in_batches(rows, lambda row: _flat(serializer, row)))


def _flat(serializer: Any, row: Model) -> dict[str, Any]:
    return {name: _cell(value) for name, value in serializer.to_representation(row).items()}


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return next((value[name] for name in NAMES if name in value), "")
    return value
