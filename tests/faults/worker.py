"""`hub worker` with a probe, and with a planted bug if one is asked for: `python -m tests.faults.worker`.

Production code has no switch for either; that is why the laboratory starts an entry point of its own.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from hub.config import Settings, load_settings
from hub.errors import RefuseToStart, Stop
from hub.node.run import node, stop_on_signals, until_stopped
from hub.runtime.points import Probe
from hub.runtime.topics import CLAIMS
from hub.runtime.transport import Consumer
from hub.telemetry.logs import configure_logging
from tests.faults.orders import Obedience

ORDERS = "LAB_ORDERS"
PLANTED = "LAB_PLANTED"
REFUSED = 1


def main() -> int:
    """What `hub worker` does, from the environment."""
    if bug := os.environ.get(PLANTED):
        from tests.faults.planted import BUGS

        BUGS[bug].plant()
    chosen = load_settings(os.environ, needs=("kafka_bootstrap", "redis_url"))
    obedience = Obedience(Path(os.environ[ORDERS]))
    _lose_records(obedience, exempt={CLAIMS} if chosen.delivery == "transactional" else set())
    try:
        return asyncio.run(_run(chosen, obedience))
    except RefuseToStart as refused:  # as the command line does it
        print("\n".join(refused.faults), file=sys.stderr)
        return REFUSED
    except Stop as stop:
        print(stop, file=sys.stderr)
        return stop.exit_code


def _lose_records(obedience: Obedience, exempt: set[str]) -> None:
    """Where a gap is ordered, one record is missing from what the client library hands over.

    `exempt`: with transactions every marker is a hole in what the hub writes itself, and one record more cannot be told
    from it; docs/reliability.md says so.
    """
    getmany = Consumer._getmany

    async def lossy(self: Consumer, active: Any, timeout: float) -> Any:
        polled = await getmany(self, active, timeout)
        target = next((tp for tp, records in polled.items() if len(records) > 2 and tp.topic not in exempt), None)
        if target is None or not obedience.skips():
            return polled
        middle = len(polled[target]) // 2
        return {**polled, target: [*polled[target][:middle], *polled[target][middle + 1 :]]}

    Consumer._getmany = lossy


async def _run(chosen: Settings, probe: Probe) -> int:
    configure_logging(chosen.log_level, chosen.log_format)
    stop = stop_on_signals()
    async with node(chosen, str(chosen.kafka_bootstrap), worker=True, api=False, probe=probe) as running:
        print(f"HTTP {running.server.url}", flush=True)
        return await until_stopped(running, stop)


if __name__ == "__main__":
    sys.exit(main())
