"""What is measured on heads: errors in mm and degrees, tracking of distances, lids, lips, jitter, lag."""

from .eyes import EyeOpening, eye_openings, lid_gap_mm, lid_penetration_mm
from .lips import lip_gap_mm
from .mesh import REGIONS, angle_deg, jitter, lag_ms, mesh_error_mm, regions
from .tracking import DISTANCES, GROUPS, Tracked, person_points, summarise, tracked_distances, tracking

__all__ = [
    "DISTANCES",
    "GROUPS",
    "REGIONS",
    "EyeOpening",
    "Tracked",
    "angle_deg",
    "eye_openings",
    "jitter",
    "lag_ms",
    "lid_gap_mm",
    "lid_penetration_mm",
    "lip_gap_mm",
    "mesh_error_mm",
    "person_points",
    "regions",
    "summarise",
    "tracked_distances",
    "tracking",
]
