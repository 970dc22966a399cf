"""How every figure is defined: the metric registry, in the reader's words."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goen.insight.registry import METRICS


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """One card per metric, in the order of the registry."""
    return render(request, "console/metrics.html", {"metrics": list(METRICS.values())})
