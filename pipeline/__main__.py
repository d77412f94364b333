"""``python -m pipeline`` is the command line, ``dw``."""

from pipeline.cli import main

main()
