"""``python -m mp2flame``."""

from .cli import main

main()
