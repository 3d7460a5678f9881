"""The small code tables."""

import pytest

from hub.domain.code_tables import (
    ID_TYPE,
    MARITAL,
    NATIONAL_INSURANCE,
    RELATION,
    SCHEME,
    SEX,
    collapse_relation,
    marital_group,
)
from hub.domain.person_ids import ID_TYPES


def test_the_tables_hold_the_standards_codes():
    """Numbers of codes and a label of each table."""
    assert (len(SEX), len(MARITAL), len(RELATION)) == (4, 8, 83)
    assert (SEX["1"], MARITAL["30"], RELATION["47"], RELATION["92"]) == ("男", "丧偶", "曾孙", "表亲")
    assert "80" not in RELATION
    assert tuple(ID_TYPE) == ID_TYPES
    assert SCHEME.keys() == NATIONAL_INSURANCE.keys()


@pytest.mark.parametrize(
    ("code", "group"), [("10", "10"), ("21", "20"), ("23", "20"), ("30", "30"), ("40", "40"), ("90", "90")]
)
def test_marital_statuses_compare_by_group(code, group):
    """First marriage, remarriage and resumed marriage are all married."""
    assert marital_group(code) == group


@pytest.mark.parametrize("code", ["24", "39", "", "married"])
def test_a_marital_code_of_another_table_is_refused(code):
    """Codes of systems in the wild mean other things and are not guessed."""
    with pytest.raises(ValueError, match="unknown"):
        marital_group(code)


def test_relations_do_not_reveal_an_adoption():
    """27, 37, 57 and 58 collapse; all other codes stay, and the result is a code of the table."""
    collapsed = {code: collapse_relation(code) for code in RELATION if collapse_relation(code) != code}
    assert collapsed == {"27": "20", "37": "30", "57": "51", "58": "52"}
    assert set(collapsed.values()) <= set(RELATION)
