"""A delicate rule runs only under a signed impact assessment; trying it on files needs none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Said, written

RUNNING = {
    "up": ("up", "--embedded"),
    "demo": ("demo", "--once", "--persons", "50"),
    "worker": ("worker",),
    "serve": ("serve",),
}


@pytest.mark.parametrize("words", RUNNING.values(), ids=RUNNING)
def test_a_running_hub_refuses_what_is_not_assessed(
    words: tuple[str, ...], hub: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every command that takes events in, with every rule and reason; an assessment that ran out is none."""
    (tmp_path / "policy.toml").write_text(
        '[[assessment]]\nrule = "RE-02"\nnumber = "PIA-2020-002"\nvalid_until = 2020-12-31\n', "utf-8"
    )
    monkeypatch.setenv("HUB_ENABLE_RULES", "RE-01,RE-02,LE-01")
    monkeypatch.setenv("HUB_POLICY_FILE", "policy.toml")
    said = [line for line in hub(*words, code=1).splitlines() if "HUB_ENABLE_RULES" in line]
    assert [line.split()[2] for line in said] == ["RE-01", "RE-02"]
    assert "no impact assessment is on file" in said[0]
    assert "PIA-2020-002 ran out on 2020-12-31" in said[1]


def test_a_what_if_needs_no_assessment(hub: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`hub replay` looks at files and tells nobody."""
    file = written(tmp_path, "2020-01-01 psb.migrated_in 王伟")
    hub("replay", file, "--as-of", "2020-02-01", "--out", "out", "--enable", "all")
    monkeypatch.setenv("HUB_ENABLE_RULES", "RE-01")
    hub("replay", file, "--as-of", "2020-02-01", "--out", "out")
