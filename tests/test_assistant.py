"""Asking end to end with the real model: answers, silence, follow-ups, and the default index."""

from pathlib import Path

import pytest

import qa
from qa.abbreviations import asked_abbreviation
from qa.assistant import consider
from qa.conversation import resolve
from qa.defaults import default_index
from qa.reader import open_reader
from tests.conftest import BRIDGE
from tests.evaluation import (
    MISSING,
    QuestionSet,
    RememberingEmbedder,
    follow_up_figures,
    present,
)


@pytest.mark.parametrize(
    ("question", "quote", "sentence"),
    [
        (
            "When does the harbour bridge open?",
            "3 May",
            "The new harbour bridge in Port Ellis opens on 3 May, the mayor, Ines Okafor, said.",
        ),
        (
            "How much did the bridge cost?",
            "42 million euros",
            "It cost 42 million euros, of which the Coastal Transport Fund (CTF) paid half.",
        ),
        (
            "What does CTF stand for?",
            "Coastal Transport Fund",
            "It cost 42 million euros, of which the Coastal Transport Fund (CTF) paid half.",
        ),
        (
            "Do cyclists get a lane?",
            "Cyclists get a lane of their own.",
            "Cyclists get a lane of their own.",
        ),
    ],
)
def test_the_answer_is_the_exact_words_in_their_sentence(
    bridge: qa.Index, question: str, quote: str, sentence: str
) -> None:
    answer = qa.ask(question, index=bridge)
    assert answer.text == quote
    assert answer.document is not None
    assert answer.span is not None
    assert answer.sentence is not None
    text = answer.document.text
    assert text[answer.span.start : answer.span.end] == quote
    assert text[answer.sentence.start : answer.sentence.end] == sentence
    assert answer.sentence.start <= answer.span.start < answer.span.end <= answer.sentence.end
    assert answer.hits[0].passage.start <= answer.span.start < answer.hits[0].passage.end


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Who won the chess final in Reykjavik?", ("won", "chess", "final", "Reykjavik")),
        ("What is the capital of France?", ("capital", "France")),
        ("How tall is Mount Everest?", ("tall", "Mount", "Everest")),
    ],
)
def test_silence_names_the_words_that_never_occur(
    bridge: qa.Index, question: str, missing: tuple[str, ...]
) -> None:
    answer = qa.ask(question, index=bridge)
    assert (answer.text, answer.span, answer.sentence, answer.document) == (None,) * 4
    assert answer.band == "not in the brief"
    assert not answer
    assert answer.missing == missing
    assert len(answer.hits) == len(bridge.passages)  # the nearest passages, all the same


@pytest.mark.parametrize(
    ("text", "question", "quote"),
    [
        (
            "Adults pay 12 euros\n\nChildren pay 5 euros\n\nDogs travel free",
            "How much do adults pay?",
            "12 euros",
        ),
        (
            "- 5 tons of wheat went to Egypt\n- 3 tons of rice went to Chad",
            "How many tons of wheat went to Egypt?",
            "5",
        ),
    ],
)
def test_an_item_of_a_list_can_be_the_answer(
    bridge: qa.Index, text: str, question: str, quote: str
) -> None:
    twin = bridge.embedder
    index = qa.Index.build([qa.Document(text)], embedder=twin, asking=twin)
    assert qa.ask(question, index=index).text in (quote, f"{quote} tons")


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("What does CTF stand for?", "Coastal Transport Fund"),
        ("what is “ctf” short for", "Coastal Transport Fund"),
        ("What is the CTF?", "Coastal Transport Fund"),
        ("what's CTF", "Coastal Transport Fund"),
    ],
)
def test_a_long_form_is_quoted_whole(bridge: qa.Index, question: str, quote: str) -> None:
    answer = qa.ask(question, index=bridge)
    assert answer.text == quote
    assert answer.sentence is not None
    assert answer.sentence.start <= answer.span.start < answer.span.end <= answer.sentence.end  # type: ignore[union-attr]
    text = "They signed the Open Ports, Rail & Transit Accord (OPRTA) on Monday."
    accord = qa.Index.build([qa.Document(text)], embedder=bridge.embedder, asking=bridge.embedder)
    answer = qa.ask("What does OPRTA stand for?", index=accord)
    assert answer.text == "Open Ports, Rail & Transit Accord"
    text = "Both launched the BRIDGE (Building Roads, Islands, Docks & Greener Energy) plan."
    plan = qa.Index.build([qa.Document(text)], embedder=bridge.embedder, asking=bridge.embedder)
    for asked in ("What does BRIDGE stand for?", "what does bridge mean", "What is BRIDGE?"):
        answer = qa.ask(asked, index=plan)
        assert answer.text == "Building Roads, Islands, Docks & Greener Energy"
        assert answer.band == "well supported"
    for asked in ("What does BRIDE stand for?", "And what is BRIDE"):
        answer = qa.ask(asked, index=accord)
        assert (answer.text, answer.confidence) == (None, 0.0)


