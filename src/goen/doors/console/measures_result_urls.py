"""Addresses of a measure's result."""

from django.urls import URLPattern, path

from goen.doors.console import measures_result

urlpatterns: list[URLPattern] = [
    path("measures/<int:number>/result", measures_result.show, name="measure_result"),
    path("measures/<int:number>/result.csv", measures_result.show, name="measure_result_csv"),
    path("measures/<int:number>/result/decide", measures_result.decide, name="measure_decide"),
]
