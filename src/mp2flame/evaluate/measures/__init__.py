"""Measures on arrays: of a face that is followed, and of meshes against known truth."""
