"""Every address of the orders' pages."""

from django.urls import path

from goen.doors.console import (
    orders,
    orders_acts,
    orders_exceptions,
    orders_flow,
    orders_match,
    orders_one,
    orders_papers,
)

urlpatterns = [
    path("orders", orders.index, name="orders"),
    path("orders.csv", orders.index, name="orders_csv"),
    path("orders/mismatches", orders_match.index, name="order_mismatches"),
    path("orders/mismatches.csv", orders_match.index, name="order_mismatches_csv"),
    path("orders/flow", orders_flow.show, name="order_flow"),
    path("orders/exceptions", orders_exceptions.index, name="order_exceptions"),
    path("orders/exceptions.csv", orders_exceptions.index, name="order_exceptions_csv"),
    path("orders/exceptions/<int:exception>", orders_exceptions.decide, name="order_exception"),
    path("orders/<uuid:uid>", orders_one.show, name="order"),
    path("orders/<uuid:uid>/papers/confirmation", orders_papers.confirmation, name="order_paper"),
    path("orders/<uuid:uid>/papers/receipt", orders_papers.receipt, name="order_receipt"),
    path(
        "orders/<uuid:uid>/papers/delivery/<uuid:slip>", orders_papers.delivery, name="order_note"
    ),
    path(
        "orders/<uuid:uid>/papers/return/<uuid:slip>", orders_papers.taken_back, name="order_return"
    ),
    path("orders/<uuid:uid>/<slug:code>", orders_acts.act, name="order_act"),
]
