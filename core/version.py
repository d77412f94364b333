"""Which release this is, for reports of problems and for what reads CHANGELOG.md."""

import platform
import shutil
import subprocess
import tomllib

from core.environment import ROOT


def release() -> str:
    """The release, as pyproject.toml names it: the project runs from its folder."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def version() -> str:
    """Release, commit and Python, in one line."""
    commit = _commit()
    return f"dw {release()}{f' ({commit})' if commit else ''}, Python {platform.python_version()}"


def _commit() -> str:
    """What git calls the commit that is checked out; empty without git or a clone."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return ""
    command = [git, "-C", str(ROOT), "describe", "--always", "--dirty", "--tags"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")  # noqa: S603
    return done.stdout.strip()
