"""What every endpoint is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from api.conditional import is_unchanged, tag_of
from api.fields import LARGEST_ID
from api.filters import refuse_unknown
from api.pagination import paginator_for
from api.permissions import Named
from api.throttles import Throttle
from core.tenancy import EVERY, enter, within
from users.models import User
from users.selectors import scope_of

M = TypeVar("M", bound=Model)


def user_of(request: Request) -> User:
    """The user behind the request, once HasNamedPermission has made sure that there is one."""
    assert isinstance(request.user, User)
    return request.user


class Endpoint(Throttle, GenericViewSet[M]):
    """Lists and shows the rows of `rows()`, which come from a selector of the user's."""

    permission: ClassVar[Named]
    order_by: ClassVar[dict[str, str]] = {}
    order_after: ClassVar[tuple[str, ...]] = ()
    detail_serializer_class: type[BaseSerializer[Any]] | None = None
    needs: ClassVar[dict[str, Callable[[QuerySet[Any]], QuerySet[Any]]]] = {}
    """By field: what its value is read with, left out where nobody asks for the field."""
    volatile: ClassVar[tuple[str, ...]] = ()
    """Fields that move without anybody editing them: `If-Match` passes over them."""
    lookup_value_converter = "int"

    def perform_authentication(self, request: Request) -> None:
        """From here to the end of the request, the database answers within the scope of who asks."""
        of_session = getattr(request._request, "user", None)
        with within(EVERY):
            super().perform_authentication(request)
        if request.user is not of_session:  # whose scope it is already
            enter(scope_of(request.user))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any(isinstance(value, int) and value > LARGEST_ID for value in kwargs.values()):
            raise Http404  # SQLite fails where such a number is compared with a key of another table

    def rows(self) -> QuerySet[M]:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[M]:
        wanted = self.wanted(self.get_serializer_class())
        return self.whole(self.rows(), wanted)

    def whole(self, rows: QuerySet[M], wanted: frozenset[str] | None = None) -> QuerySet[M]:
        """The rows with all that is needed to show them."""
        for name, need in self.needs.items():
            if wanted is None or name in wanted:
                rows = need(rows)
        return rows

    def one(self, pk: int) -> M:
        """The row, if it is the user's; 404 otherwise."""
        row = self.whole(self.rows()).filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    @property
    def paginator(self) -> BasePagination:
        if not hasattr(self, "_pages"):
            self._pages = paginator_for(getattr(self, "request", None))
        return self._pages

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        serializer: Any = self.get_serializer(page, many=True)
        wanted = self.wanted(self.get_serializer_class())
        for name in set(serializer.child.fields) - wanted if wanted is not None else ():
            del serializer.child.fields[name]
        return self.get_paginated_response(serializer.data)

    def retrieve(self, request: Request, pk: int) -> Response:
        """304 where the client has it already."""
        refuse_unknown(request.query_params, {"fields"}, "There is no such parameter.")
        wanted = self.wanted(self.detail_serializer_class or self.get_serializer_class())
        shown = self.show(self.one(pk))
        tag = tag_of(shown, self.volatile, request.query_params.get("fields", ""))
        if is_unchanged(request, tag):
            return Response(status=304, headers={"ETag": tag})
        if wanted is not None:
            shown = {name: value for name, value in shown.items() if name in wanted}
        return Response(shown, headers={"ETag": tag})

    def show(self, row: M) -> Any:
        """The row as its own address answers it."""
        serializer = self.detail_serializer_class or self.get_serializer_class()
        return serializer(row, context=self.get_serializer_context()).data

    def wanted(self, serializer: type[BaseSerializer[Any]]) -> frozenset[str] | None:
        """Names of `?fields=id,name`; None where it is not given. Refuses names that the answer does not have."""
        given = self.request.query_params.get("fields")
        if given is None:
            return None
        names = frozenset(name.strip() for name in given.split(","))
        if unknown := sorted(names - set(serializer().fields)):  # type: ignore[attr-defined]
            raise ValidationError({"fields": [f"There is no field {name[:100]!r}." for name in unknown]})
        return names

    def valid(self, serializer: type[BaseSerializer[Any]], request: Request) -> Any:
        """The request's body through a serializer for input."""
        body = serializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return body.validated_data

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return {**context, "user": getattr(self.request, "user", None)}

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        done = super().finalize_response(request, response, *args, **kwargs)
        # what a user sees is nobody else's, and tokens are among it
        done.headers.setdefault("Cache-Control", "no-store")
        return done


class NoSuchAddress(Throttle):
    """Everything under /api/ that is no endpoint: 404 as JSON, whoever asks."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404
