"""Addresses of records that may be one person, of joining and parting by hand, of erasing."""

from django.urls import URLPattern, URLResolver, path

from goen.doors.console import person_data, person_erase, person_joined, same

urlpatterns: list[URLPattern | URLResolver] = [
    path("customers/same", same.index, name="same"),
    path("customers/same/<int:pair>", same.decide, name="same_decide"),
    path("customers/same/<int:pair>/undo", same.undo, name="same_undo"),
    path("customers/<int:person_id>/part", person_joined.part, name="person_part"),
    path("customers/<int:person_id>/erase", person_erase.show, name="person_erase"),
    path("customers/<int:person_id>/data.json", person_data.show, name="person_data"),
    path("customers/<int:person_id>/join", person_joined.join, name="person_join"),
]
