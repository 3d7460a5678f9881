"""Apache Kafka's jars: resolved once by Maven from `deploy/local/pom.xml`, then taken from a cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.services.process import ServiceError

POM = Path(__file__).resolve().parents[2] / "deploy" / "local" / "pom.xml"
_VERSION = re.compile(r"<kafka\.version>([^<]+)</kafka\.version>")
# Pinned, so that what is resolved does not depend on the Maven at hand.
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_INSTALL = "apt-get install default-jre-headless maven (make test-kafka does)"


def version() -> str:
    """The version of Kafka the pom names."""
    found = _VERSION.search(POM.read_text())
    if found is None:
        raise ServiceError(f"{POM} names no kafka.version")
    return found[1]


def java() -> str:
    """Path of the Java that runs the broker."""
    return _program("java")


def home() -> Path:
    """The cache folder of this pom: jars, and a formatted storage folder to copy."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:8]
    return cache / "resident-hub" / f"kafka-{version()}-{digest}"


def classpath() -> str:
    """Kafka's class path; the first call on a machine downloads it."""
    jars = home() / "lib"
    if not jars.is_dir():
        with making(jars) as fresh:
            if fresh is not None:
                _resolve(fresh)
    return f"{jars}/*"


@contextmanager
def making(folder: Path) -> Iterator[Path | None]:
    """A folder to fill that becomes `folder` if all goes well; None if another process has made it meanwhile."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            yield None
            return
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            yield fresh
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _resolve(folder: Path) -> None:
    command = [_program("mvn"), "-q", "-B", "-f", str(POM), _COPY]
    options = [f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command, no shell
            [*command, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=540, check=False
        )
    except subprocess.TimeoutExpired:
        raise ServiceError(
            "Maven did not bring Apache Kafka within nine minutes; is Maven Central reachable?"
        ) from None
    if done.returncode != 0 or not any(folder.glob("kafka_*.jar")):
        told = (done.stdout + done.stderr).strip()[-1500:]
        raise ServiceError(f"Maven cannot bring Apache Kafka {version()}; is Maven Central reachable?\n{told}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ServiceError(f"{name} is missing: {_INSTALL}")
    return found
