"""Addresses of scenarios and of what they ask of staff."""

from django.urls import URLPattern, URLResolver, path

from goen.doors.console import scenarios, scenarios_form, scenarios_one, scenarios_tasks

_ONE = "measures/scenarios/<int:number>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("measures/scenarios", scenarios.index, name="scenarios"),
    path("measures/scenarios/new", scenarios.new, name="scenario_new"),
    path("measures/scenarios/tasks", scenarios_tasks.index, name="scenario_tasks"),
    path("measures/scenarios/tasks/<uuid:uid>", scenarios_tasks.tick, name="scenario_task"),
    path(_ONE, scenarios_one.show, name="scenario"),
    path(f"{_ONE}.csv", scenarios_one.show, name="scenario_csv"),
    path(f"{_ONE}/act", scenarios_one.act, name="scenario_act"),
    path(f"{_ONE}/copy", scenarios_one.copy, name="scenario_copy"),
    path(f"{_ONE}/edit", scenarios_form.edit, name="scenario_edit"),
    path(f"{_ONE}/steps/new", scenarios_form.step, name="scenario_step_new"),
    path(f"{_ONE}/steps/<uuid:uid>", scenarios_form.step, name="scenario_step"),
    path(f"{_ONE}/steps/<uuid:uid>/move", scenarios_form.move, name="scenario_step_move"),
]
