"""What is measured on heads: errors in mm and degrees, tracking of distances, lids and lips, jitter and lag."""

from .tracking import DISTANCES, GROUPS, Tracked, person_points, summarise, tracked_distances, tracking

__all__ = ["DISTANCES", "GROUPS", "Tracked", "person_points", "summarise", "tracked_distances", "tracking"]
