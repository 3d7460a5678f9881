"""The city's own numbers, checked by the hub's validators."""

from datetime import date

import pytest

from hub.domain.identifiers import check_identifier, check_unit_code, check_uscc
from hub.simulate.numbers import NUMBER_FAULTS, NumberOffice, credit_code, full_width, is_citizen_number


def test_numbers_are_valid_and_never_handed_out_twice():
    office = NumberOffice()
    birth = date(1960, 3, 15).toordinal()
    numbers = [office.citizen_number("429801", birth, sex) for sex in "12" for _ in range(400)]
    assert len(set(numbers)) == 800
    assert all(check_identifier("RIC", number, "1960-03-15").codes == () for number in numbers)
    assert numbers[0] == "429801196003150017"


@pytest.mark.parametrize(("why", "spoil"), NUMBER_FAULTS, ids=[why for why, _ in NUMBER_FAULTS])
def test_spoilt_numbers_fail(why, spoil):
    office = NumberOffice()
    codes = set()
    for day in range(0, 12_000, 37):
        number = office.citizen_number("429802", date(1940, 1, 1).toordinal() + day, "12"[day % 2])
        found = check_identifier("RIC", spoil(number))
        assert found.errors
        codes |= set(found.errors)
        assert not is_citizen_number(spoil(number)) or {"REGION_UNKNOWN", "DATE"} & set(found.errors)
    assert codes


def test_full_width_numbers_are_valid():
    assert check_identifier("RIC", full_width("429801196003150017")).canonical == "429801196003150017"


def test_unit_and_credit_codes_are_valid():
    office = NumberOffice()
    units = [office.unit_code("429803") for _ in range(3000)]
    assert len(set(units)) == 3000
    assert all(check_unit_code(unit).ok for unit in units)
    assert all(
        check_uscc(credit_code(kind, "429801", serial)).codes == ()
        for kind in ("11", "12", "91")
        for serial in range(50)
    )
