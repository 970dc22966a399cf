"""The WSGI application that granian serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goen.doors.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from goen.doors.console import charts  # noqa: E402  needs the settings, too

charts.prewarm()
