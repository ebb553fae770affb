"""How the reader is trained: the examples made, the lessons drawn, and that the loss falls."""

import gzip
import itertools
import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from qa.pairs import PairEncoder
from qa.training.__main__ import mix
from qa.training.distortion import negated, opposed, renamed, reworded, slots_of
from qa.training.examples import Example, acronyms, agreed, definitions, read_source
from qa.training.exporting import export, restore
from qa.training.loop import train
from qa.training.network import ReaderNetwork, loss_of, pad, rows_of
from qa.training.sampling import Lesson, lessons
from qa.types import Span
from qa.weights import find_weights

TEXT = (
    "The Coastal Transport Fund (CTF) paid for the bridge. Ines Okafor, a former engineer from "
    "Port Ellis, leads it. Work on the bridge began in 2021. Divers inspected the piers twice a "
    "year, and the last beam was lowered into its place on a calm day."
)
OTHER = "The bridge in Lund was closed in 1987. Work on the road began when the snow had gone."


def span(text: str, words: str) -> Span:
    return Span(text.index(words), text.index(words) + len(words))


@pytest.fixture(scope="module")
def encoder() -> PairEncoder:
    folder = find_weights().folder
    assert folder is not None
    return PairEncoder(folder / "tokenizer.json")


@pytest.fixture(scope="module")
def network() -> ReaderNetwork:
    folder = find_weights().folder
    assert folder is not None
    torch.manual_seed(1)
    return ReaderNetwork(folder)


def test_the_agreed_answer_overlaps_most_with_the_others() -> None:
    answers: list[dict[str, str | int]] = [
        {"start": 0, "text": "the old bridge"},
        {"start": 4, "text": "old bridge"},
        {"start": 30, "text": "ferry"},
    ]
    assert agreed(answers) == Span(4, 14)
    assert agreed([]) is None


def test_a_source_brings_the_best_passages_that_do_not_answer(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"question": "When did work on the bridge begin?", "context": text, "answers": answers}
        for text, answers in (
            (TEXT, [{"text": "2021", "start": TEXT.index("2021")}]),
            (OTHER, []),
            ("Work on the bridge began, it is said, in 2021.", []),
            ("Nothing of the kind.", []),
        )
    ]
    file = tmp_path / "some.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    first, *_ = read_source(file)
    assert first.answer == span(TEXT, "2021")
    assert first.negatives == (OTHER,)  # the third holds the answer, the fourth shares no word


def test_questions_made_from_texts() -> None:
    made = {(e.question, e.answer.of(e.text)) for e in acronyms([TEXT]) if e.answer}
    assert ("What does CTF stand for?", "Coastal Transport Fund") in made
    assert ("What is the acronym for Coastal Transport Fund?", "CTF") in made
    assert not list(acronyms(["He met the Chief Minister of Goa (CM)."]))  # letters not spelt
    text = f"{TEXT} Oslo Bay is a narrow inlet of the sea. She thanked Nils Berg, the mayor of Ulm."
    said = {(e.question, e.answer.of(e.text)) for e in definitions([text]) if e.answer}
    assert said == {
        ("What is Oslo Bay?", "a narrow inlet of the sea"),
        ("Who is Okafor?", "a former engineer from Port Ellis"),  # a sentence starts with "Ines"
        ("Who is Nils Berg?", "the mayor of Ulm"),
    }


def test_lessons_are_what_they_say() -> None:
    example = Example(
        "In which year did the Fund begin work on the bridge?",
        TEXT,
        span(TEXT, "2021"),
        ("2021",),
        (OTHER,),
    )
    sources = {"ours": [example] * 50}
    drawn = list(itertools.islice(lessons(sources, {"ours": 1.0}, 3), 400))
    assert drawn == list(itertools.islice(lessons(sources, {"ours": 1.0}, 3), 400))
    assert drawn != list(itertools.islice(lessons(sources, {"ours": 1.0}, 4), 400))
    silent = [lesson for lesson in drawn if lesson.answer is None]
    assert 0.22 < len(silent) / len(drawn) < 0.36  # sampling's shares come to 0.29
    for lesson in drawn:
        if lesson.answer is not None:
            assert lesson.answer.of(lesson.text) == "2021"
        elif "did the Fund begin" in lesson.question:
            assert "2021" not in lesson.text
    assert {lesson.text for lesson in drawn if lesson.answer} >= {TEXT}
    assert any(lesson.other and "2021" not in lesson.other for lesson in drawn)
    for bent in ("Fund end work", "n't"):
        assert any(bent in lesson.question for lesson in silent), bent
    assert any("Fund" not in lesson.question for lesson in silent)  # named something else


