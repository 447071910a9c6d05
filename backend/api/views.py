"""What every endpoint is made of."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from api.permissions import Named
from users.models import User

M = TypeVar("M", bound=Model)


def user_of(request: Request) -> User:
    """The user behind the request, once HasNamedPermission has made sure that there is one."""
    assert isinstance(request.user, User)
    return request.user


class Endpoint(GenericViewSet[M]):
    """Lists and shows the rows of `rows()`, which come from a selector of the user's."""

    permission: ClassVar[Named]
    order_by: ClassVar[dict[str, str]] = {}
    order_after: ClassVar[tuple[str, ...]] = ()
    detail_serializer_class: type[BaseSerializer[Any]] | None = None
    lookup_value_converter = "int"

    def rows(self) -> QuerySet[M]:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[M]:
        return self.rows()

    def one(self, pk: int) -> M:
        """The row, if it is the user's; 404 otherwise."""
        row = self.rows().filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        return Response(self.show(self.one(pk)))

    def show(self, row: M) -> Any:
        """The row as its own address answers it."""
        serializer = self.detail_serializer_class or self.get_serializer_class()
        return serializer(row, context=self.get_serializer_context()).data

    def valid(self, serializer: type[BaseSerializer[Any]], request: Request) -> Any:
        """The request's body through a serializer for input."""
        body = serializer(data=request.data)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        done = super().finalize_response(request, response, *args, **kwargs)
        # what a user sees is nobody else's, and tokens are among it
        done.headers.setdefault("Cache-Control", "no-store")
        return done


class NoSuchAddress(APIView):
    """Everything under /api/ that is no endpoint: 404 as JSON, whoever asks."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404
