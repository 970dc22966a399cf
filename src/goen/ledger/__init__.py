"""Accounts and moves: the only code that moves a quantity.

Every move takes from one account and gives to another, so the sum over all accounts of a unit
is always zero. Moves are insert-only. An account with a floor keeps a balance row whose CHECK
is the backstop; world-side accounts keep none, so they are never a hot row.
"""
