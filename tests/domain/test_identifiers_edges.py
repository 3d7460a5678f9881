"""Edges of the number checks that mutation testing found unguarded: each was a line that could be changed unseen."""

import pytest

from hub.domain.identifiers import Check, check_identifier, check_unit_code, check_uscc, mask_identifier
from hub.domain.person_ids import mod_11_2
from hub.domain.regions import load_regions


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("E12", "E**"),
        ("E1234567", "E******7"),
        ("E12345678", "E1******8"),
        ("H1234567801", "H1********1"),
        ("CAN110081080310", "CAN**********10"),
        ("USAP00000012345678", "USA*************78"),
        ("T42012345678901234567890", "T42*******************90"),
    ],
)
def test_a_mask_shows_a_few_characters_at_both_ends(value, shown):
    """Never more than three in front and two behind, however long the number is; a short one shows less."""
    assert mask_identifier(value) == shown


@pytest.mark.parametrize(
    "code",
    [
        "91429801MA0000090A",  # eleven minus nothing: the inner check character is 0
        "91429801MA000004XY",  # ten: it is X
        "91429801MA0000189T",
    ],
)
def test_an_organisation_code_is_kept_without_its_blanks(code):
    """Printed in groups or typed in small letters it is the same code, and there is nothing to say of it."""
    written = f" {code[:8]} {code[8:].lower()}\u200b"
    assert check_uscc(written) == Check("USCC", written, code, ())


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("9142980", ("LEN",)),
        ("9142980I", ("LEN", "CHARS")),
        ("I" * 18, ("CHARS",)),
        ("91429801MA0000090A1", ("LEN",)),
        ("9142980AMA0000090A", ("CHARS",)),  # the region is digits
        ("91429801MA0000090B", ("CHECKSUM",)),
    ],
)
def test_an_organisation_code_tells_every_fault_at_once(value, codes):
    """Nothing that is no code has a form to compare by."""
    check = check_uscc(value)
    assert (check.id_type, check.raw, check.codes) == ("USCC", value, codes)
    assert (check.canonical is None) == (codes != ("CHECKSUM",))


@pytest.mark.parametrize(
    ("id_type", "value", "codes"),
    [
        ("RIC15", "无", ["LEN", "CHARS"]),
        ("RIC15", "4298016003150011", ["LEN"]),
        ("RIC15", "429801600315001", ["LEGACY15", "SEX_MISMATCH", "BIRTH_MISMATCH"]),
        ("RIC", "429801X96003160027", ["CHARS"]),  # no birth date, so none that is wrong
        (
            "RIC",
            "42980119600315A017",
            ["CHARS", "BIRTH_MISMATCH"],
        ),  # its date is whole, the sequence with the sex is not
        ("RIC", "999999X96003160027", ["CHARS", "REGION_UNKNOWN"]),
        (
            "RIC",
            "429801196003510019",
            ["DATE", "SEX_MISMATCH"],
        ),  # a day that never was agrees and disagrees with nothing
        ("RIC", "11010519491231001X", ["CHECKSUM", "SEX_MISMATCH", "BIRTH_MISMATCH"]),
        ("RIC", "111111111111111000", ["AGE_GT_130", "REGION_UNKNOWN", "PRECISION_LOSS", "BIRTH_MISMATCH"]),
        ("FPR_OLD", "CAN110081080310", ["BIRTH_MISMATCH"]),
        ("FPR_OLD", "CAN110081130311", ["DATE", "CHECKSUM"]),
        ("FPR_NEW", "911124198108030024", ["BIRTH_MISMATCH"]),
    ],
)
def test_what_a_number_says_is_compared_as_far_as_it_can_be_read(id_type, value, codes):
    """A woman born on 16 March 1960 with numbers of others, and with such as only begin or end well."""
    assert list(check_identifier(id_type, value, "1960-03-16", "2").codes) == codes


@pytest.mark.parametrize("value", ["429801X96003150017", "42980119600315001Y", "4.29801E+17", "429801"])
def test_what_cannot_be_a_number_has_nothing_to_compare_by(value):
    """It is kept as it was sent, under its type, and tells neither birth date nor sex."""
    check = check_identifier("RIC", value)
    assert (check.id_type, check.raw, check.canonical) == ("RIC", value, None)
    assert (check.birth_date, check.sex, check.linkable) == (None, None, False)


