"""Starts workers by forking a process that has already imported everything: `python -m tests.faults.nursery`.

A worker is a process of its own from the fork on, with its own session, signals and descriptors; what is saved is two
seconds of importing per start, of which a laboratory makes thousands. Talks JSON lines: one `Birth` in, its pid out;
and the exit of every child, as it happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import select
import signal
import sys
import traceback

import msgspec

from hub.bootstrap import build_journey
from hub.domain.names import compare_names


class Birth(msgspec.Struct):
    """A child to be made. `task`: worker, or rebuild (`hub rebuild`)."""

    task: str
    env: dict[str, str]
    log: str


class Told(msgspec.Struct, omit_defaults=True):
    """What the nursery answers: a birth or a death. A negative code is the signal that ended it."""

    born: int = 0
    died: int = 0
    code: int = 0


def main() -> None:
    from tests.faults import worker  # noqa: F401 - imported here, before the first fork

    build_journey()
    compare_names("王伟", "王玮")  # reads its dictionaries once, here
    _die_with_parent()
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], 0.02)
        if ready:
            line = sys.stdin.readline()
            if not line:
                return
            _tell(Told(born=_fork(msgspec.json.decode(line, type=Birth))))
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                _tell(Told(died=ended[0], code=os.waitstatus_to_exitcode(ended[1])))


def _tell(told: Told) -> None:
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()


def _fork(birth: Birth) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        code = _live(birth)
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else 1
    except BaseException:  # noqa: BLE001 - nothing may return into the nursery's loop
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _live(birth: Birth) -> int:
    os.setsid()
    _die_with_parent()
    log = os.open(birth.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, number in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, number)
    os.environ.clear()
    os.environ.update(birth.env)
    random.seed()
    if birth.task == "rebuild":
        from hub.cli.operators import rebuild_command

        rebuild_command(["--json"], standalone_mode=False)
        return 0
    from tests.faults import worker

    return worker.main()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    main()
