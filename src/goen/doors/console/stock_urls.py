"""Every address of the stock pages."""

from django.urls import path

from goen.doors.console import (
    stock,
    stock_arrivals,
    stock_counts,
    stock_holds,
    stock_item,
    stock_safety,
    stock_transfers,
)

urlpatterns = [
    path("stock", stock.index, name="stock"),
    path("stock.csv", stock.index, name="stock_csv"),
    path("stock/low", stock.low, name="stock_low"),
    path("stock/low.csv", stock.low, name="stock_low_csv"),
    path("stock/<int:sku_id>", stock_item.show, name="stock_item"),
    path("stock/<int:sku_id>.csv", stock_item.export, name="stock_item_csv"),
    path("stock/arrivals", stock_arrivals.index, name="stock_arrivals"),
    path("stock/arrivals/new", stock_arrivals.new, name="stock_arrival_new"),
    path("stock/arrivals/<uuid:uid>", stock_arrivals.show, name="stock_arrival"),
    path("stock/transfers", stock_transfers.index, name="stock_transfers"),
    path("stock/transfers/new", stock_transfers.new, name="stock_transfer_new"),
    path("stock/transfers/<uuid:uid>", stock_transfers.show, name="stock_transfer"),
    path("stock/counts", stock_counts.index, name="stock_counts"),
    path("stock/counts/new", stock_counts.new, name="stock_count_new"),
    path("stock/counts/<uuid:uid>", stock_counts.show, name="stock_count"),
    path("stock/counts/<uuid:uid>.csv", stock_counts.export, name="stock_count_csv"),
    path("stock/holds", stock_holds.index, name="stock_holds"),
    path("stock/holds.csv", stock_holds.index, name="stock_holds_csv"),
    path("stock/holds/new", stock_holds.new, name="stock_hold_new"),
    path("stock/holds/<uuid:uid>/release", stock_holds.release, name="stock_hold_release"),
    path("stock/holds/<uuid:uid>/extend", stock_holds.extend, name="stock_hold_extend"),
    path("stock/safety", stock_safety.index, name="stock_safety"),
    path("stock/safety.csv", stock_safety.index, name="stock_safety_csv"),
]
