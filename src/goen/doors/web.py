"""The WSGI application that granian serves."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goen.doors.settings")

from django.core.wsgi import get_wsgi_application

django: Any = get_wsgi_application()

# These need the settings, too.
from goen.doors.api import gathered  # noqa: E402
from goen.doors.console import charts  # noqa: E402

application = gathered.before(django)
charts.prewarm()
