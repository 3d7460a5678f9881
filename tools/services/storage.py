"""Formatting a node's storage, which KRaft wants before the first start."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from tools.services import jars
from tools.services.process import ServiceError


def format_node(data: Path, properties: Path, cluster_id: str, index: int, users: Mapping[str, str]) -> None:
    """Format `data` as node `index` of a cluster. Without users it is copied from a folder formatted once."""
    data.mkdir(parents=True, exist_ok=True)
    if users:
        _run_tool(properties, cluster_id, users)
        return
    shutil.copytree(_template(), data, dirs_exist_ok=True)
    directory_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    lines = [f"version=1\ncluster.id={cluster_id}\nnode.id={index}\ndirectory.id={directory_id}\n"]
    (data / "meta.properties").write_text("".join(lines))


def _template() -> Path:
    """What the tool writes beside `meta.properties` is the same for every open cluster: a JVM start saved per node."""
    folder = jars.home() / "formatted"
    if not folder.is_dir():
        with jars.making(folder) as fresh:
            if fresh is not None:
                _format_template(fresh)
    return folder


def _format_template(folder: Path) -> None:
    properties = folder / "server.properties"
    properties.write_text(
        "node.id=0\nprocess.roles=broker,controller\ncontroller.quorum.voters=0@127.0.0.1:9093\n"
        "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\ncontroller.listener.names=CONTROLLER\n"
        f"log.dirs={folder}\n"
    )
    _run_tool(properties, "AAAAAAAAAAAAAAAAAAAAAA", {})
    properties.unlink()


def _run_tool(properties: Path, cluster_id: str, users: Mapping[str, str]) -> None:
    command = [jars.java(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", jars.classpath()]
    command += ["kafka.tools.StorageTool", "format", "--config", str(properties), "--cluster-id", cluster_id]
    for name, password in users.items():
        command += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - no shell
    if done.returncode != 0:
        raise ServiceError(f"Kafka's storage cannot be formatted\n{(done.stdout + done.stderr)[-1500:]}")
