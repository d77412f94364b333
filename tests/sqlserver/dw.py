"""Run ``dw`` and ``seeds-oltp`` commands against a stand-in for SQL Server, in this process.

``python -m tests.sqlserver.dw <database file> <log file> "<command>" ...``; ``docker.bootstrap`` is
a command too. ``STAND_IN=plain`` in the environment makes it a server that is not Microsoft's.
"""

import os
import sys
from pathlib import Path

from tests.sqlserver.driver import ProgrammingError, install
from tests.sqlserver.server import Server


def main(database: str, log: str, *commands: str) -> None:
    """Run the commands, one after the other, and write the batches that were sent to the log."""
    server = Server(database, plain=os.environ.get("STAND_IN") == "plain")
    install(server)
    from core.settings import read_settings
    from docker.bootstrap import Bootstrap, bootstrap
    from pipeline.cli import app
    from seeds_oltp.cli import app as seeds

    try:
        for command in commands:
            name, *arguments = command.split()
            if name == "docker.bootstrap":
                bootstrap(read_settings(Bootstrap))
                continue
            (seeds if name == "seeds-oltp" else app)(arguments, standalone_mode=False)
    finally:
        Path(f"{log}.errors").write_text("\n;;;\n".join(ProgrammingError.seen), encoding="utf-8")
        server.recorder.write(Path(f"{log}.sent"))
        Path(log).write_text("\n;;;\n".join(server.batches), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
