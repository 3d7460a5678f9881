"""`hub worker` with a probe, and with a planted bug if one is asked for: `python -m tests.faults.worker`.

Production code has no switch for either; that is why the laboratory starts an entry point of its own.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from hub.config import Settings, load_settings
from hub.node.run import node, stop_on_signals, until_stopped
from hub.runtime.points import Probe
from hub.telemetry.logs import configure_logging
from tests.faults.orders import Obedience

ORDERS = "LAB_ORDERS"
PLANTED = "LAB_PLANTED"


def main() -> int:
    """What `hub worker` does, from the environment."""
    if bug := os.environ.get(PLANTED):
        from tests.faults.planted import BUGS  # noqa: PLC0415 - an honest worker never sees this module

        BUGS[bug].plant()
    chosen = load_settings(os.environ, needs=("kafka_bootstrap", "redis_url"))
    return asyncio.run(_run(chosen, Obedience(Path(os.environ[ORDERS]))))


async def _run(chosen: Settings, probe: Probe) -> int:
    configure_logging(chosen.log_level, chosen.log_format)
    stop = stop_on_signals()
    async with node(chosen, str(chosen.kafka_bootstrap), worker=True, api=False, probe=probe) as running:
        print(f"HTTP {running.server.url}", flush=True)
        return await until_stopped(running, stop)


if __name__ == "__main__":
    sys.exit(main())
