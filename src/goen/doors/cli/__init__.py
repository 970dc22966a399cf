"""A door of Goen."""
