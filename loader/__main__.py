"""``python -m loader`` is the command line, ``dw``."""

from loader.cli import main

main()
