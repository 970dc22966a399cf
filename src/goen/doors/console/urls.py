"""Every address of the console."""

from django.urls import URLPattern, URLResolver, include, path

from goen.doors.console import (
    consents,
    customers,
    entry,
    home,
    metrics_page,
    person,
    products,
    search,
    settings_page,
    who_bought,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("login", entry.enter, name="login"),
    path("login/as", entry.enter_as, name="enter_as"),
    path("logout", entry.leave, name="logout"),
    path("look", entry.look, name="look"),
    path("menu", entry.menu, name="menu"),
    path("", home.show, name="home"),
    path("work", home.work, name="work"),
    path("products", products.index, name="products"),
    path("products.csv", products.index, name="products_csv"),
    path("products/<int:sku_id>", who_bought.show, name="who_bought"),
    path("products/<int:sku_id>.csv", who_bought.show, name="who_bought_csv"),
    path("settings", settings_page.show, name="settings"),
    path("settings/rules", settings_page.change, name="settings_rules"),
    path("settings/margin", settings_page.assume, name="settings_margin"),
    path("settings/keys", settings_page.issue_key, name="settings_keys"),
    path("settings/keys/revoke", settings_page.revoke_key, name="settings_revoke"),
    path("metrics-help", metrics_page.show, name="metrics"),
    path("customers", customers.index, name="customers"),
    path("customers/<int:person_id>", person.show, name="person"),
    path("customers/<int:person_id>/consents", consents.note, name="person_consents"),
    path("consents", consents.show, name="consents"),
    path("consents.csv", consents.export, name="consents_csv"),
    path("consents/wordings", consents.word, name="consents_word"),
    path("consents/bar", consents.bar, name="consents_bar"),
    path("consents/requests/<uuid:uid>", consents.settle, name="consents_settle"),
    path("search", search.find, name="search"),
    path("", include("goen.doors.console.orders_urls")),
    path("", include("goen.doors.console.points_urls")),
    path("loads", include("goen.doors.console.loads")),
    path("", include("goen.doors.console.stock_urls")),
]
