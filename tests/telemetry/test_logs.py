"""Logs cannot hold a personal value, whoever writes them and whatever goes wrong."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from hub.errors import StoreUnavailable
from hub.telemetry.logs import LineFormatter, redact
from tests.telemetry.capture import captured_logs

NUMBER, NAME, PLACE = "429801196003150017", "欧阳金丝雀", "幸福路5号"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process logs, as JSON lines."""
    with captured_logs() as stream:
        yield stream


def told(stream: io.StringIO) -> list[dict[str, str]]:
    text = stream.getvalue()
    assert NUMBER not in text
    assert NAME not in text
    assert PLACE not in text
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"id {NUMBER}.", "id [number]."),
        ("x42980119600315001X,", "x[number],"),
        ("42980119600315001x", "[number]"),
        ("429801600315001", "[number]"),
        ("6222021234567890123", "[number]"),
        ("429801 19600315 0017", "[number]"),
        ("429801-19600315-0017", "[number]"),
        ("４２９８０１１９６００３１５００１７", "[number]"),
        (f"号码{NUMBER}的人", "号码[number]的人"),
        ("offset 1785312345678 of 12345", "offset 1785312345678 of 12345"),
        ("r-01234567890123456789012345678901", "r-01234567890123456789012345678901"),
        ("al-01234567890123456789012345678901", "al-01234567890123456789012345678901"),
        ("019a8c1e-7f00-7000-8000-000000000001", "019a8c1e-7f00-7000-8000-000000000001"),
        ("2026-03-02T09:00:05+08:00", "2026-03-02T09:00:05+08:00"),
    ],
)
def test_redact(text: str, kept: str) -> None:
    """Identity numbers go in every way they are written; keys, UUIDs, times and offsets stay."""
    assert redact(text) == kept


def test_own_lines_keep_their_ids(lines: io.StringIO) -> None:
    """What the hub says itself arrives, as one JSON object a line with the time of Shanghai."""
    logging.getLogger("hub.pipeline").info("rule %s on %s", "LE-01", "r-" + "1" * 32)
    [line] = told(lines)
    assert line["message"] == "rule LE-01 on r-" + "1" * 32
    assert (line["level"], line["logger"], line["time"][-6:]) == ("INFO", "hub.pipeline", "+08:00")


def test_unplanned_exception_is_told_by_type_and_place(lines: io.StringIO) -> None:
    """Neither the message of an exception nor of the one behind it is written, but where it happened is."""
    try:
        try:
            raise KeyError(NAME)
        except KeyError as inner:
            raise ValueError(f"{NAME} {NUMBER} {PLACE}") from inner
    except ValueError as error:
        logging.getLogger("hub.x").exception("failed with %s", error)
        logging.getLogger("hub.x").error(error)
    first, second = told(lines)
    assert first["message"] == "failed with ValueError"
    assert first["error"].startswith("ValueError at test_logs.py:")
    assert "caused by KeyError" in first["error"]
    assert second["message"] == "ValueError"


def test_planned_exception_keeps_its_text(lines: io.StringIO) -> None:
    """The hub's own exceptions hold no values and say what to do."""
    try:
        raise StoreUnavailable("redis does not answer")
    except StoreUnavailable as error:
        logging.getLogger("hub.x").exception("failed with %s", error)
    [line] = told(lines)
    assert line["message"] == "failed with redis does not answer"
    assert line["error"].startswith("StoreUnavailable (redis does not answer) at")


@pytest.mark.parametrize("name", ["aiokafka.consumer", "kafka.conn", "faust.app", "mode.worker", "uvicorn.error"])
def test_library_lines_lose_their_arguments(name: str, lines: io.StringIO) -> None:
    """A library may log a whole message: its sentence and numbers stay, its values do not, nor a second line."""
    log = logging.getLogger(name)
    log.warning("bad record %r at %d of %s", {"name": NAME}, 17, NUMBER)
    log.error("crashed: %s\n%s", ValueError(NAME), NAME)
    log.error(ValueError(NAME))
    log.error("%(who)s fell over %(n)d", {"who": NAME, "n": 3})
    log.debug("record %s", NAME)
    assert [line["message"] for line in told(lines)] == [
        "bad record […] at 17 of […]",
        "crashed: ValueError",
        "ValueError",
        "[…] fell over 3",
    ]


def test_a_line_that_cannot_be_formatted(lines: io.StringIO) -> None:
    """A wrong log call is a line too, and does not print its arguments to stderr."""
    logging.getLogger("hub.x").warning("%d of %s", NAME)
    assert told(lines)[0]["message"] == "a log line that cannot be formatted"


def test_uvicorn_access_log_is_off(lines: io.StringIO) -> None:
    """Paths and queries are not logged."""
    logging.getLogger("uvicorn.access").warning("GET /v1/residents/%s", NAME)
    assert told(lines) == []


def test_uncaught_exceptions_are_told_without_their_message(lines: io.StringIO, capfd) -> None:
    """The main thread's, a thread's and a destructor's: Python would print each with its message."""

    class Falls:
        def __del__(self) -> None:
            raise ValueError(NAME)

    def falls() -> None:
        raise ValueError(NUMBER)

    error = ValueError(PLACE)
    sys.excepthook(ValueError, error, None)
    thread = threading.Thread(target=falls)
    thread.start()
    thread.join()
    Falls()
    gc.collect()
    found = told(lines)
    assert [line["logger"] for line in found] == ["hub.uncaught"] * 3
    assert all(line["error"].startswith("ValueError") for line in found)
    out, err = capfd.readouterr()
    assert not any(canary in out + err for canary in (NAME, NUMBER, PLACE))


def test_forgotten_task_is_told_without_its_exception(lines: io.StringIO) -> None:
    """asyncio writes the repr of a failed task nobody awaited, its exception included."""

    async def falls() -> None:
        raise ValueError(NAME)

    async def main() -> None:
        task = asyncio.create_task(falls())
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(main())
    [line] = told(lines)
    assert line["message"] == "Task exception was never retrieved"


def test_text_lines_cannot_be_forged() -> None:
    """A line break in a message stays within its line."""
    record = logging.LogRecord("hub.x", logging.INFO, "", 0, "a\nERROR b", None, None)
    assert "\n" not in LineFormatter("text").format(record)
