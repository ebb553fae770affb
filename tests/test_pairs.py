"""A question and a passage as rows for the network: kinds, offsets, windows."""

import itertools

import pytest

from qa.pairs import (
    LACKING,
    OVERLAP,
    PASSAGE,
    QUESTION,
    QUESTION_ROOM,
    SHARED,
    WINDOW,
    PairEncoder,
)
from qa.weights import find_weights


@pytest.fixture(scope="module")
def encoder() -> PairEncoder:
    folder = find_weights().folder
    assert folder is not None
    return PairEncoder(folder / "tokenizer.json")


def test_a_row_as_computed_by_hand(encoder: PairEncoder) -> None:
    [window] = encoder.windows("When does it open?", "It opens on 3 May.")
    # [CLS] when does it open ? [SEP] it opens on 3 may . [SEP]
    asked, read = [2043, 2515, 2009, 2330, 1029], [2009, 7480, 2006, 1017, 2089, 1012]
    assert window.ids == [101, *asked, 102, *read, 102]
    # "it" carries grammar only; "opens" is "open" with another ending.
    assert window.kinds == [QUESTION] * 7 + [PASSAGE, SHARED] + [PASSAGE] * 5
    assert window.first == 7
    assert window.spans == [(0, 2), (3, 8), (9, 11), (12, 13), (14, 17), (17, 18)]
    assert window.words == [0, 1, 2, 3, 4, 5]


def test_what_the_passage_never_says_is_marked_in_the_question(encoder: PairEncoder) -> None:
    [window] = encoder.windows("When did Misri close it?", "Closing took days.")
    # [CLS] when did mis ##ri close it ? [SEP] closing took days . [SEP]
    asked = [QUESTION] * 3 + [LACKING] * 2 + [QUESTION] * 4
    assert window.kinds == [*asked, SHARED, *[PASSAGE] * 4]


def test_a_word_in_pieces_is_one_word(encoder: PairEncoder) -> None:
    [window] = encoder.windows("Who?", "Misri spoke")
    assert window.spans == [(0, 3), (3, 5), (6, 11)]
    assert window.words == [0, 0, 1]


def test_a_long_passage_is_read_in_overlapping_windows(encoder: PairEncoder) -> None:
    text = " ".join(f"word{n}" for n in range(400))
    windows = list(encoder.windows("Which word?", text))
    assert len(windows) > 2
    assert all(len(window.ids) <= WINDOW for window in windows)
    covered = set().union(*(set(window.spans) for window in windows))
    assert "".join(text[a:b] for a, b in sorted(covered)) == text.replace(" ", "")
    for one, other in itertools.pairwise(windows):
        assert one.spans[-OVERLAP:] == other.spans[:OVERLAP]


def test_a_long_question_leaves_room_to_read(encoder: PairEncoder) -> None:
    [window] = encoder.windows("why " * 5000, "Because.")
    assert window.first == QUESTION_ROOM + 2


@pytest.mark.parametrize("text", ["", "  \n "])
def test_no_words_no_window(encoder: PairEncoder, text: str) -> None:
    assert list(encoder.windows("When?", text)) == []
