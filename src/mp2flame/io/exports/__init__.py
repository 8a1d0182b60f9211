"""Meshes, GLB, USD and video files of a take."""
