"""Pictures of a head without a display or GPU: `Renderer`, `View`, contact sheets, whole takes."""

from .camera import View
from .renderer import Rendered, Renderer, studio_background
from .sheet import contact_sheet
from .take import TakeRenderer

__all__ = ["Rendered", "Renderer", "TakeRenderer", "View", "contact_sheet", "studio_background"]
