"""Person numbers, organisation codes, unit codes, and how they are masked."""

import timeit
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.domain.identifiers import (
    ID_TYPES,
    check_identifier,
    check_unit_code,
    check_uscc,
    mask_identifier,
    mask_name,
)
from hub.domain.org_codes import ALPHABET, uscc_check_character
from hub.domain.person_ids import mod_11_2
from hub.domain.regions import load_regions

PERSON = "429801196003150017"

first_17 = st.builds(
    lambda region, born, sequence: region + born.strftime("%Y%m%d") + f"{sequence:03d}",
    st.sampled_from(["429801", "429802", "429803", "110105"]),
    st.dates(min_value=date(1920, 1, 1), max_value=date(2026, 1, 1)),
    st.integers(1, 999),
)
numbers = first_17.map(lambda text: text + mod_11_2(text))


@given(numbers)
def test_a_number_with_its_check_digit_is_ok_and_links(number):
    """Region, date, sequence and check digit right: nothing to say."""
    check = check_identifier("RIC", number)
    assert (check.codes, check.canonical, check.ok, check.linkable) == ((), number, True, True)
    assert check.birth_date == f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    assert check.sex == ("1" if int(number[16]) % 2 else "2")


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_every_wrong_digit_is_caught(number, at, step):
    """MOD 11-2 catches any one wrong digit."""
    wrong = number[:at] + str((int(number[at]) + step) % 10) + number[at + 1 :]
    assert {"CHECKSUM", "PRECISION_LOSS"} & set(check_identifier("RIC", wrong).codes)
    assert not check_identifier("RIC", wrong).linkable


@given(numbers, st.integers(0, 15))
def test_every_swap_of_neighbours_is_caught(number, at):
    """MOD 11-2 catches any two neighbouring digits swapped."""
    assume(number[at] != number[at + 1])
    wrong = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert {"CHECKSUM", "PRECISION_LOSS"} & set(check_identifier("RIC", wrong).codes)


@given(st.sampled_from([*ID_TYPES, "FPR"]), st.text() | st.text("0123456789XHM EŌ+.-*年", max_size=24))
def test_no_text_makes_a_check_raise(id_type, text):
    """Whatever an agency sends, the answer is codes."""
    check = check_identifier(id_type, text, "1960-03-15", "1", recorded_on="2026-03-01")
    assert check.raw == text
    assert not (check.linkable and check.canonical is None)
    assert (check.birth_date is None) or check.canonical is not None


@given(st.text())
def test_no_text_makes_the_other_checks_raise(text):
    """Organisation and unit codes answer with codes as well."""
    assert check_uscc(text).raw == check_unit_code(text).raw == text


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("11010519491231002х", "11010519491231002X"),
        ("11010519491231002Χ", "11010519491231002X"),
        ("11010519491231002×", "11010519491231002X"),
        ("11010519491231002*", "11010519491231002X"),
        ("11010519491231002ⅹ", "11010519491231002X"),
        ("'429801196003150017", PERSON),
        (" 429801 1960 0315 0017\u200b", PERSON),
        ("429801-19600315-0017", PERSON),
        ("429801\u00a019600315–0017", PERSON),
        ("\ufeff429801196003150017\n", PERSON),
    ],
)
def test_a_number_is_normalised_before_it_is_checked(written, canonical):
    """Typing and export leave traces that are not errors; the value as sent is kept."""
    check = check_identifier("RIC", written)
    assert (check.canonical, check.codes, check.raw) == (canonical, (), written)


