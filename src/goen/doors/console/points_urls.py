"""Every address of points and coupons."""

from django.urls import URLPattern, URLResolver, path

from goen.doors.console import (
    coupons,
    coupons_issue,
    coupons_numbers,
    points,
    points_account,
    points_accounts,
    points_rules,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("points", points.show, name="points"),
    path("points/ends.csv", points.ends, name="points_ends_csv"),
    path("points/months.csv", points.months, name="points_months_csv"),
    path("points/rules", points_rules.show, name="points_rules"),
    path("points/accounts", points_accounts.index, name="points_accounts"),
    path("points/accounts.csv", points_accounts.index, name="points_accounts_csv"),
    path("points/accounts/open", points_accounts.open_one, name="points_open"),
    path("points/accounts/<int:account_id>", points_account.show, name="points_account"),
    path("points/accounts/<int:account_id>.csv", points_account.export, name="points_account_csv"),
    path("points/accounts/<int:account_id>/grant", points_account.grant, name="points_grant"),
    path("points/accounts/<int:account_id>/join", points_account.join, name="points_join"),
    path("points/accounts/<int:account_id>/leave", points_account.leave, name="points_leave"),
    path("coupons", coupons.index, name="coupons"),
    path("coupons.csv", coupons.index, name="coupons_csv"),
    path("coupons/kinds/new", coupons.edit, name="coupon_kind_new"),
    path("coupons/kinds/<int:kind_id>", coupons.edit, name="coupon_kind"),
    path("coupons/issue", coupons_issue.issue, name="coupons_issue"),
    path("coupons/numbers", coupons_numbers.index, name="coupon_numbers"),
    path("coupons/numbers.csv", coupons_numbers.index, name="coupon_numbers_csv"),
    path("coupons/numbers/<int:coupon_id>", coupons_numbers.show, name="coupon"),
]
