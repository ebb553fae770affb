"""Example questions: what the patterns make of sentences, and that each is answered."""

import pytest

import qa
from qa.chat.drafts import RULES
from qa.chat.examples import MAX_ASKED, example_questions
from qa.documents import read
from qa.embedder import Embedder
from qa.types import Document, Span
from tests.conftest import ROOT

BRIEFS = [*sorted((ROOT / "tests/cases/questions").glob("*.md")), ROOT / "data/brief.md"]

LOCK = """Lock 9 reopens

The repair of Lock 9 was paid for by 40 members. The aim of the work is to let barges pass. \
The canal opened on 4 July. The lock will hold 12 barges at once.

Asha Brandt, the chief engineer of the canal, thanked the Inland Water Society (IWS) for its help.

Under Brandt, together with a friend, swans (XYZ) came back.
"""


def index_of(*documents: Document, embedder: Embedder) -> qa.Index:
    return qa.Index.build(list(documents), embedder=embedder, asking=embedder)


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "The minutes will be published on 3 July.",
            "When will the minutes be published",
            "on 3 July",
        ),
        ("The canal opened on 4 July.", "When did the canal open", "on 4 July"),
        (
            "The visit, which lasts from May 27 to 29, is short.",
            "When is the visit",
            "from May 27 to 29",
        ),
        (
            "In 1967, the mill closed its doors, and rain fell.",
            "When did the mill close its doors",
            "In 1967",
        ),
        ("Jane Doe, the head of the museum, left.", "Who is Jane Doe", "the head of the museum"),
        ("The group will have 286 ships.", "How many ships will the group have", "286"),
        (
            "The mission cost 385 million dollars.",
            "How much did the mission cost",
            "385 million dollars",
        ),
        ("A ticket costs 215 pounds.", "How much does a ticket cost", "215 pounds"),
        (
            "The office will be housed at Oster Hall.",
            "Where will the office be housed",
            "at Oster Hall",
        ),
        (
            "It had a break fee, a sum that is owed, then.",
            "What is a break fee",
            "a sum that is owed",
        ),
        (
            "The aim of the talks is to lower tolls.",
            "What is the aim of the talks",
            "to lower tolls",
        ),
        ("Brae is a town of two mills.", "What is Brae", "a town of two mills"),
        ("The radar was built by Tannis Works.", "Who built the radar", "Tannis Works"),
        (
            "Jane Doe said the mill would close soon.",
            "What did Jane Doe say",
            "the mill would close soon",
        ),
        (
            "It asked the European Space Agency (ESA).",
            "What does ESA stand for",
            "European Space Agency",
        ),
        (
            "The group will not leave, Ann Lee said, because it is dark, and stayed.",
            "Why will the group not leave",
            "because it is dark",
        ),
    ],
)
def test_a_sentence_becomes_the_question_it_answers(
    sentence: str, question: str, answer: str
) -> None:
    drafts = {draft[0]: draft[1].of(sentence) for rule in RULES if (draft := rule(sentence))}
    assert drafts.get(f"{question}?") == answer


@pytest.mark.parametrize(
    "sentence",
    [
        "It will be tested from 2 to 20 September.",
        "They opened on 4 July.",
        "In December, a court decision that mattered fell.",
        "The band Copper Saints, the singer Ayo Merrin and others came.",
        "The average household size was 3.07.",
        "rain again, and again",
        "The, an article used in English, has no plural.",
        "Later An, a word for one, was dropped.",
        "",
    ],
)
def test_a_sentence_that_points_elsewhere_becomes_no_question(sentence: str) -> None:
    assert [rule(sentence) for rule in RULES if rule(sentence)] == []


def test_examples_are_drawn_from_the_text_and_answered_by_it(twin: Embedder) -> None:
    index = index_of(Document(LOCK), embedder=twin)
    questions = example_questions(index)
    assert questions == [
        "What is the aim of the work?",
        "When did the canal open?",
        "How many barges will the lock hold?",
        "Who is Asha Brandt?",
    ]
    for question in questions:
        assert qa.ask(question, index=index).text is not None
    assert len(example_questions(index, limit=1)) == 1


def test_a_text_that_fits_no_pattern_gets_no_example(twin: Embedder) -> None:
    assert example_questions(index_of(Document("rain again, and again"), embedder=twin)) == []


def test_of_several_documents_each_gets_its_turn(twin: Embedder) -> None:
    fair = Document("The fair opened on 3 May. The fair cost 900 crowns.", title="A fair")
    mill = Document("The mill closed on 9 June. The mill will hold 40 looms.", title="A mill")
    index = index_of(fair, mill, embedder=twin)
    questions = example_questions(index, limit=2)
    assert len(questions) == 2
    assert "fair" in questions[0]
    assert "mill" in questions[1]


def test_captions_make_no_questions(twin: Embedder) -> None:
    text = "The canal opened on 4 July.\n\nNothing else is known of it."
    captioned = Document(text, captions=(Span(0, 27),))
    assert example_questions(index_of(Document(text), embedder=twin))
    assert example_questions(index_of(captioned, embedder=twin)) == []


def test_a_capital_that_only_begins_a_sentence_is_dropped_and_a_names_is_kept(
    twin: Embedder,
) -> None:
    text = "Work starts on 3 May. The work is slow.\n\nBrae opened on 4 July. He likes Brae."
    assert example_questions(index_of(Document(text), embedder=twin)) == [
        "When does work start?",
        "When did Brae open?",
    ]


def test_every_brief_gets_three_examples_and_few_questions_are_asked(
    twin: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(question: str, *, index: qa.Index) -> qa.Answer:
        asked.append(question)
        return qa.ask(question, index=index)

    monkeypatch.setattr("qa.chat.examples.ask", ask)
    for file in BRIEFS:
        document = read(file)[0]
        index = index_of(document, embedder=twin)
        asked.clear()
        questions = example_questions(index)
        assert len(asked) <= MAX_ASKED
        assert 3 <= len(questions) <= 5, (file.name, questions)
        assert len({*questions}) == len(questions)
        sentences = [qa.ask(question, index=index).sentence for question in questions]
        assert None not in sentences
        assert len({*sentences}) == len(sentences), (file.name, questions)