def test_what_somebody_means_is_no_abbreviation(bridge: qa.Index) -> None:
    text = 'An official said that "phase one" meant a cut of tariffs on farm goods by half.'
    talks = qa.Index.build([qa.Document(text)], embedder=bridge.embedder, asking=bridge.embedder)
    answer = qa.ask('What did officials mean by "phase one"?', index=talks)
    assert answer.text is not None
    assert "a cut of tariffs" in answer.text


def test_no_part_of_a_long_form_says_what_its_letters_name() -> None:
    whole = "Catalyzing Opportunities for Military Partnership, Accelerated Commerce & Technology"
    assert qa.ask("What is the COMPACT initiative?").text == whole
    [first, *_] = consider(default_index(), "What is the COMPACT initiative?").readings
    [alone] = open_reader().read("What is the COMPACT initiative?", [first.hit])
    # The reader marks a part of it; nothing else about its reading changes.
    text = first.hit.document.text
    assert alone.span.of(text) in whole
    assert alone.span != first.span
    assert (alone.sentence, alone.odds, alone.score) == (first.sentence, first.odds, first.score)
    # Who asks for that part, and does not name the letters, gets that part.
    assert qa.ask("Which partnership was launched?").text != whole


def test_what_is_in_capitals_but_nowhere_spelt_out_is_read(bridge: qa.Index) -> None:
    text = "Brae met on Monday. AUSTNET was a public network of nine towns. It closed in 1999."
    nets = qa.Index.build([qa.Document(text)], embedder=bridge.embedder, asking=bridge.embedder)
    answer = qa.ask("What was AUSTNET?", index=nets)
    assert answer.text is not None
    assert "public network" in answer.text
    assert asked_abbreviation("WHAT IS NEEDED?") is None
    assert asked_abbreviation("What is melatonin?") is None


def test_a_chain_of_hyphens_is_read_at_once(bridge: qa.Index) -> None:
    text = f"The LOL club met on Monday and cried {'HA-' * 60}HA."
    club = qa.Index.build([qa.Document(text)], embedder=bridge.embedder, asking=bridge.embedder)
    assert qa.ask("What does LOL stand for?", index=club).text is None


def test_a_silent_turn_is_part_of_a_history(bridge: qa.Index) -> None:
    history = [("When was the harbour bridge built?", None)]
    assert resolve("and when does it open?", history).carried == ("harbour bridge built",)


@pytest.mark.parametrize(
    ("question", "resolved"),
    [
        ("And what about the U.S.?", "And what about the U.S. (visit)?"),
        ("Does it start at 9 a.m.", "Does it start at 9 a.m. (visit)?"),
        ("And then...", "And then (visit)..."),
    ],
)
def test_what_is_carried_over_breaks_no_abbreviation(question: str, resolved: str) -> None:
    assert resolve(question, ["When is the visit?"]).question == resolved


