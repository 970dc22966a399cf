"""The member's door: their card, points, purchases, word and data, on their own telephone."""
