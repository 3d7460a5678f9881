"""The book of reads as a file: one JSON object a line, appended and never changed (domain 5.4: kept 3 years)."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from hub.api.ports import AuditEntry

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class JsonlAudit:
    """Appends to `audit.jsonl` in the data directory. Several processes may share the file."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self.path = data_dir / "audit.jsonl"

    def record(self, entry: AuditEntry) -> None:
        """One write per entry, so that entries of several processes do not mix. Raises OSError."""
        line = json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n"
        # Opened each time: whoever rotates the file need not tell us.
        handle = os.open(self.path, _FLAGS, 0o600)
        try:
            if os.write(handle, line) != len(line):
                raise OSError("the audit entry was cut short")
        finally:
            os.close(handle)
