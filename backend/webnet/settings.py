"""Settings of both modes, from the environment alone.

`WEBNET_MODE=embedded` (default): SQLite and a queue of files under `WEBNET_DATA`, nothing else needed.
`WEBNET_MODE=services`: PostgreSQL, Redis and secrets from the environment; a missing one stops the start.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from webnet import env, sign_in
from webnet.logs import logging_config

BACKEND = Path(__file__).resolve().parent.parent
ROOT = BACKEND.parent

MODE = env.read("WEBNET_MODE", "embedded")
if MODE not in {"embedded", "services"}:
    raise ImproperlyConfigured(f"WEBNET_MODE is {MODE!r}: use embedded or services.")
EMBEDDED = MODE == "embedded"
DATA = Path(env.read("WEBNET_DATA", str(ROOT / "var"))).resolve()

DEBUG = env.flag("DEBUG")
if EMBEDDED:
    SECRET_KEY = env.secret_key(env.read("SECRET_KEY") or env.kept(DATA / "secrets", "secret_key"))
    ENCRYPTION_KEYS = env.encryption_keys(
        env.read("WEBNET_ENCRYPTION_KEY") or env.kept(DATA / "secrets", "encryption_key")
    )
    ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
else:
    SECRET_KEY = env.secret_key(env.required("SECRET_KEY", "services mode signs sessions and tokens with it."))
    ENCRYPTION_KEYS = env.encryption_keys(
        env.required("WEBNET_ENCRYPTION_KEY", "stored credentials and configurations are encrypted with it.")
    )
    ALLOWED_HOSTS = [
        host.strip()
        for host in env.required("ALLOWED_HOSTS", "the host names under which users reach webnet.").split(",")
    ]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "template_partials",
    "tailwind",
    "theme",
    "django_filters",
    "csp",
    "django_prometheus",
    "django_structlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "webnet",
    "core",
    "customers",
    "users",
    "devices",
    "jobs",
    "config_mgmt",
    "commands",
    "topology",
    "discovery",
    "monitoring",
    "notifications",
    "terminals",
    "api",
    "ui",
]

MIDDLEWARE = [
    "core.middleware.HealthMiddleware",
    "core.middleware.BodyLengthMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    # above those that refuse a request: a refusal is an answer like any other
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.middleware.TenancyMiddleware",
    "core.middleware.RequestLogMiddleware",
    "core.middleware.AuditContextMiddleware",
    "ui.account.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ui.middleware.HtmxResponseMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "webnet.urls"
ASGI_APPLICATION = "webnet.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "ui.context_processors.shell",
            ],
        },
    },
]

FORM_RENDERER = "theme.forms.Renderer"

if EMBEDDED:
    DATABASES: dict[str, dict[str, Any]] = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "webnet.sqlite3",
            "OPTIONS": {
                # IMMEDIATE: a transaction that reads first would fail at once when another one wrote meanwhile
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
            },
        }
    }
    DATABASE_OWNER: dict[str, Any] = {}
    REDIS_URL = ""
    CELERY_BROKER_URL = "filesystem://"
    QUEUE_FOLDER = DATA / "queue"
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(QUEUE_FOLDER / "messages"),
        "data_folder_out": str(QUEUE_FOLDER / "messages"),
        "control_folder": str(QUEUE_FOLDER / "control"),
        "polling_interval": 0.1,
    }
    CHANNEL_LAYERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    # one web process: what it counts by itself is the whole count
    RATES: dict[str, Any] = {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "rates",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
else:
    # here, as embedded installations do without them, and without seven megabytes in each process
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    ENGINE = "core.postgresql"  # Django's, and the wall between customers in the database
    _url = env.required("DATABASE_URL", "services mode needs PostgreSQL.")
    DATABASES = {"default": environ.Env.db_url_config(_url, engine=ENGINE)}
    # `webnet migrate` takes the role that owns the tables; where it is not set, the role of DATABASE_URL does
    # (MAY_PASS_BY is a yes or no, and no password)
    _url = env.read("DATABASE_OWNER_URL")
    DATABASE_OWNER = {**environ.Env.db_url_config(_url, engine=ENGINE), "MAY_PASS_BY": True} if _url else {}  # nosec B105
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    REDIS_URL = env.required("REDIS_URL", "services mode needs Redis for the queue and live updates.")
    CELERY_BROKER_URL = REDIS_URL
    # who starts a job does not wait for a broker that is away: the sweep sends it later
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "socket_connect_timeout": 2,
    }
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}},
    }
    RATES = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "webnet-rates",
        # a request does not wait for a Redis that is away: it is let through
        "OPTIONS": {"socket_connect_timeout": 0.2, "socket_timeout": 0.2, "retry": Retry(NoBackoff(), 0)},
    }
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}, "rates": RATES}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The database is the truth and messages are only a nudge (jobs.services.Sweeper): results are not needed, a message
# is taken once, and one that waited too long is dropped because the sweep has sent another.
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "webnet"
CELERY_WORKER_CONCURRENCY = env.number("WEBNET_WORKER_PROCESSES", 2)

AUTH_USER_MODEL = "users.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# django-axes: failures of one account from one address lock that pair for a while, in the database of all processes
AXES_FAILURE_LIMIT = env.number("WEBNET_LOGIN_FAILURES", 10)
LOGIN_FAILURES_PER_ADDRESS = env.number("WEBNET_LOGIN_FAILURES_PER_ADDRESS", 100)
AXES_COOLOFF_TIME = timedelta(minutes=env.number("WEBNET_LOGIN_LOCK_MINUTES", 15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # a lock ends when it was said to end
AXES_HANDLER = "users.lockout.Handler"
AXES_USERNAME_CALLABLE = "users.lockout.account_of"
AXES_CLIENT_IP_CALLABLE = "users.lockout.address_of"
AXES_LOCKOUT_CALLABLE = "ui.lockout.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True  # the audit trail has it
AXES_VERBOSE = False

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "ui:dashboard"
LOGOUT_REDIRECT_URL = "account_login"

# allauth keeps the steps between a right password and a login, second factors, and accounts of single sign-on.
# Its own pages are not served: ui/account has the few that we want.
ACCOUNT_ADAPTER = "users.sign_in.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
MFA_ADAPTER = "users.sign_in.SecondFactorAdapter"
MFA_TOTP_TOLERANCE = 1  # thirty seconds either way: phones' clocks are not exact
SOCIALACCOUNT_ADAPTER = "users.sso.SingleSignOnAdapter"
REQUIRE_2FA = sign_in.second_factor()
SINGLE_SIGN_ON = sign_in.single_sign_on()
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
globals().update(_mail := sign_in.mail())
MAIL_IS_SET_UP = bool(_mail)
PASSWORD_RESET_TIMEOUT = 60 * 60

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BACKEND / "staticfiles"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False  # webnet.static reads the list of files once
WHITENOISE_MAX_AGE = 3600
TAILWIND_APP_NAME = "theme"

# Plain HTTP on loopback is the embedded default; behind a TLS proxy (services) cookies and redirects are strict.
HTTPS = env.flag("WEBNET_HTTPS", default=not EMBEDDED)
BEHIND_PROXY = env.flag("WEBNET_BEHIND_PROXY", default=not EMBEDDED)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^metrics$"]
SECURE_HSTS_SECONDS = env.number("WEBNET_HSTS_SECONDS", 31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 12
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.auth.authentication.HeaderAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.HasNamedPermission"],
    "DEFAULT_FILTER_BACKENDS": ["api.filters.ListFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.PageNumberPagination",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.JSONParser"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would describe input fields; the schema does
    "URL_FORMAT_OVERRIDE": None,  # there is one format: `?format=` is as unknown as any other parameter
    "EXCEPTION_HANDLER": "api.problems.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "api.schema.operations.EndpointSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
API_RATE = env.rate("WEBNET_API_RATE", "1200/minute")  # each key, and each user by token or login session
API_RATE_ANONYMOUS = env.rate("WEBNET_API_RATE_ANONYMOUS", "120/minute")  # each address
SIMPLE_JWT = {
    # a key of its own: a leaked token key forges no session, and the other way round
    "SIGNING_KEY": f"jwt:{SECRET_KEY}",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "webnet",
    "DESCRIPTION": "Many customers' networks from one place: devices, jobs, logs, configurations.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # its schemas are JSON Schema, which says exactly what may be null
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["api.schema.hooks.complete"],
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # stands at the enum's component
    "ENABLE_DJANGO_DEPLOY_CHECK": False,  # a test looks at the schema on every run
}

METRICS_TOKEN = env.read("METRICS_TOKEN")
LOG_LEVEL = env.read("LOG_LEVEL", "INFO").upper()
LOGGING = logging_config(level=LOG_LEVEL, json=env.read("LOG_FORMAT", "json") == "json")
DJANGO_STRUCTLOG_COMMAND_LOGGING_ENABLED = False

# Jobs: seconds and counts. The tests shorten some of them.
JOBS_SHARD_SIZE = env.number("WEBNET_SHARD_SIZE", 100)
JOBS_FANOUT = env.number("WEBNET_FANOUT", 2)
JOBS_THREADS = env.number("WEBNET_THREADS", 20)
JOBS_HEARTBEAT_EVERY = 1.0
JOBS_LOST_AFTER = env.number("WEBNET_LOST_AFTER", 15)
JOBS_RESEND_AFTER = env.number("WEBNET_RESEND_AFTER", 15)
JOBS_FLUSH_EVERY = 0.25
JOBS_CONNECTS_PER_SECOND = env.number("WEBNET_CONNECTS_PER_SECOND", 50)
JOBS_SESSIONS_PER_DEVICE = env.number("WEBNET_SESSIONS_PER_DEVICE", 2)
MONITORING_KEEP_DAYS = env.number("WEBNET_REACHABILITY_DAYS", 90)  # of each device's checks; 0 keeps all
PUBLIC_URL = env.read("WEBNET_URL").rstrip("/")  # under which people reach webnet: for links in mails and webhooks
# Webhooks go to no network of the server's own but to these, over HTTPS unless it is said otherwise.
WEBHOOK_NETWORKS = env.networks("WEBNET_WEBHOOK_NETWORKS")
WEBHOOK_HTTP = env.flag("WEBNET_WEBHOOK_HTTP")
WEBHOOK_CA = env.read("WEBNET_WEBHOOK_CA")  # a file of certificates that are trusted besides the system's
WEBHOOK_TIMEOUT_S = 15
# Terminal sessions: seconds and counts. A session outlives a lost connection by the grace time.
TERMINAL_IDLE_S = env.number("WEBNET_TERMINAL_IDLE", 900)
TERMINAL_LONGEST_S = env.number("WEBNET_TERMINAL_LONGEST", 8 * 3600)
TERMINAL_GRACE_S = env.number("WEBNET_TERMINAL_GRACE", 120)
TERMINAL_PER_USER = env.number("WEBNET_TERMINALS_PER_USER", 10)
TERMINAL_PER_DEVICE = env.number("WEBNET_TERMINALS_PER_DEVICE", 4)
LIVE_TICK = 0.05 if EMBEDDED else 0.1
