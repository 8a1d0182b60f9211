"""Pictures of a head, and the page."""