@pytest.mark.parametrize(
    ("sentences", "question", "shown"),
    [
        (
            "The old bridge was low. The harbour bridge was opened in 2021. Boats pass it.",
            "When was the harbour bridge opened?",
            "It was opened in 2021. Boats pass it.",
        ),
        (
            "Nils Berg came late, as he does. Nils Berg was born in 2021.",
            "When was Nils Berg born?",
            "He was born in 2021.",
        ),
        (
            "Ferries are slow. The ferries were built in 2021. One rots. Two sail. One rests. Hm.",
            "When were the ferries built?",
            "They were built in 2021. One rots. Two sail. One rests.",
        ),
        ("The bridge is low. It dates from 2021.", "When was it?", "It dates from 2021."),
    ],
)
def test_a_subject_may_be_named_only_in_what_was_cut_off(
    sentences: str, question: str, shown: str
) -> None:
    example = Example(question, sentences, span(sentences, "2021"), ("2021",))
    drawn = list(itertools.islice(lessons({"ours": [example] * 50}, {"ours": 1.0}, 3), 400))
    cut = [lesson for lesson in drawn if lesson.text == shown]
    assert 40 < len(cut) < 140
    assert {lesson.answer for lesson in cut} == {span(shown, "2021")}


def test_a_subject_that_the_question_does_not_name_stays() -> None:
    text = "The old bridge was low. The harbour bridge was opened in 2021. Boats pass it."
    example = Example("When was the ferry opened?", text, span(text, "2021"), ("2021",))
    drawn = itertools.islice(lessons({"ours": [example] * 50}, {"ours": 1.0}, 3), 400)
    assert not any(lesson.text.startswith("It ") for lesson in drawn)


