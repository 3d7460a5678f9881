"""Metrics: declared once, closed labels, a page that says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

from hub.telemetry.metrics import Metrics, label, render_metrics_page

ROOT = Path(__file__).parents[2]


def test_metrics_page_is_fresh() -> None:
    """The page is what the code declares. To renew: write render_metrics_page() into docs/metrics.md."""
    assert (ROOT / "docs" / "metrics.md").read_text("utf-8") == render_metrics_page()


def test_registries_are_independent() -> None:
    """Two hubs in one process count apart, and nothing lands in the global registry."""
    one, two = Metrics(CollectorRegistry()), Metrics(CollectorRegistry())
    one.events.labels("MCA", "mca.aid_approved", "applied").inc()
    assert b'outcome="applied"} 1.0' in generate_latest(one.registry)
    assert b'outcome="applied"' not in generate_latest(two.registry)
    assert not [metric for metric in REGISTRY.collect() if metric.name.startswith("hub_")]


def test_every_metric_is_named_and_explained() -> None:
    """Each name begins with hub_, says its unit, and has a help text and no personal label."""
    declared = Metrics(CollectorRegistry()).declared
    assert len({metric.name for metric in declared}) == len(declared) > 15
    for metric in declared:
        assert metric.name.startswith("hub_")
        assert metric.text.rstrip().endswith(".") or metric.name == "hub_build_info"
        assert (metric.kind == "counter") == metric.name.endswith("_total")
        assert (metric.kind == "histogram") == metric.name.endswith("_seconds")
        assert not set(metric.labels) & {"subject", "resident", "resident_id", "id", "name", "path", "record"}


def test_build_and_process_are_told() -> None:
    """Which version runs, and how much memory it takes."""
    metrics = Metrics(CollectorRegistry())
    metrics.build("0.1.0", "3.11")
    metrics.process()
    text = generate_latest(metrics.registry).decode()
    assert 'hub_build_info{python="3.11",version="0.1.0"} 1.0' in text
    assert "process_resident_memory_bytes" in text


@pytest.mark.parametrize("value", ["MCA", "mca.deceased_handled", "agency.psb.changes.v1", "LE-01", "absorb.commit"])
def test_closed_values_stay(value: str) -> None:
    """Names of our own lists are labels as they are."""
    assert label(value) == value


@pytest.mark.parametrize(
    "value", [None, "", "王伟", "429801196003150017", "R429801196003150017", "a b", "x" * 81, "a\n"]
)
def test_anything_else_is_other(value: str | None) -> None:
    """What could be somebody's data never becomes a label."""
    assert label(value) == "other"
