"""``python -m tests.publish.killed``: publications whose process is killed at a chosen moment.

A line ``N`` of standard input makes a child publish the data of DW_DATA_DIR; it is killed at its
N-th touch of the folder of versions: a file or folder made, opened, renamed or removed. The answer
is what it touched, or ``finished`` when it had fewer steps. A line with the name of a checkpoint
has it killed there; the answer is the name. Versions retire at once here, so that
a child is killed at that too.
"""

import os
import signal
import sys
from typing import Any

from core.settings import Settings
from pipeline import publish
from published.versions import folder
from simulation.process import kill_at

POINTS = (
    "run-recorded:publish",
    "exported",
    "version-written",
    "version-named",
    "switched",
    "cleaned",
    "run-ending:publish",
)
STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}


def publish_until(settings: Settings, step: int) -> None:
    """Publish; be killed at the ``step``-th touch."""
    place = str(folder(settings.data_dir))
    touched = 0

    def touch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal touched
        if event in STEPS and place in str(arguments[0]):
            touched += 1
            if touched == step:
                print(event, os.path.basename(str(arguments[0])), flush=True)  # noqa: PTH119
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(touch)
    publish.publish(settings)


if __name__ == "__main__":
    publish.KEPT = 1
    settings = Settings()
    for line in sys.stdin:
        if child := os.fork():
            _, status = os.waitpid(child, 0)
            if not os.WIFSIGNALED(status):
                assert status == 0, status
                print("finished", flush=True)
            elif line.strip() in POINTS:
                print(line.strip(), flush=True)
        else:
            if line.strip() in POINTS:
                kill_at(line.strip())
                publish.publish(settings)
            else:
                publish_until(settings, int(line))
            os._exit(0)
