"""A cluster, if a small one: a master and two workers on loopback, of which one is killed."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ci.parity import compare
from tests.conftest import ROOT
from tests.spark.conftest import Twins

pytestmark = pytest.mark.long

STARTED = re.compile(r"(?:Starting Spark master at|Successfully registered with master) (\S+)")
PATIENCE = 120


@contextmanager
def daemon(log: Path, kind: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A master or worker, once it has started, and the address of the master."""
    import pyspark

    home = Path(pyspark.__file__).parent
    command = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}", *arguments]
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            yield process, await_text(log, STARTED)
        finally:
            process.kill()
            process.wait()


def await_text(path: Path, pattern: re.Pattern[str], times: int = 1) -> str:
    """The last word of what a file says, once it has said it so many times."""
    deadline = time.monotonic() + PATIENCE * times
    while time.monotonic() < deadline:
        found = pattern.findall(path.read_text(encoding="utf-8") if path.exists() else "")
        if len(found) >= times:
            return str(found[-1])
        time.sleep(0.2)
    pytest.fail(f"{path} does not say {pattern.pattern}")


def test_a_build_outlives_a_worker(new_twins: Callable[..., Twins], tmp_path: Path) -> None:
    twins = new_twins()
    here = ("--host", "127.0.0.1", "--webui-port", "0")
    with ExitStack() as stack:
        master = daemon(tmp_path / "master.log", "master.Master", *here, "--port", "0")
        _, url = stack.enter_context(master)
        workers = [
            stack.enter_context(
                daemon(tmp_path / f"worker{n}.log", "worker.Worker", *here, "--cores", "1",
                       "--memory", "1g", "--work-dir", str(tmp_path / f"work{n}"), url)
            )[0]
            for n in range(2)
        ]  # fmt: skip
        twins.on_spark("dw load")
        before = set((twins.spark.folder / "logs").iterdir())
        build = subprocess.Popen(
            [sys.executable, "-m", "tests.spark.dw", "dw build"],
            cwd=ROOT,
            env={**twins.spark.environment, "DW_SPARK_MASTER": url},
        )
        try:
            while not (logs := set((twins.spark.folder / "logs").glob("*.jsonl")) - before):
                time.sleep(0.2)
            await_text(logs.pop(), re.compile('"event": "built"'), times=5)
            workers[0].kill()
            assert build.wait() == 0
        finally:
            build.kill()
            build.wait()
    twins.on_duckdb("load", "build")
    with twins.opened() as (embedded, lake):
        assert compare(embedded, lake) > 25_000
