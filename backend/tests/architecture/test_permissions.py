"""Every address names its permission or is public for a written reason."""

from __future__ import annotations

import pytest

from tests.architecture.routes import EXCLUDED, PUBLIC, Route, every_route
from users.permissions import Permission

ROUTES = every_route()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_route_names_its_permission_or_is_public(route: Route) -> None:
    if route.path in PUBLIC:
        assert route.permission is None, f"{route.key} names a permission: take it out of PUBLIC"
    else:
        assert isinstance(route.permission, Permission), (
            f"{route.key} names no permission. A page wears ui.decorators.page, an endpoint has `permission`, "
            "a consumer has `permission`."
        )


def test_no_route_is_public_that_is_not_there() -> None:
    assert set(PUBLIC) <= {route.path for route in ROUTES}


def test_routes_are_found() -> None:
    keys = {route.key for route in ROUTES}
    assert {"GET ", "GET api/v1/devices/", "POST api/v1/jobs/", "GET api/v1/jobs/", "WS ws/jobs/<int:job_id>/"} <= keys


def test_excluded_trees_are_few() -> None:
    assert list(EXCLUDED) == ["admin/"]
