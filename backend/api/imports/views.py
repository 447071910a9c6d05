"""CSV files into the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import django_filters
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from api.fields import LARGEST_ID
from api.filters import IdFilter, read_query
from api.idempotency import idempotent
from api.imports.serializers import ImportSerializer
from api.parsers import body_of
from api.schema.declare import operation
from api.views import Endpoint, user_of
from devices.enums import ImportKind, ImportStatus
from devices.importing.run import MOST_BYTES, start_import
from devices.importing.table import NotATable
from devices.models import InventoryImport
from devices.selectors import imports_for
from users.permissions import Permission
from users.selectors import customers_for

CSV = {"type": "string", "description": "The file: its first line names the columns.", "contentMediaType": "text/csv"}


class CSVParser(BaseParser):
    """The body as it is, up to MOST_BYTES."""

    media_type = "text/csv"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return {"file": SimpleUploadedFile("import.csv", body_of(stream, parser_context, MOST_BYTES), "text/csv")}


class Flag(forms.TypedChoiceField):
    def __init__(self, help_text: str) -> None:
        super().__init__(
            choices=[("true", "Yes"), ("false", "No")], coerce=lambda word: word == "true", required=False,
            help_text=help_text,
        )  # fmt: skip


class ImportQuery(forms.Form):
    customer = forms.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="Whose inventory it goes into.")
    kind = forms.ChoiceField(choices=ImportKind.choices, help_text="What the file holds.")
    dry_run = Flag("Tell what would happen, and write nothing.")
    update_existing = Flag("Change rows that are there already, found by name, instead of refusing them.")
    skip_faulty = Flag("Write the rows without a fault, whatever others have.")


class ImportFilter(django_filters.FilterSet):
    customer = IdFilter("customer")
    kind = django_filters.ChoiceFilter(choices=ImportKind.choices)
    status = django_filters.MultipleChoiceFilter(choices=ImportStatus.choices)


class ImportEndpoint(Endpoint[InventoryImport]):
    permission = Permission.MANAGE_INVENTORY
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    order_by = {"id": "pk", "created_at": "created_at", "finished_at": "finished_at"}  # noqa: RUF012

    def rows(self) -> QuerySet[InventoryImport]:
        return imports_for(user_of(self.request)).select_related("requested_by").defer("content").order_by("-pk")

    def get_parsers(self) -> list[BaseParser]:
        return [CSVParser()]

    @operation(body=CSV, answer=ImportSerializer, status=201, query=ImportQuery)
    @idempotent
    def create(self, request: Request) -> Response:
        """Import a CSV file of devices or credentials. The whole file is checked before a row is written.

        A file of up to 500 rows has ended when this answers; a larger one is worked on, and its own address says how
        far it is. Device columns: hostname, mgmt_ip, platform, site, and if wanted port, role, credential, tags (joined
        by semicolons), enabled. Credential columns: name, username, and if wanted password, enable_secret, private_key.
        """
        asked = _asked(request)
        customer = customers_for(user_of(request)).filter(pk=asked.pop("customer")).first()
        if customer is None:
            raise ValidationError({"customer": ["There is no such customer."]})
        body: Any = request.data  # a dict of this one file; empty where there is no body
        content = body["file"].read() if body else b""
        try:
            made = start_import(actor=user_of(request), customer=customer, content=content, **asked)
        except NotATable as error:
            raise ValidationError(
                {f"line {f.line}{f.column and f', {f.column}'}": f.detail for f in error.faults}
            ) from error
        place = reverse("api:import-detail", args=[made.pk], request=request)
        return Response(self.show(self.one(made.pk)), status=201, headers={"Location": place})


def _asked(request: Request) -> dict[str, Any]:
    return {name: value or False for name, value in read_query(ImportQuery, request.query_params).items()}
