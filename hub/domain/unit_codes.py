"""Codes of real-estate units 不动产单元代码, GB/T 37346-2019.

County 6, cadastral district 3, sub-district 3, parcel feature 2 (who owns the land, what right), parcel 5, kind of
thing on it 1 and its number 8. There is no check digit: only structure and county can be checked.
"""

from __future__ import annotations

import re
import unicodedata

from hub.domain.person_ids import Check
from hub.domain.regions import RegionTable, load_regions

# Land without a fixture (W) has nothing to number; parcels count from 00001.
_SHAPE = re.compile(r"[0-9]{12}[GJZ][A-HSWXY](?!00000)[0-9]{5}(?:[FLQ][0-9]{8}|W0{8})")
_ALLOWED = re.compile(r"[0-9A-Z]*")
_COUNTY = re.compile(r"[0-9]{6}")
# Printed in four groups with blanks or dashes between them.
_GROUPING = re.compile(r"[\s\u200b-\u200f\u2010-\u2015\ufeff-]+")


def check_unit_code(value: str, *, regions: RegionTable | None = None) -> Check:
    """Check a code: LEN, CHARS, REGION_UNKNOWN. `canonical` has no blanks.

    Without `regions` the fictional demo city counts as known, as in `check_identifier`.
    """
    text = _GROUPING.sub("", unicodedata.normalize("NFKC", value)).upper()
    codes = [] if len(text) == 28 else ["LEN"]
    if not (_ALLOWED if codes else _SHAPE).fullmatch(text):
        codes.append("CHARS")
    table = load_regions(fictional=True) if regions is None else regions
    shaped = not codes
    if len(text) == 28 and _COUNTY.match(text) and not table.known(text[:6]):
        codes.append("REGION_UNKNOWN")
    return Check("UNIT_CODE", value, text if shaped else None, tuple(codes))