@pytest.mark.parametrize(
    ("id_type", "value", "codes"),
    [
        ("RIC", "429801196003510019", {"DATE"}),
        ("RIC", "", {"LEN"}),
        ("RIC", "无", {"LEN", "CHARS"}),
        ("RIC", "待补", {"LEN", "CHARS"}),
        ("RIC", "000000000000000000", {"DATE", "SEQ_000", "CHECKSUM", "REGION_UNKNOWN"}),
        ("RIC", "111111111111111111", {"AGE_GT_130", "CHECKSUM", "REGION_UNKNOWN"}),
        ("RIC", "4298011960031500170", {"LEN"}),
        ("RIC", "4.29801e+17", {"SCI_NOTATION"}),
        ("RIC", "429801********0017", {"CHARS"}),
        ("RIC", "42980X196003150017", {"CHARS"}),
        ("RIC", "429801600315001", {"LEGACY15"}),
        ("RIC", "830000199201300022", {"REGION_UNKNOWN"}),
        ("RIC15", PERSON, {"LEN"}),
        ("RIC15", "42980160031500A", {"CHARS"}),
        ("RIC15", "429801800101997", {"LEGACY15", "AGE_GT_130"}),
        ("RIC15", "429801601315001", {"LEGACY15", "DATE"}),
        ("HMT_RP", "820000199009270036", set()),
        ("HMT_RP", "710000199009270036", {"REGION_UNKNOWN", "CHECKSUM"}),
        ("FPR_NEW", "911124198108030025", {"CHECKSUM"}),
        ("FPR_NEW", PERSON, {"CHARS"}),
        ("FPR_OLD", "CAN110081080311", {"CHECKSUM"}),
        ("FPR_OLD", "CAN110081130310", {"DATE", "CHECKSUM"}),
        ("FPR_OLD", "CAN11008108031", {"LEN"}),
        ("FPR_OLD", "C4N110081080310", {"CHARS"}),
        ("HK_MO_PERMIT", "H1234567801", set()),
        ("HK_MO_PERMIT", "K12345678", {"CHARS"}),
        ("HK_MO_PERMIT", "H1234567", {"LEN"}),
        ("TW_PERMIT", "12345678", set()),
        ("TW_PERMIT", "00000000", {"CHARS"}),
        ("TW_PERMIT", "123456789", {"LEN"}),
        ("PASSPORT", "E12345678", set()),
        ("PASSPORT", "E123", {"LEN"}),
        ("BIRTH_CERT", "T420123456", set()),
        ("BIRTH_CERT", "待补", {"CHARS"}),
        ("BIRTH_CERT", "0000000000", {"CHARS"}),
        ("SSN_FOREIGN", "USAP00000012345678", set()),
        ("SSN_FOREIGN", "USAP0000001234567", {"LEN"}),
        ("PERMIT_NO", "示居2026-1", set()),
        ("HUKOU_NO", "", {"LEN"}),
    ],
)
def test_every_fault_is_told_at_once(id_type, value, codes):
    """One answer holds every code that applies and no other."""
    assert set(check_identifier(id_type, value).codes) == codes


def test_the_age_and_the_future_are_those_of_the_record():
    """A number is judged by the day it was recorded, with a day of grace for clocks."""
    born_2026_03_02 = "42980120260302001"
    number = born_2026_03_02 + mod_11_2(born_2026_03_02)
    assert check_identifier("RIC", number, recorded_on="2026-03-01").codes == ()
    assert check_identifier("RIC", number, recorded_on="2026-02-28").codes == ("FUTURE",)
    assert check_identifier("RIC", number).codes == ()
    old = "42980119000101001"
    assert check_identifier("RIC", old + mod_11_2(old)).codes == ()
    assert check_identifier("RIC", old + mod_11_2(old), recorded_on="2030-01-02").codes == ("AGE_GT_130",)


def test_an_abolished_region_is_normal_unless_it_ended_long_before_birth():
    """Codes stay for life; one that ended more than three years before birth is a typing error, perhaps."""
    for year, codes in (("1990", ()), ("1996", ()), ("1997", ("REGION_LATE",))):
        text = f"440524{year}0101001"  # 潮阳县, abolished in 1993
        check = check_identifier("RIC", text + mod_11_2(text))
        assert check.codes == codes
        assert check.ok


def test_the_fictional_city_is_unknown_to_a_production_table():
    """Demo persons fail where the overlay is not loaded."""
    assert check_identifier("RIC", PERSON, regions=load_regions(fictional=False)).codes == ("REGION_UNKNOWN",)


def test_contradictions_are_told_but_do_not_spoil_the_number():
    """Rule ID-05 asks the agency; the number itself is right and links."""
    check = check_identifier("RIC", PERSON, "1960-03-16", "2")
    assert set(check.codes) == {"SEX_MISMATCH", "BIRTH_MISMATCH"}
    assert check.ok
    assert check.linkable
    assert check_identifier("RIC", PERSON, "1960-03-15", "1").codes == ()
    assert check_identifier("RIC", PERSON, None, "9").codes == ()


def test_an_unreadable_number_says_nothing_of_its_holder():
    """Birth date and sex are not read from a number with a wrong check digit."""
    check = check_identifier("RIC", "429801196003150012")
    assert (check.birth_date, check.sex) == (None, None)


