"""No query breaks a page or an endpoint: whatever stands in it, the answer is one of ours."""

from __future__ import annotations

import pytest

from tests.architecture.routes import Route
from tests.isolation.calls import address, client_for, filled
from tests.isolation.cases import CASES, Call
from tests.isolation.reading import watched
from tests.isolation.test_http import ROUTES
from tests.isolation.world import FOREIGN, World, ids_from

HUGE = "9" * 25
JUNK = ("%00", HUGE, "-1", "x", "%C3%28", "1&{0}=2", "%F0%9F%92%A9", "x" * 2000, "%25_%5C%27%22%3C")
NAMES = (
    "q", "search", "page", "size", "page_size", "sort", "ordering", "customer", "site", "device", "tag", "job", "user",
    "status", "kind", "level", "after", "before", "error_after", "limit", "from", "show", "view", "a", "v", "platform",
    "enabled", "backup",
)  # fmt: skip
READ = [
    pytest.param(ROUTES[key], calls[0], id=key)
    for key, calls in CASES.items()
    if key.startswith("GET ") and key in ROUTES and key != "GET styleguide/"
]


@pytest.mark.parametrize(("route", "call"), READ)
def test_no_query_breaks_an_address(world: World, route: Route, call: Call) -> None:
    """Asked by the owner of what the address shows, so that every filter is reached."""
    client = client_for(world.owner, route)
    client.raise_request_exception = False
    url = address(route.path, filled(dict(call.path), ids_from(FOREIGN)))
    is_api = route.path.startswith("api/")
    with watched() as read:
        for query in ("", "pagination=cursor", "&".join(f"{name}=1" for name in NAMES)):
            client.get(f"{url}?{query}")
    # an endpoint refuses a name that it does not know, and looks at no other then
    names = sorted(read.names if is_api else read.names | set(NAMES))
    broken = []
    for junk in JUNK:
        # one refused parameter hides the others behind it, so the worst junk is tried name by name
        one_by_one = junk == "%00" or (junk in {HUGE, "x"} and is_api)
        queries = [f"{name}={junk.format(name)}" for name in (*names, *["no_such_name"] * one_by_one)]
        for query in queries if one_by_one else ["&".join(queries)]:
            if client.get(f"{url}?{query}").status_code >= 500:
                broken.append(query)
    assert broken == []
