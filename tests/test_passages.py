"""Cutting: laws 1 and 2 for any text, and the cases a reader can follow by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.embedder import Embedder
from qa.passages import MAX_CHARACTERS, cut
from qa.sentences import split_paragraphs, split_sentences
from qa.testing import WordCountEmbedder
from qa.types import Document, Span

words = WordCountEmbedder([]).token_spans


def texts(text: str, *, room: int, captions: tuple[Span, ...] = ()) -> list[str]:
    cutting = cut(Document(text, captions=captions), token_spans=words, room=room)
    return [passage.text for passage in cutting.passages]


def test_a_paragraph_is_a_passage_and_a_long_one_is_cut_between_sentences() -> None:
    text = "One two three. Four five.\n\nSix seven. Eight. Nine ten eleven."
    assert texts(text, room=5) == [
        "One two three. Four five.",
        "Six seven. Eight.",
        "Nine ten eleven.",
    ]


def test_a_heading_goes_with_its_paragraph_and_a_caption_alone() -> None:
    text = "The heading\n\nBody text here.\n\nPhoto: a ship\n\nMore body."
    caption = Span(text.index("Photo"), text.index("Photo") + 13)
    assert texts(text, room=9, captions=(caption,)) == [
        "The heading\n\nBody text here.",
        "Photo: a ship",
        "More body.",
    ]


def test_a_caption_between_a_heading_and_its_text_parts_them() -> None:
    text = "The heading\n\nPhoto: a ship\n\nBody text here."
    caption = Span(text.index("Photo"), text.index("Photo") + 13)
    expected = ["The heading", "Photo: a ship", "Body text here."]
    assert texts(text, room=9, captions=(caption,)) == expected


def test_a_sentence_too_long_is_cut_at_a_word_and_counted() -> None:
    document = Document("One two three four five six seven. Short one.")
    cutting = cut(document, token_spans=words, room=3)
    assert [p.text for p in cutting.passages] == [
        "One two three",
        "four five six",
        "seven. Short one.",
    ]
    assert cutting.broken_sentences == 1


def test_ids_and_sentences_are_spans_of_the_document() -> None:
    document = Document("One two. Three four.\n\nFive six.")
    first, second = cut(document, token_spans=words, room=9).passages
    assert (first.id, second.id) == (f"{document.id}:1", f"{document.id}:2")
    assert [span.of(document.text) for span in first.sentences] == ["One two.", "Three four."]
    assert (second.start, second.end, second.document_id) == (22, 31, document.id)


ALPHABET = st.sampled_from('ab.!? \n\n\u3002\u4ea4\u00e9\ud800\U0001f600\t\u00a0"U.S.')


def check_laws(text: str, embedder: Embedder, room: int) -> None:
    document = Document(text)
    cutting = cut(document, token_spans=embedder.token_spans, room=room)
    end = 0
    whole = {
        Span(p.start + s.start, p.start + s.end)
        for p in split_paragraphs(document.text)
        for s in split_sentences(p.of(document.text))
    }
    broken = 0
    for passage in cutting.passages:
        assert document.text[passage.start : passage.end] == passage.text  # law 1
        assert len(embedder.token_spans(passage.text)) <= room  # law 2
        assert len(passage.text) <= MAX_CHARACTERS
        assert end <= passage.start
        assert not document.text[end : passage.start].strip()  # nothing is lost
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end
        inner = [s for s in passage.sentences if s not in whole]
        broken += bool(inner)
        end = passage.end
    assert not document.text[end:].strip()
    assert (broken > 0) == (cutting.broken_sentences > 0)  # all others are kept whole


@settings(max_examples=300, deadline=None)
@given(st.text(ALPHABET, max_size=300), st.integers(1, 12))
def test_laws_1_and_2_for_any_text(text: str, room: int) -> None:
    check_laws(text, WordCountEmbedder([]), room)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.characters(codec=None), max_size=400) | st.text(ALPHABET, max_size=900),
    room=st.integers(4, 40),
)
def test_laws_1_and_2_with_the_models_tokens(twin: Embedder, text: str, room: int) -> None:
    check_laws(text, twin, room)


@pytest.mark.parametrize("text", ["x" * 10**6, "ab " * 10**5, "\u4ea4" * 30_000, ". " * 10**4])
def test_laws_for_very_long_texts_without_a_border(twin: Embedder, text: str) -> None:
    check_laws(text, twin, twin.room)
    document = Document(text)
    cutting = cut(document, token_spans=twin.token_spans, room=twin.room)
    assert "".join(p.text for p in cutting.passages).replace(" ", "") == text.replace(" ", "")


def test_the_limit_counts_special_tokens(twin: Embedder) -> None:
    # The model's limit is 256; two of its tokens open and close every text.
    assert twin.room == 254
