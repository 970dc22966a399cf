"""Django's settings: one shop per process, named by GOEN_SHOP."""

import os
from pathlib import Path
from typing import Any

from goen.doors import logs
from goen.kit import home
from goen.kit.postgres import django_database

SHOP = os.environ.get("GOEN_SHOP", "demo")
HERE = Path(__file__).parent
HTTPS = os.environ.get("GOEN_HTTPS") == "1"
"""A proxy that speaks https stands before the shop; it alone is believed about who asks."""

SECRET_KEY = home.secret_key()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("GOEN_HOSTS", "127.0.0.1,localhost,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django_htmx",
    "axes",
    "goen.kit",
    "goen.ledger",
    "goen.places",
    "goen.catalogue",
    "goen.stock",
    "goen.customers",
    "goen.points",
    "goen.payments",
    "goen.behaviour",
    "goen.orders",
    "goen.insight",
    "goen.marketing",
    "goen.links",
    "goen.doors.console",
    "goen.doors.register",
    "goen.doors.member",
    "goen.doors.mail",
]
MIDDLEWARE = [
    "goen.doors.metrics.Measured",
    "goen.doors.guard.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "goen.doors.guard.Language",
    "goen.doors.guard.NoZeroBytes",
    "goen.doors.throttle.Throttle",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "goen.doors.console.gate.Gate",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "goen.doors.urls"
WSGI_APPLICATION = "goen.doors.web.application"
CSRF_FAILURE_VIEW = "goen.doors.lost.stale"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "goen.doors.console.shell.shell",
            ],
            "builtins": ["goen.doors.console.templatetags.goen"],
        },
    }
]
DATABASES = {"default": django_database(SHOP)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

AUTH_USER_MODEL = "places.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "goen.doors.console.entry_steps.peer_of"
AXES_USERNAME_FORM_FIELD = "login"
AXES_LOCKOUT_CALLABLE = "goen.doors.console.entry.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_WHITELIST_CALLABLE = "goen.doors.console.entry_device.is_known"  # it counts by itself
AXES_VERBOSE = False
LOGIN_URL = "/login"

SESSION_ENGINE = "goen.doors.sessions"
SESSION_COOKIE_NAME = f"{'__Host-' if HTTPS else ''}goen_{SHOP}_session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 24 * 3600  # the longest a shop may choose; the server ends them earlier
CSRF_COOKIE_NAME = f"{'__Host-' if HTTPS else ''}goen_{SHOP}_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_USE_SESSIONS = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^v1/", r"^healthz$", r"^metrics$"]  # programs are not led on
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "goen_language"
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 31536000
STATICFILES_DIRS = [HERE / face / "static" for face in ("console", "register", "member")]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
LOGGING_CONFIG = None
logs.quiet()
SILENCED_SYSTEM_CHECKS = ["axes.W001"]