def test_long_and_wrong_histories(bridge: qa.Index) -> None:
    long = " ".join(f"word{n}" for n in range(2000))
    question = "and what did it cost?"
    assert resolve(question, [long]).carried == ("word1997 word1998 word1999",)
    assert qa.ask(question, history=[long], index=bridge).resolved == question  # none is in it
    deep = ["When does it open?", *["and it?"] * 2000]
    assert qa.ask("and it?", history=deep, index=bridge).question == "and it?"
    for wrong in ([None], [()], [(1, 2)]):
        with pytest.raises(qa.QuestionError, match="An earlier turn is not a question"):
            qa.ask("and it?", history=wrong, index=bridge)  # type: ignore[arg-type]


def test_the_hits_are_ranked_by_reading_and_retrieval(bridge: qa.Index) -> None:
    question = "Who must keep to the tunnel?"
    found = consider(bridge, question)
    scores = [reading.score for reading in found.readings]
    assert scores == sorted(scores, reverse=True)
    read = [reading.hit for reading in found.readings]
    assert read == list(found.hits[: len(read)])  # the others could not have won
    answer = qa.ask(question, k=2, index=bridge)
    assert answer.hits == found.hits[:2]
    assert answer.confidence == found.confidence


def test_a_follow_up_is_resolved_from_what_was_asked(bridge: qa.Index) -> None:
    history = [("When does the harbour bridge open?", "3 May")]
    answer = qa.ask("and what did it cost?", history=history, index=bridge)
    assert answer.question == "and what did it cost?"
    assert answer.resolved == "and what did it cost (harbour bridge)?"
    assert answer.carried == ("harbour bridge",)
    assert qa.ask("What did the bridge cost?", history=history, index=bridge).carried == ()
    turned = qa.ask(
        "and when does it open?", history=[("What did the bridge cost?", None)], index=bridge
    )
    assert turned.carried
    assert turned.text == "3 May"


def test_a_follow_up_finds_the_passage_that_calls_its_subject_it(bridge: qa.Index) -> None:
    history = [("When does the harbour bridge open?", "3 May")]
    answer = qa.ask("and what did it cost?", history=history, index=bridge)
    assert answer.hits[0].passage == bridge.passages[1]
    assert answer.text == "42 million euros"


def test_words_that_the_documents_lack_are_not_taken_over_but_names_are(bridge: qa.Index) -> None:
    history = ["When does the harbour bridge open?", "What won the chess final?"]
    answer = qa.ask("and what did it cost?", history=history, index=bridge)
    assert answer.carried == ("harbour bridge",)
    history = ["When does the harbour bridge open?", "Who is Bo Ekdahl?"]
    answer = qa.ask("and where does he live?", history=history, index=bridge)
    assert answer.carried[0] == "Bo Ekdahl"  # whoever lives in the text, it is not him


@pytest.mark.parametrize(
    ("question", "history", "resolved"),
    [
        ("When is the visit?", [], "When is the visit?"),
        ("And when does it end?", ["Where is the visit?"], "And when does it end (visit)?"),
        ("Why?", ["Who signed the deal?"], "Why (signed deal)?"),
        # The verb that ends a question is what was asked of its subject; "why?" asks it again.
        ("What did it cost?", ["When does the bridge open?"], "What did it cost (bridge)?"),
        ("Why?", ["When does the bridge open?"], "Why (bridge open)?"),
        ("Who paid for it?", ["When did we open the bridge?"],
         "Who paid for it (open bridge)?"),
        ("Who paid for it?", ["What does the new bridge cost?"], "Who paid for it (new bridge)?"),
        ("who said that", [("Is the deal off?", "Yes")], "who said that (deal off)?"),
        ("What about trade?", ["What about trade?"], "What about trade?"),  # nothing to add
        ("What does the plan that failed cost?", ["Who?"], "What does the plan that failed cost?"),
        ("Who pays this week?", ["Is it raining?"], "Who pays this week?"),
        ("Who are they?", ["Who?"], "Who are they?"),
        # A name stays in mind over turns that name nothing, and an answer's counts too.
        ("Where is she?", ["Who is Ines Okafor?", "Why?"], "Where is she (Ines Okafor)?"),
        ("Did he resign?", [("Who spoke?", "Bo Ek, on 3 May")], "Did he resign (spoke Bo Ek)?"),
        ("What did it cost?", ["Who built Oslo Hall?", "And Lund Hall?"],
         "What did it cost (Lund Hall Oslo Hall)?"),
    ],
)  # fmt: skip
def test_only_leaning_questions_take_words_over(
    question: str, history: list[str | tuple[str, str]], resolved: str
) -> None:
    assert resolve(question, history).question == resolved


