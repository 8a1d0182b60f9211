"""Everything that enters or leaves."""
