"""`python -m bench.inside FUNCTION`: code that runs in the Django of a measured installation. JSON in, JSON out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def main() -> None:
    from core.tenancy import EVERY, enter
    from webnet.cli import _ready

    _ready()
    enter(EVERY)
    from bench import api_inside, devicelist_inside, rls_inside, seed

    functions: dict[str, Callable[..., Any]] = {
        **{name: getattr(seed, name) for name in seed.__all__},
        **{name: getattr(api_inside, name) for name in api_inside.__all__},
        **{name: getattr(devicelist_inside, name) for name in devicelist_inside.__all__},
        **{name: getattr(rls_inside, name) for name in rls_inside.__all__},
    }
    json.dump(functions[sys.argv[1]](**json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
