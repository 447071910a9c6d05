"""A thing that the API can list, show, make, change and remove, one or many at once, said in a few lines.

class SiteEndpoint(Resource[Site]):
    permission = managed_by(Permission.MANAGE_INVENTORY)
    serializer_class = SiteSerializer                              # what is answered
    input = NewSite                                                # what is taken
    writes = Writes("site", create_site, update_site, delete_site)

    def rows(self): return sites_for(user_of(self.request)).order_by("name", "pk")

urlpatterns = [*resource("sites", SiteEndpoint, "site"), …]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from django.http import Http404
from django.urls import URLPattern, path
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from api.bulk import BulkRow, BulkWrites
from api.conditional import demand_match, tag_of
from api.export import Exports
from api.fields import StrictSerializer
from api.filters import refuse_unknown
from api.idempotency import idempotent
from api.views import Endpoint, user_of
from core.transactions import each, held

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Writes:
    """The services of a thing. Each takes `actor`; the row goes by the thing's name, values by theirs."""

    name: str
    create: Callable[..., Any]
    update: Callable[..., Any]
    delete: Callable[..., None]
    create_many: Callable[..., Sequence[Any]] | None = None
    """`(*, actor, rows: Sequence[dict]) -> made rows`, for speed. Raises RowsRefused."""
    update_many: Callable[..., Sequence[Any]] | None = None
    """`(*, actor, changes: Sequence[tuple[row, dict]]) -> changed rows`. Raises RowsRefused."""
    delete_many: Callable[..., None] | None = None
    """`(*, actor, rows)`. Raises RowsRefused."""


class Resource(BulkWrites[M], Endpoint[M]):
    """Rows that can be written through `writes`, from bodies that `input` understands."""

    input: ClassVar[type[StrictSerializer]]
    writes: ClassVar[Writes]

    @idempotent
    def create(self, request: Request) -> Response:
        if isinstance(request.data, list):
            raise ValidationError("An object is expected; a list of them goes to the address that ends in bulk/.")
        values = self.checked(request)
        return self.created(self.writes.create(actor=user_of(request), **values))

    def update(self, request: Request, pk: int) -> Response:
        """What is not given stays. Honours If-Match."""
        with held(self.whole(self.rows()), pk) as row:
            if row is None:
                raise Http404
            demand_match(request, self.tag(row))
            values = self.checked(request, partial=True)
            row = self.writes.update(actor=user_of(request), **{self.writes.name: row}, **values)
            return self.answer(self.one(row.pk))

    def destroy(self, request: Request, pk: int) -> Response:
        """Honours If-Match."""
        refuse_unknown(request.query_params, set(), "There is no such parameter.")
        with held(self.whole(self.rows()), pk) as row:
            if row is None:
                raise Http404
            demand_match(request, self.tag(row))
            self.writes.delete(actor=user_of(request), **{self.writes.name: row})
        return Response(status=204)

    def checked(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The body's values; an update takes some of them."""
        refuse_unknown(request.query_params, set(), "There is no such parameter.")
        body = self.input(data=request.data, partial=partial, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def created(self, row: M) -> Response:
        answer = self.answer(self.one(row.pk), status=201)
        answer["Location"] = reverse(f"api:{self.basename}-detail", args=[row.pk], request=self.request)
        return answer

    def answer(self, row: M, status: int = 200) -> Response:
        shown = self.show(row)
        return Response(shown, status=status, headers={"ETag": tag_of(shown, self.volatile)})

    def tag(self, row: M) -> str:
        return tag_of(self.show(row), self.volatile)

    def make_many(self, rows: Sequence[dict[str, Any]]) -> Sequence[M]:
        actor = user_of(self.request)
        if self.writes.create_many is not None:
            return self.writes.create_many(actor=actor, rows=rows)
        return each(lambda values: self.writes.create(actor=actor, **values), rows)

    def change_many(self, changes: Sequence[tuple[M, dict[str, Any]]]) -> Sequence[M]:
        actor, name = user_of(self.request), self.writes.name
        if self.writes.update_many is not None:
            return self.writes.update_many(actor=actor, changes=changes)
        return each(lambda change: self.writes.update(actor=actor, **{name: change[0]}, **change[1]), changes)

    def remove_many(self, rows: Sequence[M]) -> None:
        actor, name = user_of(self.request), self.writes.name
        if self.writes.delete_many is not None:
            self.writes.delete_many(actor=actor, rows=rows)
        else:
            each(lambda row: self.writes.delete(actor=actor, **{name: row}), rows)


LIST = {"get": "list", "post": "create"}
DETAIL = {"get": "retrieve", "patch": "update", "delete": "destroy"}
BULK = {"post": "create_many", "patch": "update_many"}
BULK_DELETE = {"post": "destroy_many"}


def resource(address: str, endpoint: type[Resource[Any]], name: str) -> list[URLPattern]:
    """Its addresses: `name-list`, `name-detail`, `name-bulk`, `name-bulk-delete`, and `name-export` of an Exports."""
    as_view: Any = endpoint.as_view
    export = [path(f"{address}/export/", as_view({"get": "export"}, basename=name), name=f"{name}-export")]
    return [
        *(export if issubclass(endpoint, Exports) else ()),
        path(f"{address}/", as_view(LIST, basename=name), name=f"{name}-list"),
        path(f"{address}/bulk/", as_view(BULK, basename=name), name=f"{name}-bulk"),
        path(f"{address}/bulk/delete/", as_view(BULK_DELETE, basename=name), name=f"{name}-bulk-delete"),
        path(f"{address}/<int:pk>/", as_view(DETAIL, basename=name), name=f"{name}-detail"),
    ]


__all__ = ["BulkRow", "Resource", "Writes", "resource"]
