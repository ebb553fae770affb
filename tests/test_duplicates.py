"""Documents that are nearly the same text: counted by hand, planted, and against all pairs."""

import random

import pytest

from qa.duplicates import SHARED, near_copies, shared
from qa.types import Document

TWENTY = " ".join(f"w{n}" for n in range(20))  # 16 runs of five words


@pytest.mark.parametrize(
    ("one", "other", "part"),
    [
        (TWENTY, TWENTY.upper() + "!", 1),
        (TWENTY, TWENTY.replace("w10", "x"), 11 / 16),  # five runs hold the tenth word
        (TWENTY, TWENTY.replace("w0 ", ""), 1),  # 15 runs, all of them in the longer one
        (TWENTY, "y z " + TWENTY.replace("w19", "x"), 15 / 16),  # 18 runs, of which 15 of the 16
        (TWENTY, "w0 w1 w2 w3 w4 w5 w6 w7", 1),  # 4 runs are a quarter of 16
        (TWENTY, "w0 w1 w2 w3 w4 w5 w6", 0),  # 3 are less
        (TWENTY, " ".join(reversed(TWENTY.split())), 0),
        ("a b c", "A, b: c.", 1),
        ("a b c", "a b d", 0),
        ("\u5927\u6865\u4e94\u6708\u901a\u8f66", "\u5927\u6865\u4e94\u6708\u901a\u822a", 1 / 2),
        ("\u2026", "\u2026", 0),
    ],
)
def test_the_shared_part_is_that_of_the_shorter_text(one: str, other: str, part: float) -> None:
    for pair in ((one, other), (other, one)):
        assert shared(*map(Document, pair)) == pytest.approx(part)


FIRE = (
    "A fire destroyed the old grain store in Halden on Friday night. Forty firefighters from three "
    "towns worked until dawn to keep the flames from the station next to it. Nobody was hurt, but "
    "two families had to leave their homes, the mayor, Tove Lind, said. The store had stood empty "
    "since the mill closed in 1998, and the town had planned to turn it into a library. The police "
    "are looking for two young people who were seen near the building shortly before midnight. "
    "An insurer is expected to put the damage at nine million crowns."
)
# The agency's text in a second paper: another title and opening, edited, and cut at the end.
FIRE_ELSEWHERE = (
    "Halden's grain store is gone\n\nOur reporter counted six engines at the scene. "
    + FIRE[FIRE.index("Forty") : FIRE.index("An insurer")].replace("two young people", "two youths")
)
# Another reporter's account of the same night.
FIRE_ALONE = (
    "The empty grain store beside Halden's station burned down in the night to Saturday. The "
    "mayor, Tove Lind, said that nobody was hurt and that two families are staying with friends. "
    "It took the fire brigades of three towns until morning to put it out. The building, unused "
    "since 1998, was to become a library. Police want to speak to two people seen there before "
    "midnight."
)


def test_wire_copy_is_grouped_and_another_report_is_not() -> None:
    wire, cut, alone = map(Document, (FIRE, FIRE_ELSEWHERE, FIRE_ALONE))
    assert shared(wire, cut) > SHARED
    assert shared(wire, alone) < 0.05
    assert near_copies([alone, cut, wire]) == [(wire, cut)]
    assert near_copies([alone, wire]) == []
    assert near_copies([]) == []


def planted(count: int) -> tuple[list[Document], set[frozenset[str]]]:
    """Return documents in no order, with a footer in common, and the groups that are planted."""
    chance = random.Random(20)
    words = [f"w{n}" for n in range(4000)]
    weights = [1 / (n + 1) for n in range(4000)]
    footer = chance.choices(words, weights, k=40)

    def text(size: int) -> list[str]:
        return chance.choices(words, weights, k=size)

    documents, groups = [], set()
    for _ in range(count):
        whole = text(chance.randrange(150, 400))
        group = [whole]
        for _ in range(chance.choice([0, 0, 0, 1, 3])):
            copy = text(30) + whole[30 : int(len(whole) * chance.uniform(0.75, 1))]
            copy[chance.randrange(30, len(copy))] = "edited"
            group.append(copy)
        made = [Document(" ".join(one + footer)) for one in group]
        documents += made
        if len(made) > 1:
            groups.add(frozenset(document.id for document in made))
    chance.shuffle(documents)
    return documents, groups


def test_every_planted_copy_is_found_and_no_other() -> None:
    documents, groups = planted(150)
    found = near_copies(documents)
    assert {frozenset(document.id for document in group) for group in found} == groups
    order = {document.id: number for number, document in enumerate(documents)}
    for first, *copies in found:
        assert all(len(first.text) >= 0.9 * len(copy.text) for copy in copies)
        numbers = [order[copy.id] for copy in copies]
        assert numbers == sorted(numbers)


def test_a_footer_in_common_is_no_copy_however_often() -> None:
    footer = " ".join(f"f{n}" for n in range(60))
    documents = [
        Document(" ".join(f"d{n}x{m}" for m in range(70)) + " " + footer) for n in range(80)
    ]
    assert near_copies(documents) == []
