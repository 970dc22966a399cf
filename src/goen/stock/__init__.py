"""How many: goods arriving and goods taken, as planned moves of the ledger."""
