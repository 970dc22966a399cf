"""Every address of a shop."""

from django.urls import include, path

from goen.doors.api import insight, masters, sales, webhooks
from goen.doors.health import healthz

urlpatterns = [
    path("healthz", healthz),
    path("v1/sales", sales.sell),
    path("v1/skus", masters.skus),
    path("v1/records", masters.records),
    path("v1/webhooks", webhooks.webhooks),
    path("v1/webhooks/<uuid:subscriber>", webhooks.webhook),
    path("v1/webhooks/<uuid:subscriber>/redrive", webhooks.redrive),
    path("v1/insight/who-bought", insight.who_bought),
    path("v1/insight/ltv", insight.ltv),
    path("register/", include("goen.doors.register.urls")),
    path("", include("goen.doors.console.urls")),
]
