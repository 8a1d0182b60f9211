"""Errors in millimetres and degrees, tracking of distances, jitter, lag."""
