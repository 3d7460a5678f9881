"""`python -m tools.services up|down|status`: a Kafka and a Redis that stay until they are told to go.

For trying the hub on real services without a container engine (deploy/local/README.md). Open listeners on loopback:
nothing here is fit for a city.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.services.kafka import KafkaCluster
from tools.services.ports import is_free
from tools.services.process import ServiceError
from tools.services.redis import RedisServer

_FIRST_KAFKA_PORT, _REDIS_PORT = 19092, 16379


def main() -> int:
    """Read the command line, do it, and say what is there."""
    parser = argparse.ArgumentParser(prog="python -m tools.services", description=__doc__)
    parser.add_argument("action", choices=["up", "down", "status"])
    parser.add_argument("--nodes", type=int, choices=[1, 3], default=1, help="nodes of Kafka (up)")
    parser.add_argument("--folder", type=Path, default=Path("var/services"), help="where data and logs lie")
    parser.add_argument("--wipe", action="store_true", help="remove all data, too (down)")
    chosen = parser.parse_args()
    try:
        if chosen.action == "up":
            return _up(chosen.folder, chosen.nodes)
        return _down(chosen.folder, chosen.wipe) if chosen.action == "down" else _status(chosen.folder)
    except ServiceError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1


def _up(folder: Path, nodes: int) -> int:
    if any(_runs(service) for service in _services(folder)):
        print(f"refused: services of {folder} run already; see: python -m tools.services status", file=sys.stderr)
        return 1
    kept = _read(folder).get("nodes", nodes)
    if kept != nodes:
        print(f"refused: {folder} holds the data of {kept} nodes; down --wipe removes it", file=sys.stderr)
        return 1
    ports = {index: _FIRST_KAFKA_PORT + index for index in range(nodes)}
    taken = [str(port) for port in (*ports.values(), _REDIS_PORT) if not is_free(port)]
    if taken:
        print(f"refused: somebody listens on port {', '.join(taken)} of 127.0.0.1", file=sys.stderr)
        return 1
    redis = RedisServer((folder / "redis").resolve(), persist=True, port=_REDIS_PORT, bound=False)
    cluster = KafkaCluster((folder / "kafka").resolve(), nodes, client_ports=ports, bound=False)
    redis.start()
    try:
        cluster.start()
    except BaseException:
        redis.stop()
        raise
    services = {f"kafka-{node.index}": node.pid for node in cluster.nodes} | {"redis": redis.pid}
    state = {"nodes": nodes, "bootstrap": cluster.bootstrap, "redis_url": redis.url}
    running = [{"name": name, "pid": pid, "started": _started(pid)} for name, pid in services.items()]
    (folder / "state.json").write_text(json.dumps({**state, "services": running}, indent=2))
    return _status(folder)


def _down(folder: Path, wipe: bool) -> int:
    for service in _services(folder):
        _end(service)
    if wipe:
        shutil.rmtree(folder, ignore_errors=True)
    elif (state := _read(folder)) != {}:
        (folder / "state.json").write_text(json.dumps({**state, "services": []}, indent=2))
    print("down" + (", data removed" if wipe else f", data kept in {folder}"))
    return 0


def _status(folder: Path) -> int:
    services = _services(folder)
    for service in services:
        print(f"{service['name']:<8} {'runs' if _runs(service) else 'is gone'} (process {service['pid']})")
    whole = bool(services) and all(_runs(service) for service in services)
    if whole:
        state = _read(folder)
        print(f"export HUB_KAFKA_BOOTSTRAP={state['bootstrap']}\nexport HUB_REDIS_URL={state['redis_url']}")
    else:
        print("not up" if not services else "not whole: down, then up")
    return 0 if whole else 1


def _end(service: Mapping[str, Any], seconds: float = 60.0) -> None:
    """SIGTERM, then SIGKILL: the last of three nodes waits in vain for somebody to hand over to."""
    for signum, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, seconds)):
        deadline = time.monotonic() + patience
        if _runs(service):
            os.kill(int(service["pid"]), signum)
        while _runs(service) and time.monotonic() < deadline:
            time.sleep(0.1)


def _services(folder: Path) -> list[dict[str, Any]]:
    return list(_read(folder).get("services", []))


def _read(folder: Path) -> dict[str, Any]:
    file = folder / "state.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}


def _runs(service: Mapping[str, Any]) -> bool:
    """It is that very process, and not another that was given its number since."""
    started = _started(int(service["pid"]))
    return started is not None and started == service["started"]


def _started(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


if __name__ == "__main__":
    sys.exit(main())
