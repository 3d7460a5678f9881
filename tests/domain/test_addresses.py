"""Addresses: one dwelling written many ways, and dwellings next door to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.address_parts import parse_address
from hub.domain.addresses import compare_addresses, street_level

PAIRS = """
东山大道甲12号|东山大道12号甲|SAME
东山大道12号附1号|东山大道12-1号|SAME
东山大道12号附1|东山大道12号附一号|SAME
东山大道12号之一|东山大道12-1号|SAME
东山大道12号附1|东山大道12号|DIFFERENT
东山大道甲12号|东山大道12号|DIFFERENT
东山大道012号|东山大道12号|SAME
东山大道12|东山大道12号|SAME
东山大道12号501|东山大道12号501室|SAME
东山大道12号对面|东山大道12号|POSSIBLE
东山大道12号院3栋501|东山大道12号3栋501|SAME
东山大道12号两单元501|东山大道12号2单元501|SAME
东山大道12号二十三栋1202室|东山大道12号23幢1202|SAME
东山大道12号一百零二室|东山大道12号102室|SAME
东山大道12号3-2-501|东山大道12号3栋2单元501|SAME
东山大道12号3-501|东山大道12号3栋501|POSSIBLE
东山大道12号(原8号)3栋501室|东山大道12号3栋501室|SAME
东山大道12号地下一层|东山大道12号负1层|SAME
东山大道12号|东山大道14号|DIFFERENT
解放路三巷12号|解放路三巷十二号|SAME
解放路三巷12号|解放路12号|DIFFERENT
长宁路1200弄5号301室|长宁路1200弄5号楼301|SAME
三峡路8号|3峡路8号|DIFFERENT
三门路8号|三门路八号|SAME
一号路8号|一号路八号|SAME
湖北路12号|湖北路十二号|SAME
八一村5组1号|81村5组1号|DIFFERENT
第一小区三栋501|第一小区3栋501室|SAME
第一小区3栋501|第二小区3栋501|DIFFERENT
桃花苑二期3栋501|桃花苑一期3栋501|DIFFERENT
桃花苑小区|桃花苑|SAME
五一路小区3栋501|五一路3栋501|SAME
江南小镇3栋501|江南小镇3幢501|SAME
幸福新村3栋501|幸福新村三幢501|SAME
桃花苑３栋２单元５０１室|桃花苑3棟2單元501號|SAME
桃花苑 3栋 2单元 501|桃花苑3栋-2单元-501室|SAME
桃花苑三幢二门五〇一|桃花苑3栋2单元501室|SAME
桃花苑3#2-501|桃花苑3栋2-501|SAME
桃花苑3楼2单元501|桃花苑3号楼2单元501号|SAME
桃花苑3-2-5-501|桃花苑3栋2单元501室|SAME
桃花苑03-02-0501|桃花苑3-2-501|SAME
桃花苑3栋5楼501|桃花苑3栋501室|SAME
桃花苑3栋首层|桃花苑3栋底层|SAME
桃花苑3栋负一层|桃花苑3栋-1层|SAME
桃花苑3栋首层101|桃花苑3栋101|SAME
桃花苑3栋5层1号|桃花苑3栋501室|POSSIBLE
桃花苑3栋5层|桃花苑3栋601室|DIFFERENT
桃花苑10栋501|桃花苑1栋0501|DIFFERENT
桃花苑A座501|桃花苑B座501|DIFFERENT
桃花苑A501|桃花苑A座501|POSSIBLE
桃花苑甲栋501|桃花苑乙栋501|DIFFERENT
桃花苑3栋|桃花苑3栋501|POSSIBLE
桃花苑501室|桃花苑3栋501室|POSSIBLE
桃花苑3-501|桃花苑3-501室|SAME
桃花苑3-501|桃花苑3栋2单元501室|POSSIBLE
桃花苑3-501|桃花苑5栋2单元501|DIFFERENT
桃花苑(曾用名建材厂宿舍)3栋501室|建材厂宿舍3栋501室|POSSIBLE
东山大道12号桃花苑3栋2单元501室|桃花苑3栋2单元501室|SAME
东山大道12号桃花苑3栋2单元501室|东山大道12号3栋2单元501室|SAME
东山大道桃花苑3栋501|桃花苑3栋501室|SAME
东山大道12号3栋2单元501室|桃花苑3栋2单元502室|DIFFERENT
东山大道12号|桃花苑|DIFFERENT
学院街办东山大道12号|学院街道东山大道12号|SAME
学院街道桃花社区居委会桃花苑3栋501|桃花苑3栋501室|SAME
学院街道东山大道12号|城北街道东山大道12号|DIFFERENT
马祖镇马祖村委会5组12号|马祖镇马祖村第五村民小组12号|SAME
马祖村村民委员会五组12号|马祖镇马祖村5生产队12号|SAME
马祖镇马祖村12号|马祖镇马祖村13号|DIFFERENT
马祖镇马祖村大湾组12号|马祖镇马祖村小湾组12号|DIFFERENT
湖北省示例市城中区桃花苑3栋501|城中区桃花苑3栋501|SAME
示例市城中区桃花苑3栋501|示例市城东区桃花苑3栋501|DIFFERENT
北京市朝阳区建国路88号|北京市市辖区朝阳区建国路88号|SAME
新疆维吾尔自治区乌鲁木齐市天山区人民路1号|新疆乌鲁木齐市天山区人民路1号|SAME
3栋501|3栋501|POSSIBLE
"""


@pytest.mark.parametrize(("a", "b", "expected"), [line.split("|") for line in PAIRS.strip().splitlines()])
def test_pairs(a, b, expected):
    """Each pair gets its result, whichever comes first."""
    assert (compare_addresses(a, b), compare_addresses(b, a)) == (expected, expected)


text = st.text() | st.text(
    st.sampled_from("示例市城中区学院街道东山大道桃花苑村组0123一二三五十号栋幢楼单元门室附甲负层-#A()（原） "),
    max_size=24,
)


@given(text, text)
def test_any_two_texts_compare_alike_both_ways(a, b):
    """No text raises, and order makes no difference."""
    assert compare_addresses(a, b) == compare_addresses(b, a)


@given(st.integers(1, 40), st.integers(1, 6), st.integers(101, 3306), st.integers(101, 3306))
def test_neighbours_are_never_the_same(building, unit, room, other_room):
    """In one unit, SAME is the same room and nothing else, in every spelling."""
    written = f"桃花苑{building}-{unit}-{room}"
    spelt = f"示例市城中区桃花苑小区{building}号楼{unit}门{other_room}号"
    assert compare_addresses(written, spelt) == ("SAME" if room == other_room else "DIFFERENT")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("湖北省示例市城中区学院街道办事处东山大道12号3栋501室", "湖北省示例市城中区学院街道"),
        ("示例市江北县马祖镇马祖村5组12号", "示例市江北县马祖镇"),
        ("桃花苑3栋501室", ""),
        ("", ""),
    ],
)
def test_an_address_is_shown_to_street_level(address, shown):
    """Estate, building and door are never shown; what is not recognised is left out."""
    assert street_level(address) == shown


def test_an_address_is_taken_apart():
    """All parts of a full address are found."""
    parsed = parse_address("湖北省示例市城中区学院街道桃花社区东山大道12号附1号桃花苑3栋2单元501室")
    assert (parsed.county, parsed.street, parsed.community) == ("城中区", "学院街道", "桃花社区")
    assert (parsed.road, parsed.number, parsed.estate) == ("东山大道", "12附1", "桃花苑")
    assert (parsed.building, parsed.unit, parsed.room) == ("3", "2", "501")
