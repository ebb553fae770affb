"""The reader with its shipped weights, and the decision whether a reading is said."""

import hashlib
import json
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

import qa
from qa.assistant import consider
from qa.cli import main
from qa.contradiction import contradicts, opposites
from qa.decision import FEATURES, Decision, evidence, shipped_decision
from qa.pairs import WINDOW, PairEncoder
from qa.questions import wants_yes_or_no
from qa.reader import CONTRADICTED, LACKED, MODEL_FOLDER, NetworkReader, Reading, open_reader
from qa.sentences import split_sentences
from qa.types import Document, Hit, Passage, Span
from qa.weights import find_weights
from qa.wordindex import WordIndex
from qa.words import split_words
from tests.evaluation import MISSING, present


def hit(text: str, *, score: float = 0.0) -> Hit:
    """Return a text as a passage that retrieval gave a score."""
    document = Document(text)
    passage = Passage(
        f"{document.id}:1", document.id, text, 0, len(text), (*split_sentences(text),)
    )
    return Hit(passage, document, score, score, score)


BRIDGE = (
    "The new bridge was opened on 3 May by Ines Okafor. It cost 42 million euros, of "
    "which the Coastal Transport Fund (CTF) paid half. Lorries must keep to the tunnel."
)
WEATHER = "Heavy rain fell over the northern hills on Sunday. More is expected this week."


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        ("When was the bridge opened?", "3 May", 0),
        ("Who opened the bridge?", "Okafor", 0),
        ("How much did the bridge cost?", "42 million euros", 1),
        ("What does CTF stand for?", "Coastal Transport Fund", 1),
    ],
)
def test_the_exact_words_and_the_right_passage(question: str, answer: str, sentence: int) -> None:
    first, second = open_reader().read(question, [hit(WEATHER), hit(BRIDGE)])
    assert first.span.of(BRIDGE).removeprefix("Ines ") == answer
    assert first.sentence == split_sentences(BRIDGE)[sentence]
    assert first.hit.passage.text == BRIDGE
    assert first.odds > second.odds


def test_the_log_odds_are_the_mean_of_three_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    question = "How much did the bridge cost?"
    text = f"Ada lit the lamp. Bo saw it. {BRIDGE} Boats pass on Sundays."
    sentences = [span.of(text) for span in split_sentences(text)]
    near, alone = " ".join(sentences[2:5]), sentences[3]
    [found] = open_reader().read(question, [hit(text)])
    monkeypatch.setattr("qa.reader.CLOSER", ())
    readings = [open_reader().read(question, [hit(read)])[0] for read in (text, near, alone)]
    assert [one.span.of(one.hit.document.text) for one in readings] == ["42 million euros"] * 3
    assert found.span == readings[0].span
    odds = [one.odds for one in readings]
    assert max(odds) - min(odds) > 0.1
    assert found.odds == pytest.approx(np.mean(odds), abs=1e-4)


