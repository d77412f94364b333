"""``python -m core.shell`` prints the exports that ``env.sh`` evaluates.

All of ``.env`` that the environment does not say otherwise, and what dbt's profile must know of the
engine.
"""

import os
import shlex
import sys

from core.environment import read_file
from core.errors import LoaderError
from core.settings import PROFILE, Settings, as_variables, read_settings


def exports() -> dict[str, str]:
    """What a shell must export, so that ``dbt`` in it sees what ``dw`` does. Raises LoaderError."""
    file = read_file()
    unset = {name: value for name, value in file.items() if name not in os.environ}
    settings = read_settings(Settings)
    # Defaults stay defaults: they follow a DW_DATA_DIR that is set later.
    spelt = {
        name: value
        for name, value in as_variables(settings, PROFILE).items()
        if name in file or name in os.environ
    }
    if settings.target == "duckdb":
        # Its file is all there is to know, and to import an engine takes longer than all of this.
        return unset | spelt
    from core.engines import profile

    return unset | spelt | profile.of_engine(settings)


if __name__ == "__main__":
    try:
        told = exports()
        for name, value in told.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"_dw_exported={shlex.quote(' '.join(told))}")
    except LoaderError as error:
        sys.stderr.write(f"env.sh: {error}\n")
        sys.exit(error.exit_code)
