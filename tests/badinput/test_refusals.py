"""Wrong configuration and wrong usage of the command line: refused with every fault, without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import cli, main
from hub.domain.policy import PolicyFault, load_policy, policy_from

CANARY = "canary-5b1c"
BAD: dict[str, str] = {
    "HUB_CITY": "xx",
    "HUB_KAFKA_BOOTSTRAP": CANARY,
    "HUB_REDIS_URL": f"http://{CANARY}",
    "HUB_SCHEMA_REGISTRY_URL": CANARY,
    "HUB_HTTP_PORT": "70000",
    "HUB_HTTP_HOST": "\x07",
    "HUB_PARTITIONS": "-1",
    "HUB_MAX_MESSAGE_BYTES": "1024",
    "HUB_BATCH_RECORDS": "many",
    "HUB_TICK_SECONDS": "nan",
    "HUB_SESSION_TIMEOUT_SECONDS": "1e9",
    "HUB_INSTANCE": "two words",
    "HUB_DELIVERY": "sometimes",
    "HUB_LOG_LEVEL": CANARY,
    "HUB_LOG_FORMAT": "xml",
    "HUB_ENABLE_RULES": "LE-99",
    "HUB_SECRET_FILE": f"/nowhere/{CANARY}",
    "HUB_POLICY_FILE": f"/nowhere/{CANARY}",
    "HUB_KAFKA_SECURITY_PROTOCOL": "TLS",
    "HUB_KAFKA_SECURITY_USERNAME": "someone",
    "HUB_KAFKA_BOOTSTRAPS": "x:1",
    "HUB_NOTHING": CANARY,
}
COMMANDS = {
    "worker": ["worker"],
    "up": ["up"],
    "serve": ["serve"],
    "replay": ["replay", "x.jsonl", "--as-of", "2026-06-30", "--out", "out"],
}


def hub(*arguments: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with these variables and no others of the hub's."""
    (folder / "x.jsonl").touch()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return subprocess.run(
        [sys.executable, "-c", "from hub.cli import main; main()", *arguments],
        cwd=folder, env={**clean, "PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "200", **environ},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def refusals(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The reasons given; nothing else is said, and no value is repeated."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert CANARY not in done.stderr
    lines = done.stderr.splitlines()
    assert all(line.startswith("refused: ") for line in lines)
    return [line.removeprefix("refused: ") for line in lines]


def together(
    calls: list[tuple[tuple[str, ...], dict[str, str]]], folder: Path
) -> list[subprocess.CompletedProcess[str]]:
    """Several commands at once: most of their time is spent importing."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda call: hub(*call[0], folder=folder, **call[1]), calls))


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """The command in this process; the reasons it gives."""

    def run(*arguments: str, **environ: str) -> list[str]:
        (tmp_path / "x.jsonl").touch()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["hub", *arguments])
        for name in [name for name in os.environ if name.startswith("HUB_")]:
            monkeypatch.delenv(name)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return refusals(subprocess.CompletedProcess(arguments, int(ended.value.code or 0), out, err))

    return run


def test_every_wrong_setting_is_told_at_once(tmp_path: Path) -> None:
    """All four commands refuse with one line for each wrong variable."""
    for done in together([(tuple(words), BAD) for words in COMMANDS.values()], tmp_path):
        said = refusals(done)
        told = {line.partition(":")[0] for line in said}
        assert set(BAD) - {"HUB_KAFKA_SECURITY_USERNAME"} <= told
        assert len(said) == len(set(said))


def test_what_is_missing_is_told_with_what_is_wrong(here: Callable[..., list[str]]) -> None:
    """What a command cannot do without stands in the same list as everything else."""
    worker = here("worker")
    serve = here("serve", HUB_CITY="4298", HUB_X="1")
    up = here("up", HUB_HTTP_PORT="x")
    assert [line.partition(":")[0] for line in worker] == ["HUB_CITY", "HUB_KAFKA_BOOTSTRAP", "HUB_REDIS_URL"]
    assert [line.partition(":")[0] for line in serve] == ["HUB_X", "HUB_KAFKA_BOOTSTRAP", "HUB_REDIS_URL"]
    assert [line.partition(":")[0] for line in up] == ["HUB_HTTP_PORT", "HUB_CITY", "HUB_KAFKA_BOOTSTRAP"]


def test_replay_refuses_policy_and_rules_together(tmp_path: Path, here: Callable[..., list[str]]) -> None:
    """A wrong policy file and an unknown rule are both told; nothing is written."""
    (tmp_path / "p.toml").write_text('[[policy]]\nkey = "NO.such"\nvalue = 1\n', "utf-8")
    (tmp_path / "c.toml").write_text("city = 4298\nnothing = 1\n[x]\n", "utf-8")
    files = here(*COMMANDS["replay"], "--policy", "p.toml", "--enable", "LE-01,LE-99,[/red]")
    config = here(*COMMANDS["replay"], HUB_CONFIG="c.toml", HUB_POLICY_FILE="p.toml")
    markup = here("rules", "explain", "[/red]")
    nowhere = here(*COMMANDS["replay"][:-1], "/proc/none")
    assert files == ["policy row 1: unknown policy key NO.such", "unknown rule LE-99, [/red]"]
    assert [line.partition(" ")[0] for line in config] == ["nothing", "x", "HUB_POLICY_FILE:"]
    assert markup[0].startswith("there is no rule [/red];")
    assert nowhere == ["/proc/none: No such file or directory"]
    assert not (tmp_path / "out").exists()


def test_wrong_usage_is_exit_code_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command, option, file or date that does not exist is a usage error."""
    calls = [
        ("nothing",),
        ("replay", "none.jsonl", "--as-of", "2026-06-30", "--out", "out"),
        ("replay", "x.jsonl", "--as-of", "2026-06-31", "--out", "out"),
        ("replay", "x.jsonl", "--as-of", "2026-06-30"),
        ("worker", "--no-such-option"),
        ("quarantine", "replay"),
        ("up", "--embedded=yes"),
        ("simulate", "--persons", "0", "--out", "out"),
    ]
    (tmp_path / "x.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    for call in calls:
        done = CliRunner().invoke(cli, call)
        assert (done.exit_code, done.stdout) == (2, ""), done.stderr
        assert "Error: " in done.stderr
    assert hub(*calls[1], folder=tmp_path).returncode == 2


def test_a_bug_of_ours_is_told_by_place(tmp_path: Path) -> None:
    """An exception nobody planned ends the command by type and place; its message may hold a person."""
    code = (
        "import hub.cli.files as f\n"
        "def bad(*a, **k): raise KeyError('王伟 429801196003150017')\n"
        "f.replay = bad\n"
        "from hub.cli import main; main()"
    )
    (tmp_path / "x.jsonl").touch()
    done = subprocess.run(
        [sys.executable, "-c", code, *COMMANDS["replay"]],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "200"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("failed: KeyError at ")
    assert "王伟" not in done.stdout + done.stderr
    assert "429801196003150017" not in done.stdout + done.stderr


# --- the policy file --------------------------------------------------------------------------------------------------

ROW = '[[policy]]\nkey = "HO-01.overlap_days"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("= 1", "cannot be read"),
        ("policy = 3", "list of tables"),
        ('policy = ["a"]', "list of tables"),
        ("[policy]\nkey = 1", "list of tables"),
        ("[other]\n", "unknown table other"),
        ("[[policy]]\nvalue = 1", "key missing"),
        (ROW, "value missing"),
        ("[[policy]]\nkey = 7\nvalue = 1", "key must be text"),
        ('[[policy]]\nkey = "NO.such"\nvalue = 1', "unknown policy key"),
        (ROW + 'value = "15"', "whole number"),
        (ROW + "value = 1.5", "whole number"),
        (ROW + "value = nan", "whole number"),
        (ROW + "value = true", "whole number"),
        (ROW + "value = [15]", "whole number"),
        (ROW + "value = -1", "whole number"),
        (ROW + "value = 99999999999999", "whole number"),
        (ROW + "value = 1\ncolour = 1", "unknown field colour"),
        (ROW + "value = 1\nregion = 4298", "region must be"),
        (ROW + 'value = 1\nregion = "宜昌"', "region must be"),
        (ROW + 'value = 1\nvalid_from = "2026-01-01"', "must be dates"),
        (ROW + "value = 1\nvalid_to = 2026-01-01T00:00:00", "must be dates"),
        (ROW + "value = 1\nvalid_from = 2026-02-01\nvalid_to = 2026-01-01", "lies before"),
        (ROW + "value = 1\ndocument = 7", "document must be text"),
    ],
)
def test_a_wrong_policy_file(tmp_path: Path, text: str, said: str) -> None:
    """Whatever is wrong with the table is found before the first event, not by a rule that falls over it."""
    file = tmp_path / "p.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(PolicyFault, match=said):
        load_policy(file)


def test_all_faults_of_a_policy_file(tmp_path: Path) -> None:
    """Every row is looked at, and every fault of a row is told."""
    file = tmp_path / "p.toml"
    file.write_text(f'{ROW}value = true\nregion = 1\n{ROW}\n[[policy]]\nkey = "NO"\nvalue = 1\n[x]\n', "utf-8")
    with pytest.raises(PolicyFault) as caught:
        load_policy(file)
    assert [fault.partition(":")[0] for fault in caught.value.faults] == [
        "unknown table x",
        "policy row 1",
        "policy row 2",
        "policy row 3",
    ]
    with pytest.raises(PolicyFault) as caught:
        policy_from({"NO.such": 1, "HO-01.overlap_days": -3})
    assert len(caught.value.faults) == 2


def test_a_policy_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Absent, binary, a folder: one sentence, and the name of no file of the system."""
    (tmp_path / "b").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none", tmp_path / "b", tmp_path):
        with pytest.raises(PolicyFault, match="cannot be read"):
            load_policy(path)
