"""Goen: one ledger of goods, money and points, and one person for every channel."""

__version__ = "0.1.0"
