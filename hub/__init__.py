"""Resident Hub: agencies make claims; the record is a fold over claims; an alert is what a rule finds true of the fold.

The few names outsiders may import (contract 7). They are resolved on first use, so that importing one validator does
not load the whole pipeline.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.domain.addresses import compare_addresses
    from hub.domain.identifiers import Check, check_identifier, check_unit_code, check_uscc
    from hub.domain.names import compare_names
    from hub.domain.pension_age import pension_age
    from hub.facade import Hub

__all__ = [
    "Check",
    "Hub",
    "check_identifier",
    "check_unit_code",
    "check_uscc",
    "compare_addresses",
    "compare_names",
    "pension_age",
]

_HOMES = {
    "Check": "hub.domain.identifiers",
    "Hub": "hub.facade",
    "check_identifier": "hub.domain.identifiers",
    "check_unit_code": "hub.domain.identifiers",
    "check_uscc": "hub.domain.identifiers",
    "compare_addresses": "hub.domain.addresses",
    "compare_names": "hub.domain.names",
    "pension_age": "hub.domain.pension_age",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'hub' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
