"""Pictures of a head without a display or GPU: `Renderer`, `Camera`, contact sheets, whole takes."""

from .camera import Camera
from .renderer import Rendered, Renderer, studio_background
from .sheet import contact_sheet
from .take import TakeRenderer

__all__ = ["Camera", "Rendered", "Renderer", "TakeRenderer", "contact_sheet", "studio_background"]