@pytest.mark.skipif(not present("dev/followups_canard"), reason=MISSING)
def test_follow_ups_get_what_people_would_add() -> None:
    """Floors below the figures in README."""
    for name, floors in (
        ("canard", {"precision": 0.34, "recall": 0.20, "some": 0.50, "quiet": 0.85}),
        ("cast2019", {"precision": 0.36, "recall": 0.36, "some": 0.45, "quiet": 0.85}),
    ):
        figures = follow_up_figures(f"dev/followups_{name}")
        for figure, floor in floors.items():
            assert figures[figure] >= floor, (name, figure)


def test_an_earlier_turn_that_is_none_is_told() -> None:
    for turn in ((), (None,), ("When?", 3), 7):
        with pytest.raises(qa.QuestionError, match="earlier turn"):
            resolve("And why?", [turn])  # type: ignore[list-item]


def test_the_default_index_is_named_or_here_or_the_bundled_brief(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bundled = qa.retrieve("When is the visit?", k=1)[0]
    assert "May 27 to 29" in bundled.passage.text
    (tmp_path / "note.txt").write_text(BRIDGE)
    qa.build("note.txt")
    assert qa.retrieve("When does it open?", k=1)[0].document.source == "note.txt"
    qa.build(qa.Document("The museum opens in June."), folder=tmp_path / "named")
    monkeypatch.setenv("QA_INDEX", str(tmp_path / "named"))
    assert qa.retrieve("When does it open?", k=1)[0].passage.text == "The museum opens in June."
    monkeypatch.setenv("QA_INDEX", str(tmp_path / "gone"))
    with pytest.raises(qa.IndexFolderError, match="There is no index in"):
        qa.ask("When?  And where?")


@pytest.mark.skipif(not present(), reason=MISSING)
def test_quality_of_brief_size_answers(bridge: qa.Index) -> None:
    """A sixth of XQuAD's articles: first passage, answer sentence, and off-topic silence."""
    twin = RememberingEmbedder(bridge.embedder)
    questions = QuestionSet("dev/xquad_en")
    titles = list(questions.articles)[::6]
    indexes = {
        t: qa.Index.build([questions.articles[t]], embedder=twin, asking=twin) for t in titles
    }
    asked = [one for one in questions.asked if one.title in indexes]
    first = sentence = refused = wandered = 0
    for one in asked:
        starts = questions.gold_starts(one)
        answer = qa.ask(one.question, index=indexes[one.title])
        passage = answer.hits[0].passage
        first += any(passage.start <= start < passage.end for start in starts)
        refused += answer.text is None
        said = answer.sentence
        sentence += said is not None and any(said.start <= start < said.end for start in starts)
        other = titles[(titles.index(one.title) + 1) % len(titles)]
        wandered += qa.ask(one.question, index=indexes[other]).text is not None
    assert len(asked) > 150
    assert first / len(asked) >= 0.96
    assert sentence / len(asked) >= 0.8
    assert refused / len(asked) <= 0.12
    assert wandered / len(asked) <= 0.02
