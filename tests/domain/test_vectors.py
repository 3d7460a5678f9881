"""Every vector of the domain specification (`tests/data/vectors.json`, domain 2.8 and 6.4)."""

import json
from pathlib import Path

import pytest

from hub.domain.addresses import compare_addresses
from hub.domain.identifiers import check_identifier, check_unit_code, check_uscc
from hub.domain.names import compare_names
from hub.domain.pension_age import pension_age

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "vectors.json").read_text(encoding="utf-8"))


def verdict(check):
    """A check in the vectors' notation: errors, or OK, then warnings, or what a legacy number becomes."""
    if "LEGACY15" in check.codes:
        return "+".join(check.errors) + f"->{check.canonical}"
    return "+".join(["+".join(check.errors) or "OK", *check.warnings])


@pytest.mark.parametrize(("number", "id_type", "expected"), VECTORS["person_ids"])
def test_person_numbers(number, id_type, expected):
    """Each specimen number gets exactly the codes the specification gives it."""
    assert verdict(check_identifier(id_type, number)) == expected


@pytest.mark.parametrize(("code", "expected"), VECTORS["uscc"])
def test_organisation_codes(code, expected):
    """Each organisation code gets exactly the codes the specification gives it."""
    assert verdict(check_uscc(code)) == expected


@pytest.mark.parametrize(("code", "expected"), VECTORS["real_estate_unit"])
def test_unit_codes(code, expected):
    """Each real-estate unit code gets exactly the codes the specification gives it."""
    assert verdict(check_unit_code(code)) == expected


@pytest.mark.parametrize(("scheme", "birth_month", "expected"), VECTORS["pension_age"])
def test_pension_ages(scheme, birth_month, expected):
    """Each birth month retires at the age of the decision's own table."""
    years, months = pension_age(scheme, birth_month)
    assert f"{years}y{months}m" == expected


@pytest.mark.parametrize(("a", "b", "expected"), VECTORS["names"])
def test_names(a, b, expected):
    """Each pair of names falls into its class, whichever comes first."""
    assert (compare_names(a, b), compare_names(b, a)) == (expected, expected)


@pytest.mark.parametrize("prefix", [True, False], ids=["with-region", "without-region"])
@pytest.mark.parametrize(("a", "b", "expected"), VECTORS["addresses"])
def test_addresses(a, b, expected, prefix):
    """Each pair of addresses gets its result, with and without the region in front, whichever comes first."""
    if not prefix:
        a, b = (text.replace("示例市城中区", "") for text in (a, b))
    assert (compare_addresses(a, b), compare_addresses(b, a)) == (expected, expected)
