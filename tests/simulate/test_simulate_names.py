"""Names and their misspellings are what the hub's comparison of names must make of them."""

import random
from itertools import pairwise

from hub.domain.names import compare_names
from hub.simulate import names


def test_misspellings_have_their_class():
    book = names.NameBook(random.Random(5))
    seen = set()
    for number in range(2000):
        sex = "12"[number % 2]
        name = book.draw(sex)
        spellings = {
            "EXACT": [names.spaced(name)],
            "VARIANT": [names.traditional(name), names.without_dot(name)],
            "PLACEHOLDER": [names.with_placeholder(name)],
            "POSSIBLE": [] if names.is_dotted(name) else [names.homophone(name)],
            "DIFFERENT": [book.draw_unlike(name, sex)] + ([] if names.is_dotted(name) else [book.rename(name, sex)]),
        }
        for expected, others in spellings.items():
            for other in others:
                if other != name:
                    assert compare_names(name, other) == expected, (name, other)
                    seen.add(expected)
    assert len(seen) == 5


def test_differ_never_takes_two_spellings_for_two_people():
    book = names.NameBook(random.Random(6))
    drawn = [book.draw("2") for _ in range(300)]
    for one, other in pairwise(drawn):
        if book.differ(one, other):
            assert compare_names(one, other) == "DIFFERENT"
