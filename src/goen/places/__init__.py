"""Where: legal entities, stores, warehouses, sales channels, tills, source systems, staff."""
