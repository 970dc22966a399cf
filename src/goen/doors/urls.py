"""Every address of a shop."""

from django.urls import include, path

from goen.doors.api import sales
from goen.doors.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path("v1/sales", sales.sell),
    path("register/", include("goen.doors.register.urls")),
    path("", include("goen.doors.console.urls")),
]
