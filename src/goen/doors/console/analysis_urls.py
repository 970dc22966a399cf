"""Addresses of the analyses."""

from django.urls import path

from goen.doors.console import (
    analysis,
    analysis_known,
    analysis_lapsing,
    analysis_ltv,
    analysis_people,
    analysis_reasons,
    analysis_second,
    analysis_stores,
)

urlpatterns = [
    path("analysis", analysis.show, name="analysis"),
    path("analysis/goal", analysis.aim, name="analysis_goal"),
    path("analysis/ltv", analysis_ltv.show, name="analysis_ltv"),
    path("analysis/people", analysis_people.show, name="analysis_people"),
    path("analysis/second", analysis_second.show, name="analysis_second"),
    path("analysis/stores", analysis_stores.show, name="analysis_stores"),
    path("analysis/known", analysis_known.show, name="analysis_known"),
    path("analysis/lapsing", analysis_lapsing.show, name="analysis_lapsing"),
    path("analysis/reasons", analysis_reasons.show, name="analysis_reasons"),
]
