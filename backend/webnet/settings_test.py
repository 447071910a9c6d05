"""Settings of the test suite: SQLite, or the PostgreSQL and Redis of TEST_DATABASE_URL and TEST_REDIS_URL."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

if "WEBNET_DATA" not in os.environ:  # the workers of a parallel run inherit it from the process that made it
    os.environ["WEBNET_DATA"] = tempfile.mkdtemp(prefix="webnet-test-")
    atexit.register(shutil.rmtree, os.environ["WEBNET_DATA"], ignore_errors=True)
os.environ["WEBNET_MODE"] = "embedded"
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["WEBNET_MODE"] = "services"
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
    os.environ["REDIS_URL"] = os.environ["TEST_REDIS_URL"]
    os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
    os.environ["WEBNET_HTTPS"] = "false"
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(64)
    os.environ["WEBNET_ENCRYPTION_KEY"] = "dGVzdC1vbmx5LWtleS10ZXN0LW9ubHkta2V5LTEyMzQ="

from webnet.settings import *  # noqa: F403
from webnet.settings import ALLOWED_HOSTS, DATABASES, EMBEDDED, LOGGING

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
API_RATE = API_RATE_ANONYMOUS = (1_000_000, 60)  # tests of a minute share it
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if EMBEDDED:
    # a file, not memory: threads and worker processes of a test see the same database
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["WEBNET_DATA"]) / "test.sqlite3")}
# a connection that a thread keeps would keep the test database from being dropped
DATABASES["default"]["CONN_MAX_AGE"] = 0
LOGGING["root"]["level"] = "WARNING"
if EMBEDDED:
    for _name in ("messages", "control"):
        (Path(os.environ["WEBNET_DATA"]) / "queue" / _name).mkdir(parents=True, exist_ok=True)
