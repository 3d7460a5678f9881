"""The little Markdown that every page is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def head(title: str, sources: str) -> str:
    """A page's title, and where its content comes from."""
    return f"# {title}\n\n<!-- Made by `make docs` from {sources}: change that, not this file. -->\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(columns), "|" + "---|" * len(columns), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def code(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def page(parts: Iterable[str]) -> str:
    return "\n".join(parts)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in cells) + " |"
