"""A second clone of this project, anywhere, with an environment that shares our packages."""

import shutil
import sys
from pathlib import Path

from core.environment import ROOT

_PARTS = (
    "ci", "core", "dashboards", "dbt_project", "loader", "pipeline", "published", "seeds_oltp",
    "sources", "Makefile", "README.md", "constraints.txt", "env.sh", "pyproject.toml",
)  # fmt: skip
_LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "target", "logs", ".user.yml")
# Its modules, before those that our packages have installed.
_SCRIPT = """\
#!/bin/sh
bin="$(dirname "$0")"
export PYTHONPATH="$bin/../.."
exec "$bin/python" -c 'import sys; from {module} import {name}; sys.exit({name}())' "$@"
"""
_COMMANDS = {
    "dw": ("pipeline.cli", "main"),
    "seeds-oltp": ("seeds_oltp.cli", "main"),
    "dbt": ("dbt.cli.main", "cli"),
}


def clone(folder: Path) -> Path:
    """Make the clone in ``folder``, which is not there yet."""
    folder.mkdir(parents=True)
    for part in _PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=_LEFT_BEHIND)
        else:
            shutil.copy2(source, folder / part)
    ours, theirs = Path(sys.prefix), folder / ".venv"
    (theirs / "bin").mkdir(parents=True)
    shutil.copy2(ours / "pyvenv.cfg", theirs)
    (theirs / "lib").symlink_to(ours / "lib")
    (theirs / "bin" / "python").symlink_to(sys.executable)
    for command, (module, name) in _COMMANDS.items():
        script = theirs / "bin" / command
        script.write_text(_SCRIPT.format(module=module, name=name), encoding="utf-8")
        script.chmod(0o755)
    # As make finds it once it is installed.
    (theirs / ".installed").touch()
    return folder
