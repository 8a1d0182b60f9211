"""Frames in order of time to a head that follows, from files and live."""
