"""Money: how a sale was paid."""
