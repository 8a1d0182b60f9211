"""A run on disk: written while it comes, cut, joined, smoothed."""
