"""What every package stands on: database, clock, ids, money, outbox, settings, trail.

No business word lives here; nothing here imports another package of Goen.
"""
