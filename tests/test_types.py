"""The nouns: true offsets, unpaired surrogates, and plain values for JSON."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import DocumentError
from qa.types import Answer, Copy, Document, Hit, Passage, Span, well_formed

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)


@given(ANY_TEXT)
def test_well_formed_keeps_every_place_and_can_be_encoded(text: str) -> None:
    fixed = well_formed(text)
    assert len(fixed) == len(text)
    fixed.encode()
    for before, after in zip(text, fixed, strict=True):
        assert after == ("\ufffd" if "\ud800" <= before <= "\udfff" else before)


def test_a_surrogate_pair_split_in_two_does_not_become_one_character() -> None:
    assert well_formed("a\ud83d\ude00b") == "a\ufffd\ufffdb"


def test_document_id_is_the_hash_of_its_text() -> None:
    assert Document("abc", title="x").id == "ba7816bf8f01cfea"
    assert Document("abc", source="y").id == Document("abc").id


@pytest.mark.parametrize(
    "make",
    [
        lambda: Document(None),  # type: ignore[arg-type]
        lambda: Document("a", captions=(Span(0, 2),)),
        lambda: Document("a", captions=(Span(1, 0),)),
        lambda: Document("a", pages=(2,)),
        lambda: Document("abc", pages=(2, 1)),
        lambda: Document("a", author=None),  # type: ignore[arg-type]
    ],
)
def test_a_document_that_cannot_be_is_refused(make: Callable[[], Document]) -> None:
    with pytest.raises(DocumentError, match=r"A document's"):
        make()


def test_pages_are_told_where_they_are_known() -> None:
    document = Document("One. Two. Three.", pages=(0, 5, 5, 10, 16))
    # Page 2 is empty: what starts where it does stands on page 3.
    assert [document.page_of(offset) for offset in (0, 4, 5, 9, 10, 15)] == [1, 1, 3, 3, 4, 4]
    assert Document("One.", pages=(2,)).page_of(0) == 1
    assert Document("One.").page_of(0) is None


def test_answer_as_plain_values() -> None:
    document = Document("The visit begins. It ends.", title="T", source="s.txt", pages=(0, 18))
    passage = Passage("p:1", document.id, document.text, 0, 26, (Span(0, 17), Span(18, 26)))
    other = Document("So: the visit begins. It ends.", title="U")
    hit = Hit(passage, document, 0.5, 0.25, 0.125, (Copy(other, Span(4, 30)),))
    answer = Answer(
        "begin?", "begin?", "visit", Span(4, 9), Span(0, 17), document, 0.75,
        "well supported", (hit,), ("soon",), ("visit",),
    )  # fmt: skip
    plain = json.loads(json.dumps(answer.to_dict()))
    sha256 = "6ab6260f0024a28c6b07194b90b0b034cfeb2a22d1f37f3d8ab14774df273e9b"
    source = {"id": sha256[:16], "sha256": sha256, "title": "T", "source": "s.txt"}
    also = {"id": other.id, "sha256": other.sha256, "title": "U", "source": ""}
    assert plain == {
        "question": "begin?",
        "resolved": "begin?",
        "carried": ["visit"],
        "answer": "visit",
        "start": 4,
        "end": 9,
        "sentence": "The visit begins.",
        "sentence_start": 0,
        "document": source,
        "page": 1,
        "confidence": 0.75,
        "band": "well supported",
        "missing": ["soon"],
        "hits": [
            {
                "passage": "p:1",
                "text": document.text,
                "start": 0,
                "end": 26,
                "document": source,
                "page": 1,
                "score": 0.5,
                "meaning": 0.25,
                "words": 0.125,
                "copies": [{"start": 4, "end": 30, "document": also}],
            }
        ],
    }
    assert answer
