"""Where mail leads: its picture, its links, its own page, and the way to refuse more of it."""
