"""Pictures of a head without a display or GPU: `Renderer`, `Camera` and contact sheets."""

from .camera import Camera
from .renderer import Rendered, Renderer, studio_background

__all__ = ["Camera", "Rendered", "Renderer", "studio_background"]
