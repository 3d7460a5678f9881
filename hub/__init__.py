"""Resident Hub: agencies make claims; the record is a fold over claims; an alert is what a rule finds true of the fold.

The few names outsiders may import (contract 7)."""

from __future__ import annotations

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
