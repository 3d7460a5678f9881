"""Names: what is folded away, what is a stand-in, and what stays different."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.names import (
    _SQUEEZED_PARTS,
    _parts,
    compare_names,
    fold_name,
    name_codepoints,
    normalize_name,
)

han = st.text(st.sampled_from("王李张单吕买买提艾力伟玮丽麗䶮𬭎·•?□〇(民)YANLV -."), max_size=8)


@given(st.text() | han, st.text() | han)
def test_comparing_is_symmetric(a, b):
    """Which agency came first makes no difference."""
    assert compare_names(a, b) == compare_names(b, a)


@given(st.text() | han)
def test_a_name_equals_itself(name):
    """Any text is EXACT with itself, and normalising it twice changes nothing more."""
    assert compare_names(name, name) == "EXACT"
    assert normalize_name(normalize_name(name)) == normalize_name(name)


@given(han)
def test_folding_twice_changes_nothing_more(name):
    """The key of a key is the key."""
    assert fold_name(fold_name(name)) == fold_name(name)


@pytest.mark.parametrize("dot", "·•‧∙⋅・･·᛫⸱ꞏ●ᐧㆍ.．，。-－—")
def test_every_dot_between_characters_is_the_interpunct(dot):
    """The dot of minority names comes in all shapes (民委发〔2016〕33号 knows one)."""
    assert normalize_name(f"买买提{dot}艾力") == "买买提·艾力"
    assert compare_names(f"买买提 {dot} 艾力", "买买提·艾力") == "EXACT"


@pytest.mark.parametrize(
    "noise",
    [
        "\u200b",
        "\u200c",
        "\u200d",
        "\ufeff",
        "\u202a",
        "\u202e",
        "\u2066",
        "\u00ad",
        "\ufe0f",
        "\U000e0100",
        "\t",
        "\u3000",
        " ",
    ],
)
def test_what_cannot_be_seen_does_not_count(noise):
    """Zero-width, bidi and variation characters, and blanks between Chinese characters, are gone."""
    assert normalize_name(f"{noise}王{noise}伟{noise}") == "王伟"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("马\uf988", "马麗"),
        ("\u2f00凡", "一凡"),
        ("\u2ee2伟", "马伟"),
        ("王\ue854", "王\u9fba"),
        ("王\ue816", "王\U00020087"),
        ("李\ue863", "李䶮"),
    ],
)
def test_compatibility_and_private_use_characters_become_the_real_ones(written, meant):
    """Compatibility ideographs, radicals, and GB 18030's private-use characters are the same character, EXACT."""
    assert compare_names(written, meant) == "EXACT"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("髙伟", "高伟"),
        ("锺山", "钟山"),
        ("鐘山", "钟山"),
        ("李峯", "李峰"),
        ("王祕", "王秘"),
        ("黃强", "黄强"),
        ("𠮷田", "吉田"),
        ("龑", "䶮"),
        ("王○", "王〇"),
        ("張偉", "张伟"),
        ("甯静", "宁静"),
    ],
)
def test_script_variants(a, b):
    """Traditional and variant forms are VARIANT and never EXACT: some are legally different names."""
    assert compare_names(a, b) == "VARIANT"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("李䶮", "李yan"),
        ("李䶮", "李Yan"),
        ("李䶮", "李 ＹＡＮ"),
        ("吕强", "LV强"),
        ("吕强", "LYU强"),
        ("吕强", "LU强"),
        ("吕强", "lǚ强"),
        ("单伟", "SHAN伟"),
        ("张𬭎", "张?"),
        ("张𬭎", "张？"),
        ("张𬭎", "张■"),
        ("张𬭎", "张*"),
        ("张𬭎", "张〇"),
        ("张𬭎", "张\ue123"),
        ("张𬭎", "张\ufffd"),
        ("王珉", "王（王民）"),
        ("王珉", "王(玉民)"),
        ("王喆", "王(吉吉)"),
        ("王堃", "王(方方土)"),
        ("李烨", "李(火华)"),
        ("章明", "(立早)明"),
        ("张𬭎", "张(金宏)"),
        ("王珉", "王⿰王民"),
        ("王钰", "王(金玉)"),
        ("买买提·艾力", "买买提·艾?"),
        ("張□明", "张小明"),
    ],
)
def test_stand_ins(a, b):
    """A mark, a syllable or a description in place of one character is PLACEHOLDER."""
    assert compare_names(a, b) == "PLACEHOLDER"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("单伟", "善伟"),
        ("仇英", "求英"),
        ("解放", "谢放"),
        ("区明", "欧明"),
        ("曾庆", "增庆"),
        ("朴实", "飘实"),
        ("尉迟恭", "玉迟恭"),
        ("代伟", "戴伟"),
        ("邱伟", "丘伟"),
        ("欧阳晓", "欧阳小"),
        ("张李晓明", "张李小明"),
    ],
)
def test_names_that_sound_alike(a, b):
    """Toneless pinyin at every position, surnames in their own reading, is POSSIBLE."""
    assert compare_names(a, b) == "POSSIBLE"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("单伟", "丹伟"),
        ("曾庆", "层庆"),
        ("王伟", "王(王民)"),
        ("张三丰", "张三(已故)"),
        ("李䶮", "李WEI"),
        ("王伟", "王?伟"),
        ("李雷", "LI LEI"),
        ("王伟", "??"),
        ("阿依古丽", "阿依古力"),
        ("买买提·艾力", "买买提·爱丽"),
        ("买买提·艾力", "艾力·买买提"),
        ("买买提·艾力", "买买提"),
        ("王伟", ""),
        ("张𬭎", "张"),
    ],
)
def test_names_that_stay_different(a, b):
    """Other readings, other lengths, notes in brackets, transliterations, and marks without one agreeing character."""
    assert compare_names(a, b) == "DIFFERENT"


def test_a_character_outside_the_first_plane_is_one_character():
    """𬭎 is one code point, however many bytes or units a database counts."""
    assert name_codepoints("张𬭎") == ["U+5F20", "U+2CB4E"]


def test_no_character_is_part_of_itself():
    """The table of parts has no loop, also after squeezed forms are named in full."""
    parts = _parts()
    ended: set[str] = set()

    def walk(character, above):
        assert character not in above
        if character in ended:
            return
        for part in parts.get(character, "").translate(_SQUEEZED_PARTS):
            walk(part, above | {character})
        ended.add(character)

    for character in parts:
        walk(character, frozenset())
