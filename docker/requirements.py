"""``requirements.py EXTRA...``: what the project and these extras depend on, for ``make lock``."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = [line for extra in sys.argv[1:] for line in project["optional-dependencies"][extra]]
# setuptools installs the project itself afterwards, at the version that constraints.txt pins.
print(*project["dependencies"], *extras, "setuptools", sep="\n")
