"""Every address of a shop."""

from django.urls import include, path

from goen.doors import lost, survey
from goen.doors.api import reference, routes
from goen.doors.health import healthz
from goen.doors.metrics import metrics

urlpatterns = [
    path("healthz", healthz),
    path("metrics", metrics),
    *routes.urls(),
    path("api", reference.page),
    path("q/<str:token>", survey.ask),
    path("register/", include("goen.doors.register.urls")),
    path("m/", include("goen.doors.member.urls")),
    path("", include("goen.doors.mail.urls")),
    path("", include("goen.doors.console.urls")),
]
handler400 = lost.bad_request
handler403 = lost.forbidden
handler404 = lost.not_found
handler500 = lost.broken
