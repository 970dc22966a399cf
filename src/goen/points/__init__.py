"""Loyalty: point programmes, accounts with their lots, and coupons."""
