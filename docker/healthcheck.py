"""Exits 0 when the web process of this container answers /healthz."""

import os
import sys
import urllib.request

request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz")  # noqa: S310
# The answer must not depend on the names under which users reach the product.
request.add_header("Host", os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip("."))
request.add_header("X-Forwarded-Proto", "https")
try:
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
        sys.exit(answer.status != 200)
except OSError:
    sys.exit(1)
