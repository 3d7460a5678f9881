"""Region codes and the city they belong to."""

import pytest

from hub.domain.regions import city_key, load_regions, same_city

TABLE = load_regions(fictional=False)


def test_the_whole_history_is_known():
    """6,823 spans of codes from 1981 to 2024, abolished ones too."""
    assert sum(1 for _ in TABLE.spans()) == 6823
    assert TABLE.known("140202")
    assert not TABLE.known("429899")


def test_an_abolished_code_names_its_year_and_its_successors():
    """Three districts of 大同 became three others in 2018, 1:n."""
    assert TABLE.abolished_year("140203") == 2018
    assert set(TABLE.successors("140203")) <= {"140212", "140213", "140214"}
    assert TABLE.successors("140203")
    assert TABLE.abolished_year("110105") is None


def test_an_abolished_code_leads_to_those_in_force():
    """Over any number of changes, 1:n; a code in force stays itself, and an unknown one leads nowhere."""
    assert TABLE.current("330103") == ("330105",)
    assert TABLE.current("140202") == ("140213", "140214")
    assert TABLE.current("420502") == ("420502",)
    assert TABLE.current("999999") == ()
    for span in TABLE.spans():
        for code in TABLE.current(span.code):
            assert TABLE.abolished_year(code) is None
    chained = [s.code for s in TABLE.spans() if any(TABLE.abolished_year(n) for n in TABLE.successors(s.code))]
    assert len([code for code in chained if TABLE.current(code)]) > 100


def test_validity_is_by_year():
    """A code is in force in some years and not in others."""
    assert TABLE.ever_valid_on("440524", "1990-06-01")
    assert not TABLE.ever_valid_on("440524", "1995-06-01")
    assert not TABLE.ever_valid_on("000000", "1995-06-01")


def test_a_code_in_use_again_is_not_abolished():
    """429021 changed hands in 1990 and came back in 1994."""
    assert TABLE.abolished_year("429021") is None
    assert TABLE.name("429021") == "神农架林区"
    assert TABLE.name("000000") is None


def test_the_demo_city_is_there_only_on_demand():
    """No real region has prefix 4298."""
    fictional = load_regions(fictional=True)
    assert [fictional.name(f"42980{n}") for n in range(4)] == ["示例市", "城中区", "城东区", "江北县"]
    assert not any(span.code.startswith("4298") for span in TABLE.spans())


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("420502", "4205"),
        ("110101", "11"),
        ("310115", "31"),
        ("429004", "429004"),
        ("659001", "659001"),
        ("429801", "4298"),
    ],
)
def test_a_county_belongs_to_a_city(code, key):
    """Municipalities are one city; counties directly under a province are their own."""
    assert city_key(code) == key


def test_moves_inside_a_city():
    """Two districts are one city, two directly administered counties are not."""
    assert same_city("429801", "429803")
    assert not same_city("429004", "429005")
