"""What the page says, made without Gradio: replies and the text beside them."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest

import qa
from qa.chat.replies import answer_html, hit_html, notice_html, question_html, turn_html
from qa.chat.source import anchor, choices, lines, number, shown_document, source_html
from qa.testing import WordCountEmbedder
from qa.types import Answer, Band, Copy, Document, Hit, Span, hit_to_dict

HOSTILE = (
    '<img src=x onerror="alert(1)"> ![](http://evil.example/x.png) [a](javascript:alert(2)) '
    "</mark></p><details open> `code` $$x$$ ${1+1} {{value}}"
)
FERRY = Document(
    "Ferry timetable\n\nThe ferry sails at noon. It is blue.\n\nPhoto: the ferry\n\n"
    "Dogs sail free. " + HOSTILE,
    title="Ferry timetable",
    captions=(Span(55, 71),),
)
FAIR = Document("The fair opens on Monday.", title="A <b>fair</b>")
NOON = Span(17, 41)


def index_of(*documents: Document) -> qa.Index:
    embedder = WordCountEmbedder(["ferry", "fair", "dogs"], room=30)
    return qa.Index.build(list(documents), embedder=embedder, asking=embedder)


def hits_of(index: qa.Index) -> tuple[Hit, ...]:
    return tuple(Hit(p, index.document_of(p), 1.0, 1.0, 1.0) for p in index.passages)


def answer_of(
    index: qa.Index,
    span: Span | None,
    *,
    band: Band = "well supported",
    resolved: str = "When does the ferry sail?",
    missing: tuple[str, ...] = (),
    carried: tuple[str, ...] = (),
    sentence: Span | None = None,
) -> dict[str, Any]:
    return Answer(
        question="When does the ferry sail?",
        resolved=resolved,
        text=span.of(FERRY.text) if span else None,
        span=span,
        sentence=sentence or span,
        document=FERRY if span else None,
        confidence=0.9,
        band=band if span else "not in the brief",
        hits=hits_of(index),
        missing=missing,
        carried=carried,
    ).to_dict()


def shown(page: str) -> str:
    """Return what a reader sees of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def tags(page: str) -> set[str]:
    return set(re.findall(r"</?([a-z0-9]+)", page))


def test_the_texts_of_this_file_are_what_their_offsets_say() -> None:
    assert NOON.of(FERRY.text) == "The ferry sails at noon."
    assert FERRY.captions[0].of(FERRY.text) == "Photo: the ferry"


def test_an_answer_is_its_marked_sentence_its_passage_and_its_band() -> None:
    index = index_of(FERRY)
    page = answer_html(answer_of(index, NOON))
    quote = re.search(r'<p class="qa-quote"[^>]*>(.*?)</p>', page)
    assert quote is not None
    assert shown(quote[1]) == "The ferry sails at noon. [1]"
    assert re.findall(r'<mark class="qa-answer">(.*?)</mark>', page) == [
        "The ferry sails at noon&#46;"
    ]
    assert f'href="#{anchor(index.passages[0].id)}"' in quote[1]
    assert '<span class="qa-band qa-well-supported">well supported</span>' in page
    assert "<summary>best-matching passages (3)</summary>" in page
    assert "%" not in shown(page)


def test_an_answer_inside_a_sentence_is_shown_in_its_sentence() -> None:
    noon = Span(NOON.end - 5, NOON.end - 1)
    inside = answer_of(index_of(FERRY), noon, sentence=NOON)
    quote = re.search(r'<p class="qa-quote"[^>]*>(.*?) <a', answer_html(inside))
    assert quote is not None
    assert quote[1] == 'The ferry sails at <mark class="qa-answer">noon</mark>&#46;'


def test_a_possible_answer_says_so() -> None:
    page = answer_html(answer_of(index_of(FERRY), NOON, band="possible"))
    assert '<span class="qa-band qa-possible">possible</span>' in page
    assert "well supported" not in page


def test_without_a_reader_the_passages_are_shown_with_the_reason() -> None:
    index = index_of(FERRY)
    page = answer_html(answer_of(index, None) | {"notice": "The <weights> are gone."}, turn="a")
    assert shown(page).startswith("The <weights> are gone.best-matching passages (3)")
    assert '<details class="qa-passages" open>' in page
    assert all(f'href="#{anchor(passage.id)}"' in page for passage in index.passages)
    assert "does not say" not in page
    assert "button" not in tags(page)


def test_silence_names_the_words_that_never_occur() -> None:
    page = answer_html(answer_of(index_of(FERRY), None, missing=("chess", "<i>")))
    assert "The brief does not say." in shown(page)
    assert re.findall(r"<q[^>]*>(.*?)</q>", page) == ["chess", "&#60;i&#62;"]
    assert "<summary>nearest passages (3)</summary>" in page
    assert "qa-answer" not in page
    assert "qa-band" not in page


