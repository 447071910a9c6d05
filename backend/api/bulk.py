"""Many rows at once: a list to `…/bulk/`, all of them or none, or with `?mode=best-effort` as many as can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.fields import IdField, Related, StrictSerializer, is_id
from api.filters import refuse_unknown
from api.idempotency import idempotent
from api.problems import as_known, flat
from api.views import Endpoint
from core.errors import RowsRefused
from core.reading import AT_ONCE

M = TypeVar("M", bound=Model)
T = TypeVar("T")

MOST_ROWS = 10_000
ALL, BEST_EFFORT = "all", "best-effort"


class RowError(serializers.Serializer[Any]):
    """What is wrong with one field of a row."""

    field = serializers.CharField()
    detail = serializers.CharField()


class BulkRow(serializers.Serializer[Any]):
    """What became of one row: its place in the list, and its id or what is wrong with it."""

    index = serializers.IntegerField()
    status = serializers.IntegerField()
    id = serializers.IntegerField(required=False)
    errors = RowError(many=True, required=False)  # type: ignore[assignment]


class BulkAnswer(serializers.Serializer[Any]):
    """What became of all rows."""

    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    rows = BulkRow(many=True)


class RowToDelete(StrictSerializer):
    """Which row."""

    id = IdField()


class BulkRefused(APIException):
    """Nothing was written, since some rows cannot be; `rows` has what is wrong, by index."""

    def __init__(self, errors: Mapping[int, APIException], total: int) -> None:
        statuses = {error.status_code for error in errors.values()}
        self.status_code = statuses.pop() if len(statuses) == 1 else 400
        self.rows = errors
        word = "row" if total == 1 else "rows"
        super().__init__(f"{len(errors):,} of {total:,} {word} cannot be written as asked, so none was.")


class BulkWrites(Endpoint[M]):
    """The actions for many rows; Resource says what writes them."""

    input: ClassVar[type[StrictSerializer]]
    bulk_limit: ClassVar[int] = MOST_ROWS

    def make_many(self, rows: Sequence[dict[str, Any]]) -> Sequence[M]:
        raise NotImplementedError

    def change_many(self, changes: Sequence[tuple[M, dict[str, Any]]]) -> Sequence[M]:
        raise NotImplementedError

    def remove_many(self, rows: Sequence[M]) -> None:
        raise NotImplementedError

    @idempotent
    def create_many(self, request: Request) -> Response:
        given, errors = self._given(request), dict[int, APIException]()
        values = self._checked(self.input(context=self.get_serializer_context()), dict(enumerate(given)), errors)

        def make(rows: list[dict[str, Any]]) -> Sequence[int]:
            return [row.pk for row in self.make_many(rows)]

        return self._written(request, make, values, errors, status=201)

    def update_many(self, request: Request) -> Response:
        """Each object names its row by `id`; what it does not give stays."""
        given, errors = self._given(request), dict[int, APIException]()
        rows = self._named(given, errors)
        bodies = {index: {n: v for n, v in given[index].items() if n != "id"} for index in rows}
        values = self._checked(self.input(partial=True, context=self.get_serializer_context()), bodies, errors)

        def change(changes: list[tuple[M, dict[str, Any]]]) -> Sequence[int]:
            return [row.pk for row in self.change_many(changes)]

        return self._written(request, change, {index: (rows[index], values[index]) for index in values}, errors)

    @idempotent
    def destroy_many(self, request: Request) -> Response:
        """Takes `[{"id": 1}, …]`."""
        given, errors = self._given(request), dict[int, APIException]()
        self._checked(RowToDelete(), dict(enumerate(given)), errors)
        rows = self._named(given, errors)

        def remove(wanted: list[M]) -> Sequence[int]:
            ids = [row.pk for row in wanted]  # a removed row forgets its id
            self.remove_many(wanted)
            return ids

        return self._written(request, remove, rows, errors)

    def _given(self, request: Request) -> list[Any]:
        refuse_unknown(request.query_params, {"mode"}, "There is no such parameter.")
        if self._mode(request) not in {ALL, BEST_EFFORT}:
            raise ValidationError({"mode": [f"Use {ALL} or {BEST_EFFORT}."]})
        given = request.data
        if not isinstance(given, list) or not given:
            raise ValidationError("A list of at least one object is expected.")
        if len(given) > self.bulk_limit:
            raise ValidationError(f"At most {self.bulk_limit:,} rows at once; these are {len(given):,}.")
        return given

    def _mode(self, request: Request) -> str:
        return str(request.query_params.get("mode", ALL))

    def _checked(
        self, serializer: StrictSerializer, bodies: dict[int, Any], errors: dict[int, APIException]
    ) -> dict[int, dict[str, Any]]:
        """The values of each body that is right; `errors` gets the others."""
        for name, field in serializer.fields.items():
            if isinstance(field, Related):
                field.preload(body.get(name) for body in bodies.values() if isinstance(body, dict))
        values = {}
        for index, body in bodies.items():
            if index in errors:
                continue
            try:
                values[index] = dict(serializer.run_validation(body))
            except ValidationError as error:
                errors[index] = error
        return values

    def _named(self, given: list[Any], errors: dict[int, APIException]) -> dict[int, M]:
        """The row that each object names by its id."""
        seen: dict[int, int] = {}
        for index, body in enumerate(given):
            pk = body.get("id") if isinstance(body, dict) else None
            if index in errors:
                continue
            if not isinstance(pk, int) or not is_id(pk):
                errors[index] = ValidationError({"id": ["An id is a whole number above 0."]})
            elif pk in seen:
                errors[index] = ValidationError({"id": [f"Row {seen[pk]} names it already."]})
            else:
                seen[pk] = index
        found: dict[int, M] = {}
        ids = list(seen)
        for start in range(0, len(ids), AT_ONCE):
            found |= {row.pk: row for row in self.rows().filter(pk__in=ids[start : start + AT_ONCE])}
        errors |= {index: NotFound("There is no such row.") for pk, index in seen.items() if pk not in found}
        return {index: found[pk] for pk, index in seen.items() if pk in found}

    def _written(
        self,
        request: Request,
        write: Callable[[list[T]], Sequence[int]],
        items: dict[int, T],
        errors: dict[int, APIException],
        *,
        status: int = 200,
    ) -> Response:
        total = len(items) + len(errors)
        wants_all = self._mode(request) == ALL
        ids: dict[int, int] = {}
        while items and not (wants_all and errors):
            indexes = list(items)
            try:
                ids = dict(zip(indexes, write(list(items.values())), strict=True))
                break
            except RowsRefused as refused:
                for position, error in refused.errors.items():
                    errors[indexes[position]] = as_known(error)
                    del items[indexes[position]]
        if wants_all and errors:
            raise BulkRefused(errors, total)
        rows: list[dict[str, Any]] = [
            *({"index": index, "status": status, "id": pk} for index, pk in ids.items()),
            *({"index": index, "status": e.status_code, "errors": list(flat(e.detail))} for index, e in errors.items()),
        ]
        rows.sort(key=lambda row: row["index"])
        answer = {"succeeded": len(ids), "failed": len(errors), "rows": rows}
        return Response(answer, status=207 if errors else status)
