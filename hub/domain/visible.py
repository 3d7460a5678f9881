"""What the agency that acts on an alert may see of the events behind it (domain 5.3, guard 1.4 e)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

# Who a person is, and where exactly they live, is in the agency's own record; an explanation repeats none of it.
_NEVER = frozenset(
    {
        "old_value", "new_value", "id_no_old", "id_no_new", "address", "address_text", "hukou_address", "permit_no",
        "birth_cert_no", "employer_org",
    }
)  # fmt: skip
_INSURERS_OWN = "hrss.medical_coverage_changed"
EVERY_FACT = frozenset({"*"})


def seen_by(agency: str, event_type: str) -> frozenset[str] | None:
    """Facts of such an event that the agency may see: EVERY_FACT of its own, none of what it may only know to exist.

    None: it may not even know what kind of event it is.
    """
    owner = "MSI" if event_type == _INSURERS_OWN else event_type.partition(".")[0].upper()
    return EVERY_FACT if agency == owner else _table().get(event_type, {}).get(agency)


def showable(name: str, seen: frozenset[str]) -> bool:
    """Whether a fact may stand in an explanation for somebody who may see these."""
    return name not in _NEVER and (seen == EVERY_FACT or name in seen)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, frozenset[str]]]:
    data = tomllib.loads(files("hub").joinpath("data", "visible.toml").read_text(encoding="utf-8"))
    return {
        event_type: {agency: frozenset(facts) for agency, facts in area.items() if agency != "events"}
        for area in data.values()
        for event_type in area["events"]
    }