@pytest.mark.parametrize(
    ("question", "sentence", "contrary"),
    [
        ("Who did not vote?", "Ada and Bo voted.", True),
        ("Who didn\u2019t vote?", "Ada and Bo voted.", True),
        ("Who never voted?", "Ada and Bo voted.", True),
        ("Who failed to vote?", "Ada and Bo voted.", True),
        ("What is the non-official name?", "Its official name is Bo.", True),
        ("Who did not vote?", "Ada didn\u2019t vote.", False),
        ("Who did not vote?", "Ada was absent.", False),
        ("Which town cannot be reached?", "There is no road to Bo.", False),
        ("Who voted?", "Ada and Bo voted.", False),
        ("Who tied the knot?", "Ada tied it.", False),
        ("Didn't Ada vote?", "Ada and Bo voted.", False),
        ("Ada voted, didn't she?", "Ada and Bo voted.", False),
        ("I don't know who voted, who was it?", "Ada and Bo voted.", False),
        ("You did not say who voted", "Ada and Bo voted.", False),
        ("When is it known whether or not Ada won?", "It is known on Monday.", False),
        ("Who voted not only once?", "Ada and Bo voted.", False),
        ("Which whales don't vote?", "Whales vote.", True),
        ("And why is Ada not coming?", "Ada has had to cancel.", False),
        ("How many died?", "The flood cost 71 lives.", False),
        ("Which is the oldest mill?", "The newest mill is Bo's.", True),
        ("What did Ada reject?", "Ada has accepted the plan.", True),
        ("What burnt before the vote?", "After the vote the mill burnt.", True),
        ("What fell by half?", "Rents rose by half, and wages fell.", False),
        ("Is it the oldest or the newest?", "The newest mill is Bo's.", False),
        ("Was the plan accepted?", "The plan was rejected.", False),
        ("Which plan was not rejected but accepted?", "It rejected no plan.", False),
        ("Who ranks last, not first?", "Ada ranks first, never last.", False),
    ],
)
def test_a_question_that_says_the_contrary_of_a_sentence(
    question: str, sentence: str, contrary: bool
) -> None:
    assert contradicts(question, sentence) is contrary


def test_the_opposites_are_pairs_of_words_that_differ() -> None:
    listed = opposites()
    assert listed["rose"] == ("fell", "dropped")
    assert all(word in listed[other] for word, others in listed.items() for other in others)
    for word, others in listed.items():
        assert len(set(others)) == len(others), word
        [own], stems = split_words(word), [split_words(other)[0].stem for other in others]
        assert own.stem not in stems, word


def test_the_contrary_counts_against_a_span(monkeypatch: pytest.MonkeyPatch) -> None:
    [asked] = open_reader().read("Who did not open the bridge?", [hit(BRIDGE, score=0.5)])
    monkeypatch.setattr("qa.reader.CONTRADICTED", 0.0)
    [plain] = open_reader().read("Who did not open the bridge?", [hit(BRIDGE, score=0.5)])
    assert (asked.span, asked.sentence) == (plain.span, plain.sentence)
    assert plain.odds - asked.odds == pytest.approx(CONTRADICTED)
    assert plain.score - asked.score == pytest.approx(CONTRADICTED)


def test_offsets_are_the_documents(bridge: qa.Index) -> None:
    for passage in bridge.passages:
        found = Hit(passage, bridge.document_of(passage), 0.5, 0.5, 0.5)
        [reading] = open_reader().read("What happens?", [found])
        assert passage.start <= reading.span.start < reading.span.end <= passage.end
        assert any(
            s.start <= reading.span.start and reading.span.end <= s.end for s in passage.sentences
        )
        assert reading.sentence in passage.sentences


def test_retrieval_counts_beside_reading() -> None:
    weight = json.loads((MODEL_FOLDER / "reader.json").read_text())["retrieval_weight"]
    [low] = open_reader().read("Who opened the bridge?", [hit(BRIDGE)])
    [high] = open_reader().read("Who opened the bridge?", [hit(BRIDGE, score=0.5)])
    assert high.odds == low.odds == low.score
    assert high.score == pytest.approx(low.score + 0.5 * weight)


@pytest.mark.parametrize(
    ("question", "lacked"),
    [
        ("Who opened the new bridge?", 0),
        ("Who opened the tunnel?", 1 / 2),  # "tunnel" stands in another sentence
        ("Who cheerfully opened the bridge in Lund?", 1 / 2),  # two words of four
    ],
)
def test_what_the_sentence_lacks_of_the_question_counts(question: str, lacked: float) -> None:
    [reading] = open_reader().read(question, [hit(BRIDGE)])
    assert reading.sentence == split_sentences(BRIDGE)[0]
    assert reading.odds - reading.score == pytest.approx(LACKED * lacked)


