"""Addresses of the settings and of the trail."""

from django.urls import path

from goen.doors.console import (
    settings_hooks,
    settings_keys,
    settings_page,
    settings_rules,
    settings_shop,
    trail_page,
)

urlpatterns = [
    path("settings", settings_page.show, name="settings"),
    path("settings/look", settings_page.appearance, name="settings_look"),
    path("settings/shop", settings_shop.show, name="settings_shop"),
    path("settings/shop/<slug:kind>", settings_shop.edit, name="settings_master_new"),
    path("settings/shop/<slug:kind>/<str:code>", settings_shop.edit, name="settings_master"),
    path("settings/rules", settings_rules.show, name="settings_rules"),
    path("settings/margin", settings_rules.assume, name="settings_margin"),
    path("settings/keys", settings_keys.show, name="settings_keys"),
    path("settings/keys/revoke", settings_keys.revoke, name="settings_revoke"),
    path("settings/webhooks", settings_hooks.show, name="settings_webhooks"),
    path("trail", trail_page.show, name="trail"),
    path("trail.csv", trail_page.show, name="trail_csv"),
]
