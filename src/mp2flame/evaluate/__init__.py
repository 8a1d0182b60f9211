"""How good it is: on real video, on sets with known truth, and shape by shape on a head."""

from .again import look_again
from .clip import ClipResult, evaluate_clip
from .head import evaluate_head
from .measures.face import RealFaces
from .report import Evaluation, console_tables, write_html, write_json
from .sets import evaluate_set, load_set

__all__ = [
    "ClipResult",
    "Evaluation",
    "RealFaces",
    "console_tables",
    "evaluate_clip",
    "evaluate_head",
    "evaluate_set",
    "load_set",
    "look_again",
    "write_html",
    "write_json",
]
