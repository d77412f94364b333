"""A process of its own for what may be killed, and the means to kill it at a chosen point."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from core.checkpoints import CHECKPOINTS, EVENT


def forked(preload: Sequence[str], target: Callable[..., Any], *arguments: Any) -> int | None:
    """Run a function in a new process that has the import of modules behind it; its exit code.

    The first call decides which: a fork is then as good as a new process.
    """
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(list(preload))
    process = processes.Process(target=target, args=arguments)
    process.start()
    process.join()
    return process.exitcode


def kill_at(moments: str) -> None:
    """Have this process killed when it has passed checkpoints, one after the other.

    ``repairing>extracted`` is the first ``extracted`` that comes after a ``repairing``;
    ``reading:orders`` is that of one entity, table, node or mart.
    """
    left = moments.split(">")
    if unknown := {moment.partition(":")[0] for moment in left} - set(CHECKPOINTS):
        raise ValueError(f"no checkpoint: {', '.join(sorted(unknown))}")

    def reach(event: str, arguments: tuple[object, ...]) -> None:
        if event != EVENT or not left:
            return
        name, what = arguments
        if left[0] in (name, f"{name}:{what}"):
            left.pop(0)
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(reach)


def arm(owner: Any, name: str, when: str, call: int) -> None:
    """Replace a function by one that kills this process at its ``call``-th call.

    It dies ``before`` the call has begun or ``after`` it has done its work.
    """
    original: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if calls >= call and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, deadly)
