"""``python -m tests.publish.killed``: publications whose process is killed at a chosen step.

A line ``N`` of standard input makes a child publish the data of DW_DATA_DIR; it is killed at its
N-th touch of the folder of versions: a file or folder made, opened, renamed or removed. The answer
is what it touched, or ``finished`` when it had fewer steps. Versions retire at once here, so that
a child is killed at that too.
"""

import os
import signal
import sys
from typing import Any

from core.settings import Settings
from pipeline import publish
from published.versions import folder

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
        else:
            publish_until(settings, int(line))
            os._exit(0)
