"""Forms of settings: how a value is written, and how it is read, from the environment or from a TOML file.

A form says what it expects when it cannot read a value, and never repeats what it was given: a secret put into the
wrong variable must not reach a log.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_BROKER = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RULE = re.compile(r"[A-Z]{2}-[0-9]{2}|all")


class Unfit(ValueError):  # noqa: N818 - a value that does not fit, not a mishap
    """A value that its form cannot read; the text says what would be right."""


@dataclass(frozen=True)
class Form:
    """How a value is written: in words for the pages, and as a function."""

    words: str
    read: Callable[[object], object]


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise Unfit("text is expected")
    return value.strip()


def text() -> Form:
    return Form("text", _text)


def read_name(value: object) -> str:
    """A short name that may stand in logs and be part of other names."""
    if not isinstance(value, str) or _NAME.fullmatch(value.strip()) is None:
        raise Unfit("a name of letters, digits, dots, hyphens and underscores, at most 100, is expected")
    return value.strip()


def read_path(value: object) -> Path:
    """A path; `~` is the home directory."""
    try:
        return Path(_text(value)).expanduser()
    except RuntimeError:  # a home directory that nobody has
        raise Unfit("a path is expected") from None


def path() -> Form:
    return Form("file path", read_path)


def integer(least: int, most: int) -> Form:
    def read(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value.strip()):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Unfit(f"a whole number from {least} to {most} is expected")
        return value

    return Form(f"{least} to {most}", read)


def seconds(least: float, most: float) -> Form:
    def read(value: object) -> float:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value.strip()):
            value = float(value)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= most:
            raise Unfit(f"a number of seconds from {least:g} to {most:g} is expected")
        return float(value)

    return Form(f"seconds, {least:g} to {most:g}", read)


def choice(*options: str) -> Form:
    def read(value: object) -> str:
        for option in options:
            if isinstance(value, str) and value.strip().casefold() == option.casefold():
                return option
        raise Unfit(f"one of {', '.join(options)} is expected")

    return Form(" / ".join(options), read)


def url(*schemes: str) -> Form:
    expected = f"an address that begins with {' or '.join(scheme + '://' for scheme in schemes)} is expected"

    def read(value: object) -> str:
        try:
            address = _text(value)
            parts = urlsplit(address)
            whole = parts.scheme in schemes and bool(parts.hostname)
            _ = parts.port  # urllib looks at the port only when asked
        except ValueError:
            raise Unfit(expected) from None
        if not whole:
            raise Unfit(expected)
        return address

    return Form(f"URL ({', '.join(schemes)})", read)


def _listed(value: object) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    names = [part.strip() for part in parts if isinstance(part, str) and part.strip()]
    if not names or len(names) != len(parts):
        raise Unfit("names with commas between them are expected")
    return names


def read_brokers(value: object) -> str:
    servers = _listed(value)
    for server in servers:
        match = _BROKER.fullmatch(server)
        if match is None or not 0 < int(match[1]) < 65536:
            raise Unfit("host:port is expected, several with commas between them")
    return ",".join(servers)


def read_rules(value: object) -> tuple[str, ...]:
    names = _listed(value)
    if not all(_RULE.fullmatch(name) for name in names):
        raise Unfit("rule ids such as LE-01 with commas between them, or all, are expected")
    return tuple(dict.fromkeys(names))


def read_city(value: object) -> str:
    key = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(key, str) or re.fullmatch(r"(?:[0-9]{2}){1,3}", key.strip()) is None:
        raise Unfit("a city key of 2, 4 or 6 digits is expected, such as 4205 or 11")
    return key.strip()
