"""Bytes of an agency's file into text, strictly: what cannot be read is said to be unreadable, never replaced."""

from __future__ import annotations

from types import MappingProxyType

# Python's gb18030 codec follows the 2000/2005 table, which puts characters of people's names into the private-use area;
# GB 18030-2022 gives them their Unicode places (domain 6.1 N0).
_TO_9FB4 = "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864"
GB18030_2022 = MappingProxyType(
    {ord(old): 0x9FB4 + index for index, old in enumerate(_TO_9FB4)}
    # The 2022 table leaves these six where they were; Unicode has them in Extension B.
    | {0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE831: 0x215D7, 0xE83B: 0x2298F, 0xE855: 0x241FE}
)

_UTF8_MARK = b"\xef\xbb\xbf"


class UnreadableText(ValueError):  # noqa: N818  always caught: bad text is a fault of one line
    """The bytes are not text in the declared encoding. Says why without quoting any."""


def decode(raw: bytes, encoding: str, *, opens_file: bool = False) -> str:
    """The text of some bytes. `opens_file`: a byte-order mark may stand in front and is dropped."""
    if opens_file and encoding == "gb18030" and raw.startswith(_UTF8_MARK):
        # Most UTF-8 text is also valid GB 18030 and would come out as other, plausible characters.
        raise UnreadableText("the file opens with the mark of UTF-8, but GB 18030 is declared")
    try:
        text = raw.decode("gb18030" if encoding == "gb18030" else "utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableText(f"not {encoding} at byte {error.start + 1} of the line") from None
    if encoding == "gb18030":
        text = text.translate(GB18030_2022)
    return text.removeprefix("\ufeff") if opens_file else text
