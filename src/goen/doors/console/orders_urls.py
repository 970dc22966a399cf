"""Every address of the orders' pages."""

from django.urls import path

from goen.doors.console import orders, orders_one

urlpatterns = [
    path("orders", orders.index, name="orders"),
    path("orders.csv", orders.index, name="orders_csv"),
    path("orders/<uuid:uid>", orders_one.show, name="order"),
]
