"""`python -m tools.reference`: write every reference page that is not what the code says."""

from __future__ import annotations

from pathlib import Path

from tools.reference import PAGES

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Write what changed and say so."""
    for name, made in PAGES.items():
        path, text = ROOT / name, made()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"wrote {name}")  # noqa: T201 - a command prints


main()
