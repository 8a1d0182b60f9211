"""How good a head, a response or a mapping is, in figures: on a lab set with truth, and on real video."""

from .clips import ClipResult, evaluate_clip
from .head import evaluate_head
from .lab import LAB_INPUTS, evaluate_lab, load_lab
from .methods import Method
from .report import Evaluation, console_tables, write_html, write_json

__all__ = [
    "LAB_INPUTS",
    "ClipResult",
    "Evaluation",
    "Method",
    "console_tables",
    "evaluate_clip",
    "evaluate_head",
    "evaluate_lab",
    "load_lab",
    "write_html",
    "write_json",
]
