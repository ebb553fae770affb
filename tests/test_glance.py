"""At a glance: six aspects of one document, each a quote of it or not stated."""

import html
import json
import re
from collections import Counter
from pathlib import Path

import pytest

import qa
from qa.chat import shapes
from qa.chat.glance import Glimpse, at_a_glance, glance_html
from qa.chat.shapes import subject
from qa.chat.source import anchor
from qa.documents import read
from qa.embedder import Embedder
from qa.measures import f1
from qa.types import Document, Span
from tests.conftest import ROOT

CASES = ROOT / "tests" / "cases"
GOLD: dict[str, dict[str, list[str | None]]] = json.loads(
    (CASES / "glance.json").read_text("utf-8")
)
"""For each aspect what may be quoted; with None among it, the text may be held not to state it."""
TUNED_ON = {f"{name}.md" for name in "bank court ferry measles satellite trade".split()}


def file_of(name: str) -> Path:
    if name == "brief.md":
        return ROOT / "data" / name
    return CASES / name if "/" in name else CASES / "questions" / name


def index_of(*documents: Document, embedder: Embedder) -> qa.Index:
    return qa.Index.build(list(documents), embedder=embedder, asking=embedder)


def check(glimpses: tuple[Glimpse, ...], document: Document) -> None:
    """Check the shape of a card: six aspects in order, each a quote of the document or none."""
    assert [g.aspect for g in glimpses] == ["who", "what", "when", "where", "why", "how"]
    for glimpse in glimpses:
        assert glimpse.document == document
        if glimpse.span is None or glimpse.passage is None:
            assert glimpse.span is None
            assert glimpse.passage is None
            assert glimpse.text is None
            continue
        assert glimpse.text == document.text[glimpse.span.start : glimpse.span.end] != ""
        assert glimpse.passage.document_id == document.id
        assert glimpse.passage.start <= glimpse.span.start < glimpse.span.end
        assert glimpse.span.end <= glimpse.passage.end


def texts(glimpses: tuple[Glimpse, ...]) -> dict[str, str | None]:
    return {glimpse.aspect: glimpse.text for glimpse in glimpses}


@pytest.fixture(scope="module")
def counts(twin: Embedder) -> dict[bool, Counter[str]]:
    """How the cards of texts tuned on, and of others, compare with answers made by hand."""
    counted = {True: Counter[str](), False: Counter[str]()}
    for name, gold in GOLD.items():
        document = read(file_of(name))[0]
        glimpses = at_a_glance(index_of(document, embedder=twin))
        check(glimpses, document)
        for aspect, accepted in gold.items():
            said = texts(glimpses)[aspect]
            golds = [answer for answer in accepted if answer is not None]
            if said is not None:
                outcome = "right" if f1(said, golds) >= 0.5 else "wrong"
            else:
                outcome = "silent" if None in accepted else "missed"
            counted[name in TUNED_ON][outcome] += 1
    return counted


@pytest.mark.parametrize(("tuned_on", "shown", "stated"), [(True, 0.95, 0.65), (False, 0.95, 0.6)])
def test_what_is_shown_is_right_and_what_is_stated_is_shown(
    counts: dict[bool, Counter[str]], tuned_on: bool, shown: float, stated: float
) -> None:
    found = counts[tuned_on]
    assert found["right"] / (found["right"] + found["wrong"]) >= shown, found
    assert found["right"] / (found["right"] + found["missed"]) >= stated, found


def test_the_card_of_a_brief(bridge: qa.Index) -> None:
    assert texts(at_a_glance(bridge)) == {
        "who": "The new harbour bridge in Port Ellis",  # what acts, be it a thing
        "what": bridge.passages[0].sentences[1].of(bridge.documents[0].text),
        "when": "on 3 May",
        "where": "in Port Ellis",
        "why": None,
        "how": None,
    }


NOTE = Document(
    "Mill Lane closes for repairs\n\nThe council of Varn closed Mill Lane on Tuesday to mend a "
    "burst water main.",
    title="Mill Lane closes for repairs",
)
FERRY = Document(
    "Ferry to Skerrow cancelled\n\nThe Lantern Line cancelled the ferry to Skerrow on Friday "
    "because a storm had broken the pier.",
    title="Ferry to Skerrow cancelled",
)


def test_of_several_documents_the_card_is_of_one(twin: Embedder) -> None:
    both = index_of(NOTE, FERRY, embedder=twin)
    for document in (NOTE, FERRY):
        alone = at_a_glance(index_of(document, embedder=twin))
        card = at_a_glance(both, document=document)
        check(card, document)
        assert texts(card) == texts(alone)
    assert texts(at_a_glance(both)) == texts(at_a_glance(both, document=NOTE))
    found = texts(at_a_glance(both, document=FERRY))
    assert found["who"] == "The Lantern Line"
    assert found["when"] == "on Friday"
    assert found["why"] == "because a storm had broken the pier"


@pytest.mark.parametrize(
    "text",
    [
        "Milk\n\nEggs\n\nTwo lemons\n\nString",
        "the rain falls soft on roof and lane,\nand no one asks it why.",
        "The rain falls soft on roof and lane,\nAnd no one asks it why.",
        "Whisk the eggs. Fold the flour in slowly. Bake until golden, then let it cool.",
        "...",
        "1. 2. 3.",
    ],
)
def test_a_text_that_reports_nothing_states_nothing(text: str, twin: Embedder) -> None:
    document = Document(text, title="Note")
    card = at_a_glance(index_of(document, embedder=twin))
    check(card, document)
    assert set(texts(card).values()) == {None}


