"""Addresses of measures."""

from django.urls import URLPattern, URLResolver, path

from goen.doors.console import (
    measures,
    measures_acts,
    measures_axes,
    measures_calendar,
    measures_causes,
    measures_findings,
    measures_form,
    measures_history,
    measures_one,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("measures", measures.index, name="measures"),
    path("measures.csv", measures.index, name="measures_csv"),
    path("measures/calendar", measures_calendar.show, name="measures_calendar"),
    path("measures/new", measures_form.new, name="measure_new"),
    path("measures/axes", measures_axes.index, name="axes"),
    path("measures/axes/new", measures_axes.edit, name="axis_new"),
    path("measures/axes/<str:code>", measures_axes.edit, name="axis"),
    path("measures/axes/<str:code>/oppose", measures_axes.oppose, name="axis_oppose"),
    path("measures/findings", measures_findings.index, name="findings"),
    path("measures/findings.csv", measures_findings.index, name="findings_csv"),
    path("measures/findings/<int:finding_id>", measures_findings.accept, name="finding_accept"),
    path("measures/causes", measures_causes.index, name="causes"),
    path("measures/causes/<uuid:uid>/back", measures_causes.take_back, name="cause_back"),
    path("measures/<int:number>", measures_one.show, name="measure"),
    path("measures/<int:number>/history", measures_history.show, name="measure_history"),
    path("measures/<int:number>/edit", measures_form.edit, name="measure_edit"),
    path("measures/<int:number>/place", measures_acts.place, name="measure_place"),
    path("measures/<int:number>/displace", measures_acts.displace, name="measure_displace"),
    path("measures/<int:number>/launch", measures_acts.launch, name="measure_launch"),
    path("measures/<int:number>/stop", measures_acts.stop, name="measure_stop"),
    path("measures/<int:number>/drop", measures_acts.drop, name="measure_drop"),
    path("measures/<int:number>/remark", measures_acts.remark, name="measure_remark"),
]
