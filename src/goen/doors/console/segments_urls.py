"""Addresses of segments, lists, and customers without a next step."""

from django.urls import URLPattern, URLResolver, path

from goen.doors.console import lists, next_steps, segments, segments_why

urlpatterns: list[URLPattern | URLResolver] = [
    path("segments", segments.index, name="segments"),
    path("segments/new", segments.new, name="segment_new"),
    path("segments/save", segments.save, name="segment_save"),
    path("segments/people", segments.people, name="segment_people"),
    path("segments/people.csv", segments.export, name="segment_people_csv"),
    path("segments/goods", segments.goods, name="segment_goods"),
    path("segments/why", segments_why.show, name="segment_why"),
    path("segments/why/<int:person_id>", segments_why.show, name="segment_why_person"),
    path("segments/<uuid:uid>", segments.show, name="segment"),
    path("segments/<uuid:uid>/archive", segments.archive, name="segment_archive"),
    path("lists/<uuid:uid>", lists.show, name="list"),
    path("lists/<uuid:uid>.csv", lists.export, name="list_csv"),
    path("customers/without-next-step", next_steps.show, name="without_next_step"),
]
