"""Pages of a list: `?page=2&page_size=100`."""

from __future__ import annotations

from rest_framework.pagination import PageNumberPagination as Base


class PageNumberPagination(Base):
    """`{count, next, previous, results}`; a page past the end is 404."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 1000
