"""``make elementary``: Elementary's tests of anomalies on the warehouse, its alerts, its report.

Alerts go to the Slack of EDR_MONITOR_SLACK_WEBHOOK; without it nobody is told. Exit codes: 0 done,
1 a test or a channel failed, 3 the package hub does not answer, 5 a run holds the warehouse.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import requests

from core.engines import engine
from core.errors import ExitCode, LoaderError
from core.lock import hold_warehouse
from core.settings import Settings, read_settings
from pipeline.dbt import environment

PROJECT = Path(__file__).resolve().parent
PACKAGE = "elementary-data/elementary"
WEBHOOK = "EDR_MONITOR_SLACK_WEBHOOK"
"""edr's own name for it, which keeps the secret out of the list of processes."""
REPORT = "elementary_report.html"


class HubUnreachableError(LoaderError):
    """The packages are not here, and their hub does not answer."""

    exit_code = ExitCode.SOURCE_UNREACHABLE


def run(settings: Settings) -> int:
    """Test, tell, report; the exit code. Raises LoaderError when it cannot begin."""
    warehouse = engine(settings)
    if warehouse.is_missing():
        raise LoaderError(f"there is no warehouse {warehouse.name} yet; run `dw run`")
    with environment(settings):
        install(settings)
        with hold_warehouse(settings):
            codes = [
                _dbt("run", "--select", "elementary"),
                # Unit tests are about the code.
                _dbt("test", "--exclude-resource-type", "unit_test"),
            ]
            # Samples of rows could hold personal data.
            profile = ("--profiles-dir", str(PROJECT), "--profile-target", settings.target)
            options = (*profile, "--disable-samples", "true")
            if os.environ.get(WEBHOOK):
                codes.append(_edr(settings, "monitor", *options))
            report = ("--file-path", str(settings.data_dir / REPORT), "--open-browser", "false")
            codes.append(_edr(settings, "report", *options, *report))
    return ExitCode.FAILED if any(codes) else ExitCode.OK


def install(settings: Settings) -> None:
    """Have dbt install the packages, unless it has those of packages.yml already."""
    marker, wanted = PROJECT / "dbt_packages" / ".installed", PROJECT / "packages.yml"
    if marker.is_file() and marker.read_bytes() == wanted.read_bytes():
        return
    # After the environment that it reads.
    from dbt.clients.registry import DEFAULT_REGISTRY_BASE_URL

    address = f"{DEFAULT_REGISTRY_BASE_URL}api/v1/{PACKAGE}.json"
    try:
        requests.get(address, timeout=10).raise_for_status()
    except requests.RequestException as error:
        raise HubUnreachableError(
            f"the package hub {DEFAULT_REGISTRY_BASE_URL} does not answer ({type(error).__name__}),"
            " so Elementary cannot be installed; the pipeline does not need it. Try again when the"
            " hub can be reached, or set DBT_PACKAGE_HUB_URL to a mirror"
        ) from error
    if _dbt("deps") or _edr(settings, "monitor", "dbt-init"):
        raise LoaderError("the packages of dbt_elementary could not be installed; see above")
    shutil.copyfile(wanted, marker)


def _dbt(*command: str) -> int:
    folder = str(PROJECT)
    return _call("dbt", *command, "--project-dir", folder, "--profiles-dir", folder)


def _edr(settings: Settings, command: str, *options: str) -> int:
    own = ("--config-dir", str(PROJECT / "edr"))
    left = ("--target-path", str(settings.data_dir / "elementary"))
    return _call("edr", command, *own, *left, *options)


def _call(tool: str, *command: str) -> int:
    path = str(Path(sys.executable).with_name(tool))
    return subprocess.run([path, *command], cwd=PROJECT).returncode  # noqa: S603


if __name__ == "__main__":
    try:
        sys.exit(run(read_settings(Settings)))
    except LoaderError as error:
        sys.stderr.write(f"elementary: {error}\n")
        sys.exit(error.exit_code)
