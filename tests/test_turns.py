"""The turns of a chat: asked, kept as plain values, and read back whatever was kept."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qa
from qa.chat.source import source_html
from qa.chat.turns import KEPT, Turn, ask_turn, put, read_turns
from qa.errors import ReaderError


@pytest.fixture(scope="module")
def turn(bridge: qa.Index) -> Turn:
    return ask_turn(bridge, " What did the bridge cost? ")


def test_a_turn_is_what_asking_gives(bridge: qa.Index, turn: Turn) -> None:
    assert turn["question"] == "What did the bridge cost?"
    assert turn["answer"] == qa.ask("What did the bridge cost?", index=bridge).to_dict()
    assert turn["answer"]["answer"] == "42 million euros"
    assert ask_turn(bridge, "Why?")["id"] != turn["id"]
    assert ask_turn(bridge, "Why?", name=turn["id"])["id"] == turn["id"]


def test_a_turn_leans_on_earlier_ones(bridge: qa.Index, turn: Turn) -> None:
    assert ask_turn(bridge, "and who paid?", [turn])["answer"]["carried"] == ["bridge"]
    assert ask_turn(bridge, "and who paid?")["answer"]["carried"] == []


def test_a_question_that_cannot_be_asked_is_refused(bridge: qa.Index) -> None:
    with pytest.raises(qa.QuestionError, match="empty"):
        ask_turn(bridge, " ?")


def test_without_a_reader_a_turn_has_the_passages_and_says_why(
    bridge: qa.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed() -> None:
        raise ReaderError("No weights.")

    monkeypatch.setattr("qa.assistant.open_reader", closed)
    answer = ask_turn(bridge, "What did the bridge cost?")["answer"]
    assert answer["notice"] == "No weights."
    assert answer["answer"] is None
    hits = qa.retrieve("What did the bridge cost?", index=bridge)
    assert [hit["passage"] for hit in answer["hits"]] == [hit.passage.id for hit in hits]


def test_kept_turns_come_back_as_they_were(turn: Turn) -> None:
    other: Turn = {**turn, "id": "0123456789abcdef", "liked": False}
    kept = json.loads(json.dumps([turn, other]))
    assert read_turns(kept) == [turn, other]
    assert read_turns([*kept, kept[0] | {"liked": True}]) == [{**turn, "liked": True}, other]
    turns = [turn]
    put(turns, other)
    put(turns, {**turn, "question": "Why?"})
    assert turns == [{**turn, "question": "Why?"}, other]


def test_only_the_last_turns_are_read(turn: Turn) -> None:
    many = [{**turn, "id": f"{n:016x}"} for n in range(KEPT + 3)]
    assert [one["id"] for one in read_turns(many)] == [one["id"] for one in many[3:]]


@pytest.mark.parametrize(
    "change",
    [
        {"id": 'a" onclick="alert(1)'},
        {"id": None},
        {"question": "?"},
        {"question": 7},
        {"answer": None},
        {"answer": {}},
        {"answer": {"answer": None}},
    ],
)
def test_what_is_no_turn_is_left_out(turn: Turn, change: dict[str, Any]) -> None:
    assert read_turns([{**turn, **change}, turn]) == [turn]


def test_an_answer_that_lacks_anything_is_left_out(turn: Turn) -> None:
    for name in turn["answer"]:
        answer = {key: value for key, value in turn["answer"].items() if key != name}
        assert read_turns([{**turn, "answer": answer}]) == [], name


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(ANYTHING)
def test_anything_kept_is_survived(kept: object) -> None:
    assert read_turns(kept) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_value_of_an_answer_breaks_the_page(
    data: st.DataObject, bridge: qa.Index, turn: Turn
) -> None:
    name = data.draw(st.sampled_from(sorted(turn["answer"])))
    kept = {**turn, "answer": turn["answer"] | {name: data.draw(ANYTHING)}}
    for one in read_turns([kept]):
        source_html(bridge, bridge.documents[0], one["answer"])
        ask_turn(bridge, "and why?", [one])