def test_a_card_of_2004_has_two_digits_of_the_year_and_a_check_digit():
    """Any century will do; what is compared is the day."""
    for born, check_digit in (("1981-08-03", 0), ("2081-08-03", 0)):
        assert check_identifier("FPR_OLD", f"CAN11008108031{check_digit}", born).codes == ()
    check = check_identifier("FPR_OLD", "CAN110081080310", "1981-08-04")
    assert (check.codes, check.canonical, check.linkable) == (("BIRTH_MISMATCH",), "CAN110081080310", True)


def test_a_leap_day_is_a_day_in_its_century():
    """1900 had none, 2000 had one: on a card that does not say the century either will do."""
    for digit in range(10):
        codes = check_identifier("FPR_OLD", f"CAN11000002290{digit}").codes
        assert "DATE" not in codes
        assert "DATE" in check_identifier("FPR_OLD", f"CAN11000102290{digit}").codes


def test_without_a_record_date_births_from_1900_to_2030_are_plausible():
    """The first and the last such day raise no question, the days beside them do."""
    for born, codes in (
        ("18991231", ["AGE_GT_130"]),
        ("19000101", []),
        ("20301231", []),
        ("20310101", ["FUTURE"]),
    ):
        body = f"429801{born}002"
        assert list(check_identifier("RIC", body + mod_11_2(body)).codes) == codes


def test_a_passport_tells_no_birth_date_however_long_it_is():
    """Only numbers of GB 11643 and the foreigners' card of 2023 carry one."""
    check = check_identifier("PASSPORT", "E1234567890123456")
    assert (check.codes, check.canonical, check.birth_date, check.sex) == ((), "E1234567890123456", None, None)


def test_an_unknown_type_is_told_which_there_are():
    """The caller reads every name that could have been meant."""
    with pytest.raises(ValueError, match="expected one of RIC, RIC15, HMT_RP, FPR_NEW, FPR_OLD, "):
        check_identifier("IDCARD", "")


@pytest.mark.parametrize(
    ("code", "canonical", "codes"),
    [
        ("429801 001002 gb00001 f00030501", "429801001002GB00001F00030501", ()),
        ("429899001002GB00001F00030501", "429899001002GB00001F00030501", ("REGION_UNKNOWN",)),
        ("429801001002GB00000F00030501", None, ("CHARS",)),
        ("429801001002GB00001F0003050", None, ("LEN",)),
        ("110101001002GB00001F00030501", "110101001002GB00001F00030501", ()),
    ],
)
def test_a_dwellings_code_has_a_form_to_compare_by_if_it_is_shaped_like_one(code, canonical, codes):
    """An unknown county does not spoil the form; a wrong character or length does."""
    assert check_unit_code(code) == Check("UNIT_CODE", code, canonical, codes)


def test_the_fictional_county_has_no_dwellings_in_production():
    """The caller's table decides, where there is one."""
    real = load_regions(fictional=False)
    assert check_unit_code("429801001002GB00001F00030501", regions=real).codes == ("REGION_UNKNOWN",)


@pytest.mark.parametrize(
    ("id_type", "value", "canonical"),
    [
        ("PERMIT_NO", "示居2026-1", "示居20261"),
        ("BIRTH_CERT", "T420000001", "T420000001"),
        ("TW_PERMIT", "00000001", "00000001"),
        ("HK_MO_PERMIT", "H0000000201", "H00000002"),
        ("FPR_OLD", "GBR110085123104", "GBR110085123104"),
    ],
)
def test_other_numbers_have_a_form_to_compare_by(id_type, value, canonical):
    """Two different digits are enough to be nobody's filler; blanks and dashes are no part of a number."""
    check = check_identifier(id_type, value)
    assert (check.canonical, check.codes) == (canonical, ())


@pytest.mark.parametrize("value", ["440524X99701010014", "4405241997A1010014"])
def test_a_county_is_compared_with_a_year_that_can_be_read(value):
    """潮阳县 ended in 1993: where the year is whole it is told that it is late, where it is not nothing is compared."""
    late = value[6:10].isdigit()
    assert list(check_identifier("RIC", value).codes) == ["CHARS", *(["REGION_LATE"] if late else [])]


def test_the_day_of_a_record_may_come_with_its_time():
    """A number that is newborn when its record is written, at whatever hour."""
    number = "429801202603010018"
    for recorded_on in ("2026-03-02", "2026-03-02T09:00:00+08:00"):
        assert "FUTURE" not in check_identifier("RIC", number, recorded_on=recorded_on).codes
        earlier = recorded_on.replace("2026", "2025")
        assert "FUTURE" in check_identifier("RIC", number, recorded_on=earlier).codes