@pytest.mark.parametrize(
    "text",
    [
        "Der Stadtrat von Lünen beschloss am Montag, die Brücke zu erneuern.",
        "Le maire de Brae a ouvert le pont lundi parce que le tunnel est fermé.",
        "市议会星期一决定重建这座桥。工程将于六月开始。",
        "مجلس المدينة قرر يوم الاثنين إعادة بناء الجسر.",
        "Rain.",
        "It rained on Monday.",
        "A" * 5000 + ".",
        "Aa " * 1500 + "in Brae.",
        "in the " * 900 + "Brae on 3 May.",
        "to mend " * 700 + "Brae, because of it.",
    ],
)
def test_any_text_gets_a_card(text: str, twin: Embedder) -> None:
    document = Document(text)
    check(at_a_glance(index_of(document, embedder=twin)), document)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("closed Mill Lane on Tuesday to mend a burst water main.", "to mend a burst water main"),
        ("voted 19 to 8 on Tuesday to approve a bridge of 12 million crowns.", None),
        ("voted 5 to 2 on Tuesday to mend the burst water main under Mill Lane.", None),
    ],
)
def test_what_was_voted_is_no_reason(told: str, why: str | None, twin: Embedder) -> None:
    title = "Mill Lane closes for repairs"
    document = Document(f"{title}\n\nThe council of Varn {told}", title=title)
    assert texts(at_a_glance(index_of(document, embedder=twin)))["why"] == why


def test_captions_and_titles_are_never_quoted(twin: Embedder) -> None:
    picture = "The mayor of Kessel at the fair on Sunday."
    text = f"Fair opens at Brae\n\n{picture}\n\nThe fair at Brae opens on 3 May."
    start = text.index(picture)
    caption = Span(start, start + len(picture))
    document = Document(text, title="Fair opens at Brae", captions=(caption,))
    found = texts(at_a_glance(index_of(document, embedder=twin)))
    assert found["what"] == "The fair at Brae opens on 3 May."
    assert found["when"] == "on 3 May"
    assert "mayor" not in str(found)


def shown(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def test_the_card_quotes_and_cites_or_says_not_stated(bridge: qa.Index) -> None:
    page = glance_html(at_a_glance(bridge))
    place = anchor(bridge.passages[0].id)
    assert f'<dd dir="auto"><q>on 3 May</q> <a class="qa-cite" href="#{place}"' in page
    assert page.count('<dd class="qa-unstated">not stated</dd>') == 2
    rows = re.findall(r"<dt>(.*?)</dt>", page)
    assert rows == ["who", "what", "when", "where", "why", "how"]
    assert shown(page).startswith("At a glancewho")
    named = glance_html(at_a_glance(bridge), several=True)
    assert shown(named).startswith("At a glance: Harbour bridge opens in Maywho")


def test_hostile_text_is_shown_as_text(twin: Embedder) -> None:
    hostile = '<img src=x onerror="alert(1)"> </q></dd><script>alert(2)</script> {title} {0}'
    document = Document(
        f"The council of <b>Varn</b> {hostile} closed Mill Lane on Tuesday.", title=hostile
    )
    card = at_a_glance(index_of(document, embedder=twin))
    check(card, document)
    page = glance_html(card, several=True)
    assert hostile in shown(page)
    tags = set(re.findall(r"</?([a-z0-9]+)", page))
    assert tags <= {"section", "h2", "span", "dl", "div", "dt", "dd", "q", "a"}
    assert "alert(" not in page


@pytest.mark.parametrize(
    ("shape", "text", "found"),
    [
        ("WHEN", "open from 12 to 15 March 2025, it said", ["from 12 to 15 March 2025"]),
        ("WHEN", "the visit from May 27 to 29, after", ["from May 27 to 29"]),
        ("WHEN", "It may rise 5.25 percent next year.", ["next year"]),
        ("WHEN", "next year's budget", []),
        ("WHEN", "on Monday night and at 4:52 a.m.", ["on Monday night", "at 4:52 a.m."]),
        ("WHEN", "won in 14:32, from March to May", ["from March to May"]),
        ("WHEN", "from 1914 to 1918 they cut jobs from 1200 to 950", ["from 1914 to 1918"]),
        ("WHEN", "resume on Tuesday and may last a week", ["on Tuesday"]),
        ("WHERE", "gave all to Peter Ruhl, her teacher", []),
        ("WHERE", "gave all to Jean-Luc Ruhl, who left", []),
        ("WHERE", "talks in the Karvelian capital, Oster, go on", ["the Karvelian capital, Oster"]),
        ("WHERE", "flies to Washington, D.C. in May", ["to Washington, D.C."]),
        ("WHERE", "a loan from the Coastal Investment Bank", []),
        ("WHY", "shut because it leaked, he said", ["because it leaked"]),
        ("WHY", "is expected to cost more after Monday", []),
        ("WHY", "agreed to pay by May, to mend the mole", ["to mend the mole"]),
        ("DECIDED", "It was the first town in the valley ", ["the first town in the valley"]),
        ("DECIDED", "It voted on Monday, said Ann, ", []),
        ("HOW", "got in through a skylight and left", ["through a skylight"]),
    ],
)
def test_shapes(shape: str, text: str, found: list[str]) -> None:
    assert [match[0].strip() for match in getattr(shapes, shape).finditer(text)] == found


@pytest.mark.parametrize(
    ("sentence", "actor"),
    [
        ("Vikram Sol, the minister, flies to Oster.", "Vikram Sol"),
        ("Six teams have threatened to stay away.", "Six teams"),
        ("On Friday the council of Varn voted.", "the council of Varn"),
        ("A bell taken in 1944 went home.", None),
        ("In the valley rain fell.", None),
    ],
)
def test_the_subject_of_a_sentence(sentence: str, actor: str | None) -> None:
    found = subject(sentence)
    assert (found.of(sentence) if found else None) == actor