def test_a_passage_reads_alike_whatever_is_read_beside_it() -> None:
    hits = [hit(BRIDGE), hit(WEATHER), hit(BRIDGE * 4), hit("Short."), hit(WEATHER * 9)]
    together = open_reader().read("Where do lorries sleep?", hits)
    assert len(together) == 5
    for reading in together:
        assert open_reader().read("Where do lorries sleep?", [reading.hit]) == [reading]


def test_reading_stops_where_no_other_passage_can_win(monkeypatch: pytest.MonkeyPatch) -> None:
    question = "When was the bridge opened?"
    hits = [hit(BRIDGE, score=0.9), *(hit(f"{WEATHER} {n}", score=0.3 - n / 100) for n in range(7))]
    [only] = open_reader().read(question, hits)
    monkeypatch.setattr("qa.reader.MOST_ODDS", np.inf)
    every = open_reader().read(question, hits)
    assert len(every) == 8
    assert every[0] == only  # what was left out would have changed nothing
    weight = json.loads((MODEL_FOLDER / "reader.json").read_text())["retrieval_weight"]
    for more, count in ((0.01, 2), (-0.01, 1)):
        monkeypatch.setattr("qa.reader.MOST_ODDS", only.score - 0.3 * weight + more)
        assert len(open_reader().read(question, hits)) == count


def test_a_passage_longer_than_the_window_is_read_to_its_end() -> None:
    long = " ".join(f"Lamp number {n} stands on the quay." for n in range(120)) + " " + BRIDGE
    folder = find_weights().folder
    assert folder is not None
    encoder = PairEncoder(folder / "tokenizer.json")
    assert len(list(encoder.windows("Who opened the bridge?", long))) > len(long) / WINDOW / 6
    [reading] = open_reader().read("Who opened the bridge?", [hit(long)])
    assert reading.span.of(long).removeprefix("Ines ") == "Okafor"


@pytest.mark.parametrize(
    "question",
    [
        "?",
        "a" * 10_000,
        "why " * 2_500,
        "¿Cuándo abrió el puente?",
        "桥什么时候开放？",
        "\U0001f600",
    ],
)
def test_odd_questions_get_a_true_span_or_none(question: str) -> None:
    for text in (BRIDGE, "…", "-", "这座桥于五月三日开放。", "\U0001f600 \U0001f600", "x" * 5000):
        for reading in open_reader().read(question, [hit(text)]):
            assert 0 <= reading.span.start < reading.span.end <= len(text)
            assert np.isfinite(reading.odds)


def test_nothing_to_read() -> None:
    assert open_reader().read("When?", []) == []
    assert open_reader().read("When?", [hit("")]) == []
    assert [r.hit.passage.text for r in open_reader().read("When?", [hit(""), hit("Now.")])] == [
        "Now."
    ]


def test_threads_read_alike() -> None:
    expected = open_reader().read("Who opened the bridge?", [hit(BRIDGE)])
    found: list[list[Reading]] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(open_reader().read("Who opened the bridge?", [hit(BRIDGE)]))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_evidence_by_hand() -> None:
    words = WordIndex.build(["the old bridge", "the old ferry", "a road"])
    readings = [
        Reading(hit(BRIDGE, score=0.4), Span(0, 3), Span(0, 60), 3.5, 6.0),
        Reading(hit(WEATHER, score=0.1), Span(0, 3), Span(0, 50), -1.0, 4.5),
    ]
    found = dict(zip(FEATURES, evidence("old zebra bridge", readings, words), strict=True))
    # idf = ln(1 + (3 - n + 0.5) / (n + 0.5)); two texts say "old", one "bridge", none "zebra"
    old, bridge, zebra = (np.log(1 + (3 - n + 0.5) / (n + 0.5)) for n in (2, 1, 0))
    assert found == pytest.approx(
        {
            "odds": 3.5,
            "margin": 1.5,
            "meaning": 0.4,
            "words": 0.4,
            "unseen": zebra / (old + bridge + zebra),
        },
        abs=1e-6,
    )
    alone = evidence("the", readings[:1], words)
    assert alone[FEATURES.index("margin")] == 6.0
    assert alone[FEATURES.index("unseen")] == 0.0


