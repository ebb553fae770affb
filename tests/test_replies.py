"""What the page says, made without Gradio: replies and the brief beside them."""

import html
import re
from dataclasses import replace

import pytest

import qa
from qa.chat.replies import answer_html, hit_html, notice_html, question_html, unread_html
from qa.chat.source import anchor, lines, source_html
from qa.testing import WordCountEmbedder
from qa.types import Answer, Band, Copy, Document, Hit, Span

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
) -> Answer:
    return Answer(
        question="When does the ferry sail?",
        resolved=resolved,
        text=span.of(FERRY.text) if span else None,
        span=span,
        sentence=span,
        document=FERRY if span else None,
        confidence=0.9,
        band=band if span else "not in the brief",
        hits=hits_of(index),
        missing=missing,
    )


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
    assert f'href="#{anchor(index.passages[0])}"' in quote[1]
    assert '<span class="qa-band qa-well-supported">well supported</span>' in page
    assert "<summary>best-matching passages (3)</summary>" in page
    assert "%" not in shown(page)


def test_an_answer_inside_a_sentence_is_shown_in_its_sentence() -> None:
    whole = answer_of(index_of(FERRY), NOON)
    noon = Span(NOON.end - 5, NOON.end - 1)
    inside = Answer(**{f: getattr(whole, f) for f in whole.__slots__} | {"span": noon})
    quote = re.search(r'<p class="qa-quote"[^>]*>(.*?) <a', answer_html(inside))
    assert quote is not None
    assert quote[1] == 'The ferry sails at <mark class="qa-answer">noon</mark>&#46;'


def test_a_possible_answer_says_so() -> None:
    page = answer_html(answer_of(index_of(FERRY), NOON, band="possible"))
    assert '<span class="qa-band qa-possible">possible</span>' in page
    assert "well supported" not in page


def test_without_a_reader_the_passages_are_shown_with_the_reason() -> None:
    index = index_of(FERRY)
    hits = answer_of(index, NOON).hits
    page = unread_html("The <weights> are gone.", hits, "When does the ferry sail?")
    assert shown(page).startswith("The <weights> are gone.best-matching passages (3)")
    assert '<details class="qa-passages" open>' in page
    assert all(f'href="#{anchor(hit.passage)}"' in page for hit in hits[:3])
    assert "does not say" not in page


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
    changed = answer_html(answer_of(index, NOON, resolved="when (ferry)?"))
    assert "↳ read as: “when (ferry)?”" in shown(changed)
    assert "read as" not in answer_html(answer_of(index, NOON))


def test_a_passage_marks_the_words_of_the_question() -> None:
    hit = hits_of(index_of(FERRY))[0]
    page = hit_html(hit, "When do ferries sail?", rank=2)
    marked = re.findall(r'<mark class="qa-word">(.*?)</mark>', page)
    assert marked == ["Ferry", "ferry", "sails"]
    assert 'class="qa-hit qa-rank-2"' in page


def test_a_passage_names_the_documents_that_say_the_same() -> None:
    hit = hits_of(index_of(FERRY))[0]
    assert "also in" not in hit_html(hit, "ferry", rank=1)
    copies = tuple(Copy(replace(FAIR, title=f"<b>{n}"), Span(0, 3)) for n in range(9))
    page = hit_html(replace(hit, copies=copies), "ferry", rank=1)
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


@pytest.mark.parametrize("make", [question_html, notice_html])
def test_what_was_typed_is_text(make: object) -> None:
    assert callable(make)
    page = make(HOSTILE)
    assert tags(page) == {"p"}
    assert shown(page) == HOSTILE
    assert not re.search(r"[$`!\[({]", re.sub(r"<[^>]*>", "", page))


def test_hostile_documents_are_text_in_replies_and_in_the_source() -> None:
    index = index_of(FERRY)
    answer = answer_of(index, Span(FERRY.text.index("<img"), len(FERRY.text)))
    for page in (answer_html(answer), source_html(index, answer)):
        assert HOSTILE in shown(page)
        assert tags(page) <= {"a", "details", "div", "li", "mark", "ol", "p", "span", "summary"}
        assert "alert(" not in page
        assert "evil.example" not in page


def test_the_source_is_the_whole_text_with_passages_tinted_and_the_answer_marked() -> None:
    index = index_of(FERRY)
    page = source_html(index, answer_of(index, NOON))
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
        ("1", anchor(first)),
        ("2", anchor(second)),
        ("3", anchor(third)),
    ]
    assert "qa-rank" not in source_html(index)


def test_every_citation_has_a_place_to_go() -> None:
    index = index_of(FAIR, FERRY)
    answer = answer_of(index, NOON)
    cited = set(re.findall(r'href="#([^"]+)"', answer_html(answer, several=True)))
    places = re.findall(r' id="([^"]+)"', source_html(index, answer))
    assert cited <= set(places)
    assert len(places) == len(set(places)) == len(index.passages)


def test_of_many_documents_those_cited_are_shown_when_there_is_no_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [Document(f"Note {n} says little.", title=f"Note {n}") for n in range(5)]
    index = index_of(*others, FERRY)
    ferry_only = answer_of(index_of(FERRY), NOON)
    monkeypatch.setattr("qa.chat.source.MAX_CHARACTERS", len(FERRY.text) + 45)
    page = source_html(index, ferry_only)
    titles = [shown(t) for t in re.findall(r"<summary>(.*?)</summary>", page)]
    assert titles == ["Note 0", "Note 1", "Ferry timetable"]
    assert re.findall(r"<details[^>]*?( open)?>", page) == ["", "", " open"]
    assert "and 3 more, shown when cited" in shown(page)


def test_lines_are_spans_of_the_text() -> None:
    text = "a\n\n  b \n"
    assert [span.of(text) for span in lines(text, 0, len(text))] == ["a", "  b "]
    assert list(lines(text, 1, 2)) == []