class Fixed(nn.Module):
    """A network whose logits were chosen beforehand, a list a row."""

    def __init__(self, *tables: list[float]) -> None:
        super().__init__()
        self.tables = list(tables)

    def forward(self, ids: torch.Tensor, kinds: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(*ids.shape, 2)
        for row, values in enumerate(self.tables):
            first = int((kinds[row] > 0).nonzero()[0])
            for place, value in enumerate(values):
                logits[row, first + place] = value
        return logits


def test_the_loss_by_hand(encoder: PairEncoder) -> None:
    lesson = Lesson("Who?", "Bill came", Span(0, 4), "Two left")
    rows = rows_of(lesson, encoder, 0)
    assert [len(row.window.spans) for row in rows] == [2, 2]
    # Passage tokens are the two words and [SEP], whose logit stays 0.
    tables = ([2.0, -1.0], [1.0, 0.5])
    one, other = (math.exp(a) + math.exp(b) + 1 for a, b in tables)
    alone = math.log(1 + one) - 2.0 + math.log(1 + other)  # the second is silent: gold is 0
    shared = math.log(1 + one + other) - 2.0
    # The answer starts and ends with the first word, so both sides are alike; two rows.
    expected = 2 * (alone + 0.5 * shared) / 2
    assert float(loss_of(Fixed(*tables), rows, 12)) == pytest.approx(expected, rel=1e-5)


def test_padding_hides_what_is_beyond_the_end(encoder: PairEncoder) -> None:
    windows = [*encoder.windows("When?", "On 3 May."), *encoder.windows("When?", "Now")]
    ids, kinds, mask = pad(windows, multiple=8)
    assert ids.shape == kinds.shape == mask.shape == (2, 16)
    for row, window in enumerate(windows):
        length = len(window.ids)
        assert ids[row, :length].tolist() == window.ids
        assert mask[row].tolist() == [1] * length + [0] * (16 - length)
        assert not np.any(ids[row, length:])
        assert not np.any(kinds[row, length:])
    assert pad(windows)[0].shape == (2, len(windows[0].ids))


def test_an_answer_outside_the_window_is_no_row(encoder: PairEncoder) -> None:
    text = "Some words stand here. " * 200 + "The answer is forty-two."
    [row] = rows_of(Lesson("What is the answer?", text, span(text, "forty-two")), encoder, 0)
    first, last = row.start - row.window.first, row.end - row.window.first
    assert text[row.window.spans[first][0] : row.window.spans[last][1]] == "forty-two"
    long = "word " * 600
    assert rows_of(Lesson("What?", long, Span(0, len(long) - 1)), encoder, 0) == []


def test_training_learns_and_goes_on_from_its_checkpoint(
    network: ReaderNetwork, encoder: PairEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ROWS", 4), ("BATCH", 2), ("WARM", 200), ("_SAVED_EVERY", 5)):
        monkeypatch.setattr(f"qa.training.loop.{name}", value)
    known = [
        Lesson("Who leads the fund?", TEXT, span(TEXT, "Ines Okafor")),
        Lesson("When did work begin?", TEXT, span(TEXT, "2021"), OTHER),
        Lesson("Who sings?", OTHER, None),
    ]
    rows = [row for n, lesson in enumerate(known) for row in rows_of(lesson, encoder, n)]
    with torch.no_grad():
        before = float(loss_of(network, rows, 12))
    words = network.encoder.embeddings.word_embeddings.weight.clone()
    checkpoint = tmp_path / "checkpoint.pt"
    train(network, itertools.cycle(known), encoder, tokens=6000, checkpoint=checkpoint)
    with torch.no_grad():
        assert float(loss_of(network, rows, 12)) < before / 3
    assert torch.equal(network.encoder.embeddings.word_embeddings.weight, words)
    stood = torch.load(checkpoint, weights_only=True)
    assert 0 < stood["seen"] < 6200
    drawn = 0

    def counted() -> Any:
        nonlocal drawn
        for lesson in itertools.cycle(known):
            drawn += 1
            yield lesson

    train(network, counted(), encoder, tokens=stood["seen"] + 1, checkpoint=checkpoint)
    assert drawn >= stood["taken"]  # what was learnt before is passed over


def test_what_is_exported_computes_as_the_network_and_can_be_restored(
    network: ReaderNetwork, encoder: PairEncoder, tmp_path: Path
) -> None:
    export(network, tmp_path / "reader.onnx", plain=tmp_path / "plain.onnx")
    assert {file.name for file in tmp_path.iterdir()} == {"reader.onnx", "plain.onnx"}
    windows = [*encoder.windows("Who leads it?", TEXT), *encoder.windows("Why?", OTHER)]
    with torch.no_grad():
        expected = network.eval()(*(torch.from_numpy(array) for array in pad(windows)))
    for name, near in (("plain.onnx", 1e-4), ("reader.onnx", 0.5)):
        session = onnxruntime.InferenceSession(tmp_path / name)
        for window, logits in zip(windows, expected, strict=True):
            feed = {"input_ids": np.array([window.ids]), "kinds": np.array([window.kinds])}
            found = session.run(None, feed)[0][0]
            assert found == pytest.approx(logits[: len(window.ids)].numpy(), abs=near)
    folder = find_weights().folder
    assert folder is not None
    other = ReaderNetwork(folder)
    restore(other, tmp_path / "plain.onnx")
    for tensor, same in zip(
        network.state_dict().values(), other.state_dict().values(), strict=True
    ):
        assert torch.equal(tensor, same)
    restore(other, tmp_path / "reader.onnx")
    for name, tensor in network.state_dict().items():
        # 8 bits: 256 steps from the least to the greatest, of a row or of the whole table
        step = float(tensor.max() - tensor.min()) / 255
        assert torch.allclose(tensor, other.state_dict()[name], atol=step), name


def test_a_network_moves_a_share_of_the_way_to_an_earlier_run(tmp_path: Path) -> None:
    folder = find_weights().folder
    assert folder is not None
    torch.manual_seed(2)
    earlier, network = ReaderNetwork(folder), ReaderNetwork(folder)
    earlier.load_state_dict(network.state_dict())
    with torch.no_grad():
        for values in earlier.parameters():
            values.add_(1.0)
    at_first = [values.clone() for values in network.parameters()]
    export(earlier, tmp_path / "reader.onnx", plain=tmp_path / "plain.onnx")
    mix(network, tmp_path / "plain.onnx", 0.7)
    for (name, values), before in zip(network.named_parameters(), at_first, strict=True):
        assert torch.allclose(values, before + 0.7, atol=1e-5), name


def test_a_word_is_replaced_by_one_that_stands_in_such_a_place() -> None:
    questions = [
        f"Who {word} the town?" for word in ("founded", "besieged", "owned", "burned", "saw")
    ]
    slots = slots_of([*questions, "Where is the town?"])
    assert {key: sorted(words) for key, words in slots.items()} == {
        ("who", "the"): ["besieged", "burned", "founded", "owned", "saw"]
    }
    asked = Example(questions[0], "Ann burns and Bo founded towns.", Span(14, 16), ("Bo",))
    bent = {reworded(asked, slots, random.Random(n)) for n in range(40)}
    # "burned" stands in the text with another ending, "saw" is of another form.
    assert bent == {"Who besieged the town?", "Who owned the town?"}
    assert reworded(replace(asked, question="Why?"), slots, random.Random(1)) is None
    assert slots_of(questions[:3]) == {}  # so few words make no place to fill


def test_questions_are_bent_until_nothing_answers() -> None:
    chance = random.Random(1)
    text = "Ines opened the bridge."
    asked = Example("Who opened the first bridge?", text, Span(0, 4), ("Ines",))
    assert {opposed(asked, chance) for _ in range(20)} == {
        "Who closed the first bridge?",
        "Who opened the last bridge?",
    }
    both = replace(asked, text="Ines opened the first bridge and closed the last.")
    assert opposed(both, chance) is None  # the text speaks of the opposites too
    assert negated(replace(asked, question="Why did it open?")) == "Why didn't it open?"
    assert negated(replace(asked, question="Who sings?")) is None
    assert negated(replace(asked, question="Why did it open?", text="It did not.")) is None
    named = replace(asked, question="What did Ines open in Lund?", text="In Lund Ines met Anna.")
    assert {renamed(replace(named, golds=()), ["Oslo"], chance) for _ in range(60)} == {
        "What did Anna open in Lund?",
        "What did Oslo open in Lund?",
        "What did Ines open in Anna?",
        "What did Ines open in Oslo?",
    }
