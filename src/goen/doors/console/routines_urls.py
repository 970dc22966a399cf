"""Addresses of routines."""

from django.urls import URLPattern, URLResolver, path

from goen.doors.console import routines, routines_form, routines_one, routines_tasks

_ONE = "routines/<uuid:uid>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("routines", routines.index, name="routines"),
    path("routines.csv", routines.index, name="routines_csv"),
    path("routines/new", routines_form.new, name="routine_new"),
    path("routines/tasks/<uuid:uid>", routines_tasks.tick, name="routine_task"),
    path(_ONE, routines_one.show, name="routine"),
    path(f"{_ONE}.csv", routines_one.show, name="routine_csv"),
    path(f"{_ONE}/edit", routines_form.edit, name="routine_edit"),
    path(f"{_ONE}/act", routines_one.act, name="routine_act"),
]
