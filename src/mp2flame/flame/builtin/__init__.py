"""The head that needs no FLAME file."""
