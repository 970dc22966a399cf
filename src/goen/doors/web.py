"""The WSGI application that granian serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goen.doors.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402  settings come first

application = get_wsgi_application()