def test_silence_over_a_pasted_page_stays_short() -> None:
    words = ("x" * 500, *(f"word{n}" for n in range(1, 20)))
    page = answer_html(answer_of(index_of(FERRY), None, missing=words))
    named = re.findall(r"<q[^>]*>(.*?)</q>", page)
    assert named == ["x" * 39 + "…", *(f"word{n}" for n in range(1, 8))]
    assert "and 12 more." in shown(page)


def test_only_a_question_that_was_changed_is_read_as_something() -> None:
    index = index_of(FERRY)
    changed = answer_of(index, NOON, resolved="when (<ferry>)?", carried=("<ferry>",))
    page = answer_html(changed, turn="a")
    assert "↳ read as: “when (<ferry>)?”" in shown(page)
    [name] = re.findall(r'class="qa-alone" aria-label="([^"]*)"', page)
    assert html.unescape(name) == "Ask as typed, without “<ferry>”"
    assert "qa-alone" not in answer_html(changed)
    assert "read as" not in answer_html(answer_of(index, NOON), turn="a")


def test_a_turn_can_be_copied_linked_to_and_judged() -> None:
    answer = answer_of(index_of(FERRY), NOON)
    turn = {"id": "5", "question": "When does the <ferry> sail?", "answer": answer, "liked": False}
    asked, reply = turn_html(turn, several=False)
    assert shown(asked) == "When does the <ferry> sail?"
    assert '<div class="qa-reply" data-turn="5" tabindex="-1">' in reply
    [copied] = re.findall(r'data-copy="([^"]*)"', reply)
    assert html.unescape(copied).startswith("“The ferry sails at noon.”\n")
    assert FERRY.id in copied
    [question] = re.findall(r'data-question="([^"]*)"', reply)
    assert html.unescape(question) == "When does the ferry sail?"
    assert re.findall(r'data-way="(\w+)" aria-pressed="(\w+)"', reply) == [
        ("up", "false"),
        ("down", "true"),
    ]
    silent = answer_html(answer_of(index_of(FERRY), None), turn="5", liked=True)
    assert "data-copy" not in silent
    assert re.findall(r'aria-pressed="(\w+)"', silent) == ["true", "false"]


@pytest.mark.parametrize(
    "change",
    [
        {"start": 18},
        {"sentence": "Another one."},
        {"band": "certain"},
        {"hits": [{}]},
        {"start": "a"},
    ],
)
def test_values_that_are_no_answer_are_refused(change: dict[str, Any]) -> None:
    values = answer_of(index_of(FERRY), NOON)
    assert answer_html(values)
    with pytest.raises((KeyError, TypeError, ValueError)):
        answer_html(values | change)


def test_an_anchor_is_a_name_whatever_the_id() -> None:
    assert anchor("ab:3") == "qa-ab-3"
    assert '"' not in anchor('a":3')
    assert number("ab:3") == "3"
    with pytest.raises(ValueError, match="invalid literal"):
        number("ab:<b>")


def test_a_passage_marks_the_words_of_the_question() -> None:
    hit = hit_to_dict(hits_of(index_of(FERRY))[0])
    page = hit_html(hit, "When do ferries sail?", rank=2)
    marked = re.findall(r'<mark class="qa-word">(.*?)</mark>', page)
    assert marked == ["Ferry", "ferry", "sails"]
    assert 'class="qa-hit qa-rank-2"' in page


def test_a_passage_names_the_documents_that_say_the_same() -> None:
    hit = hits_of(index_of(FERRY))[0]
    assert "also in" not in hit_html(hit_to_dict(hit), "ferry", rank=1)
    copies = tuple(Copy(replace(FAIR, title=f"<b>{n}"), Span(0, 3)) for n in range(9))
    page = hit_html(hit_to_dict(replace(hit, copies=copies)), "ferry", rank=1)
    names = "; ".join(f"<b>{n}" for n in range(8))
    assert f"also in: {names} and 1 more" in shown(page)
    assert "b" not in tags(page)


def test_one_of_several_documents_is_cited_by_its_title() -> None:
    index = index_of(FAIR, FERRY)
    page = answer_html(answer_of(index, NOON), several=True)
    quote = re.search(r'<p class="qa-quote"[^>]*>(.*?)</p>', page)
    assert quote is not None
    assert shown(quote[1]) == "The ferry sails at noon. Ferry timetable [1]"
    assert "A <b>fair</b> [1]" in shown(page)
    assert "<b>" not in page
    assert "The documents do not say." in answer_html(answer_of(index, None), several=True).replace(
        "&#46;", "."
    )