def test_a_foreigners_card_tells_the_birth_date_but_not_the_sex():
    """The meaning of odd and even is GB 11643's; on the foreigners' card it was not verified."""
    check = check_identifier("FPR", "911124198108030024", sex="1")
    assert (check.id_type, check.birth_date, check.sex, check.codes) == ("FPR_NEW", "1981-08-03", None, ())
    assert check_identifier("FPR", "CAN110081080310").id_type == "FPR_OLD"


@pytest.mark.parametrize(
    ("id_type", "value", "linkable"),
    [
        ("RIC15", "110105491231002", True),
        ("RIC15", "110105491331002", False),
        ("RIC", "440524188001010014", True),
        ("PASSPORT", "E12345678", False),
        ("PERMIT_NO", "429801A00001", False),
        ("HUKOU_NO", "HK-0001", False),
        ("BIRTH_CERT", "T420123456", True),
        ("HK_MO_PERMIT", "H12345678", True),
    ],
)
def test_only_numbers_that_stand_for_one_person_link(id_type, value, linkable):
    """Passports need their country, local numbers are reused: they never join records."""
    assert check_identifier(id_type, value).linkable is linkable


def test_reissues_of_a_home_return_permit_are_one_number():
    """The last two digits count the cards, not the persons."""
    first, second = (check_identifier("HK_MO_PERMIT", text).canonical for text in ("H1234567801", "H1234567802"))
    assert first == second == "H12345678"


def test_an_unknown_type_is_refused_without_naming_the_value():
    """A wrong type is the caller's fault; the number must not reach a log."""
    with pytest.raises(ValueError, match="unknown id_type") as caught:
        check_identifier("IDCARD", PERSON)
    assert PERSON not in str(caught.value)


@given(st.lists(st.sampled_from(ALPHABET), min_size=9, max_size=9))
def test_a_wrong_organisation_character_is_caught(tail):
    """GB 32100 catches any one wrong character."""
    first = "11429801" + "".join(tail)
    code = first + uscc_check_character(first)
    assert "CHECKSUM" not in check_uscc(code).codes
    for at in range(8, 17):
        other = ALPHABET[(ALPHABET.index(code[at]) + 1) % 31]
        assert "CHECKSUM" in check_uscc(code[:at] + other + code[at + 1 :]).codes


def test_a_wrong_inner_organisation_code_is_only_a_warning():
    """GB 11714 inside GB 32100 may be wrong on codes in lawful use."""
    first = "114298010000001" + "22"
    check = check_uscc(first + uscc_check_character(first))
    assert (check.codes, check.ok) == (("ORG_INNER",), True)


@pytest.mark.parametrize(
    ("code", "codes"),
    [
        ("429801001002GB00000F00030501", ("CHARS",)),
        ("429801001002GB00001W00030501", ("CHARS",)),
        ("429899001002GB00001F00030501", ("REGION_UNKNOWN",)),
        ("429801001002gb00001f00030501", ()),
        ("", ("LEN",)),
        ("无", ("LEN", "CHARS")),
    ],
)
def test_unit_codes_are_checked_by_structure_and_county(code, codes):
    """There is no check digit: a parcel 00000 or a numbered nothing is all that can be told."""
    check = check_unit_code(code)
    assert check.codes == codes
    assert check.linkable is False


@given(st.text(max_size=40))
def test_a_mask_shows_at_most_a_third(value):
    """Anything but an 18-digit number is hidden by two thirds."""
    masked = mask_identifier(value)
    assert len(masked) == len(value)
    if not (len(value) == 18 and value.isascii() and value[:17].isdigit()):
        shown = len(value) - sum(kept == "*" for kept in masked)
        assert shown <= len(value) // 3


@given(numbers)
def test_a_masked_number_hides_birth_and_half_the_number(number):
    """Eight stars stand over the birth date."""
    masked = mask_identifier(number)
    assert masked == number[:6] + "********" + number[14:]


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王伟", "王*"),
        ("欧阳晓晓", "欧*"),
        ("买买提·艾力", "买*"),
        ("LI LEI", "L*"),
        ("王", "*"),
        ("", "*"),
        (" \u200b", "*"),
    ],
)
def test_a_masked_name_is_one_character_and_a_star(name, masked):
    """The star does not tell how long the name is."""
    assert mask_name(name) == masked


def test_checking_a_number_is_fast():
    """Every event checks several numbers; the budget is 10 µs, asserted loosely for slow machines."""
    seconds = min(timeit.repeat(lambda: check_identifier("RIC", PERSON, "1960-03-15", "1"), number=2_000, repeat=5))
    assert seconds / 2_000 < 50e-6