def test_a_decision_by_hand() -> None:
    decision = Decision(-1.0, (1.0, 0.5, 0.0, 0.0, -2.0), possible=0.3, well_supported=0.7)
    assert decision.confidence((2.0, 1.0, 0.9, 0.9, 0.25)) == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert decision.confidence((-1e9, 0, 0, 0, 0)) < 1e-9
    bands = [decision.band(c) for c in (0.0, 0.2999, 0.3, 0.6999, 0.7, 1.0)]
    assert bands == ["not in the brief"] * 2 + ["possible"] * 2 + ["well supported"] * 2


def test_what_is_shipped_is_what_the_card_says() -> None:
    settings = json.loads((MODEL_FOLDER / "reader.json").read_text("utf-8"))
    digest = hashlib.sha256((MODEL_FOLDER / "reader.onnx").read_bytes()).hexdigest()
    assert settings["sha256"] == digest
    assert digest in (MODEL_FOLDER / "README.md").read_text("utf-8")
    decision = shipped_decision()
    assert len(decision.weights) == len(FEATURES)
    assert 0 < decision.possible < decision.well_supported < 1


@pytest.mark.parametrize(
    "harm", ["missing", "truncated", "flipped", "no settings", "torn settings"]
)
def test_harmed_weights_are_told_and_never_run(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL_FOLDER, folder)
    file, settings = folder / "reader.onnx", folder / "reader.json"
    content = file.read_bytes()
    if harm == "missing":
        file.unlink()
    elif harm == "truncated":
        file.write_bytes(content[:-1])
    elif harm == "flipped":
        file.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    elif harm == "no settings":
        settings.unlink()
    else:
        settings.write_text('{"sha256": ')
    with pytest.raises(qa.ReaderError, match=r"missing or altered.*pip install"):
        NetworkReader(folder)


def test_without_a_reader_passages_are_still_found(
    bridge: qa.Index,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("qa.assistant.open_reader", lambda: NetworkReader(tmp_path))
    with pytest.raises(qa.ReaderError):
        qa.ask("When does the bridge open?", index=bridge)
    assert qa.retrieve("When does the bridge open?", index=bridge)
    assert main(["ask", "When is the visit?"]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("qa: The reader's weights are missing or altered")
    assert "[1] " in told.out  # the best passages all the same


@pytest.mark.parametrize(
    ("question", "decided"),
    [
        ("Is the bridge open?", True),
        ("has it been built yet", True),
        ("And will lorries be let in?", True),
        ("Doesn’t it cost anything?", True),
        ("Can you tell me when it opens?", False),
        ("Can we cross it?", True),
        ("When is it open?", False),
        ("What does CTF stand for?", False),
        ("Island names?", False),
        ("", False),
    ],
)
def test_which_questions_a_sentence_decides(question: str, decided: bool) -> None:
    assert wants_yes_or_no(question) is decided


def test_yes_or_no_gets_the_sentence_that_decides_it(bridge: qa.Index) -> None:
    found = consider(bridge, "Do cyclists get a lane?")
    assert found.span == found.readings[0].sentence
    assert found.span.of(found.readings[0].hit.document.text) == "Cyclists get a lane of their own."


@pytest.mark.skipif(not present(), reason=MISSING)
def test_exact_answers_on_gold_paragraphs() -> None:
    """Floors below the figures in README, on every fourth question of XQuAD."""
    from qa.measures import exact, f1
    from tests.evaluation import QuestionSet

    exacts, f1s = [], []
    for asked in QuestionSet("dev/xquad_en").asked[::4]:
        [reading] = open_reader().read(asked.question, [hit(asked.context)])
        golds = [text for _, text in asked.answers]
        exacts.append(exact(reading.span.of(asked.context), golds))
        f1s.append(f1(reading.span.of(asked.context), golds))
    assert np.mean(exacts) >= 0.66
    assert np.mean(f1s) >= 0.78