@pytest.mark.parametrize(("make", "tag"), [(question_html, "h2"), (notice_html, "p")])
def test_what_was_typed_is_text(make: object, tag: str) -> None:
    assert callable(make)
    page = make(HOSTILE)
    assert tags(page) == {tag}
    assert shown(page) == HOSTILE
    assert not re.search(r"[$`!\[({]", re.sub(r"<[^>]*>", "", page))


def test_a_citation_names_the_page() -> None:
    paged = replace(FERRY, pages=(0, 16))
    index = index_of(paged)
    answer = answer_of(index, NOON) | {"page": 2}  # the passage begins on page 1
    quote = re.search(r'<p class="qa-quote"[^>]*>(.*?)</p>', answer_html(answer))
    assert quote is not None
    assert shown(quote[1]) == "The ferry sails at noon. p. 2 [1]"
    page = source_html(index, paged)
    turned = re.findall(r'<p class="qa-line[^>]*?( data-page="\d")?>', page)
    assert turned == [' data-page="1"', ' data-page="2"', "", ""]


def test_hostile_documents_are_text_in_replies_and_in_the_source() -> None:
    index = index_of(FERRY)
    answer = answer_of(index, Span(FERRY.text.index("<img"), len(FERRY.text)))
    for page in (answer_html(answer), source_html(index, FERRY, answer)):
        assert HOSTILE in shown(page)
        assert tags(page) <= {"a", "details", "div", "li", "mark", "ol", "p", "span", "summary"}
        assert "alert(" not in page
        assert "evil.example" not in page


def test_the_source_is_the_whole_text_with_passages_tinted_and_the_answer_marked() -> None:
    index = index_of(FERRY)
    page = source_html(index, FERRY, answer_of(index, NOON))
    paragraphs = re.findall(r'<p class="([^"]*)"[^>]*>(.*?)</p>', page)
    assert [shown(text) for _, text in paragraphs] == [
        "Ferry timetable",
        "The ferry sails at noon. It is blue.",
        "Photo: the ferry",
        "Dogs sail free. " + HOSTILE,
    ]
    assert [kind for kind, _ in paragraphs] == [
        "qa-line qa-heading",
        "qa-line",
        "qa-line qa-caption",
        "qa-line",
    ]
    assert re.findall(r'<mark class="qa-answer">(.*?)</mark>', page) == [
        "The ferry sails at noon&#46;"
    ]
    first, second, third = index.passages
    assert re.findall(r'class="qa-passage qa-rank-(\d)" id="([^"]+)"', page) == [
        ("1", anchor(first.id)),
        ("2", anchor(second.id)),
        ("3", anchor(third.id)),
    ]
    assert "qa-rank" not in source_html(index, FERRY)


def test_every_citation_has_a_place_to_go() -> None:
    index = index_of(FAIR, FERRY)
    answer = answer_of(index, NOON)
    cited = set(re.findall(r'href="#([^"]+)"', answer_html(answer, several=True)))
    pages = "".join(source_html(index, document, answer) for document in index.documents)
    places = re.findall(r' id="([^"]+)"', pages)
    assert cited <= set(places)
    assert len(places) == len(set(places)) == len(index.passages)


def test_of_several_documents_the_one_an_answer_rests_on_is_shown() -> None:
    index = index_of(FAIR, FERRY)
    answer = answer_of(index, NOON)
    assert shown_document(index, answer) == FERRY
    assert shown_document(index, answer_of(index, None)) == FAIR  # of the first hit
    assert shown_document(index_of(FAIR), answer) is None
    assert shown_document(index, None) is None
    assert '<mark class="qa-answer">' not in source_html(index, FAIR, answer)


def test_documents_of_one_name_are_told_apart() -> None:
    notes = [Document(f"Note {n}.", title="A note") for n in (1, 2)]
    assert choices(index_of(*notes, FERRY)) == [
        ("A note (1)", notes[0].id),
        ("A note (2)", notes[1].id),
        ("Ferry timetable", FERRY.id),
    ]


def test_who_wrote_a_text_and_when_is_shown_above_it() -> None:
    note = Document("It rains.", source="<i>.txt", author="Bo & Co", date="2031-05-02")
    facts = re.search(r'<p class="qa-facts"[^>]*>(.*?)</p>', source_html(index_of(note), note))
    assert facts is not None
    assert shown(facts[1]) == "Bo & Co · 2031-05-02 · <i>.txt"
    assert "qa-facts" not in source_html(index_of(FAIR), FAIR)


def test_lines_are_spans_of_the_text() -> None:
    text = "a\n\n  b \n"
    assert [span.of(text) for span in lines(text, 0, len(text))] == ["a", "  b "]
    assert list(lines(text, 1, 2)) == []
