"""Entry point of ``python -m seeds_oltp``."""

from seeds_oltp.cli import main

main()
