"""The turns of a chat: asked, kept by the browser as plain values, and read back from there.

What a browser gives back may be anything, so a turn is taken only if it can be shown. What a
turn looks like is left to `replies`, where it is kept to `page.js`.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from qa import assistant
from qa.chat.replies import answer_html
from qa.errors import ReaderError
from qa.index import Index
from qa.retrieval import check_question
from qa.types import hit_to_dict

__all__ = ["Turn", "ask_turn", "is_of", "put", "read_turns"]

REMEMBERED = 20
"""So many earlier turns can be leaned on; a chat may be far longer."""

KEPT = 100
"""So many turns are shown again, the last ones."""

_NAME = re.compile(r"[0-9a-f]{16}")


class Turn(TypedDict):
    """A question and what was found, as plain values for JSON.

    `id` names it on the page; `answer` is `Answer.to_dict()`, with a `notice` where no answer
    could be looked for; `liked` is the person's verdict, where there is one.
    """

    id: str
    question: str
    answer: dict[str, Any]
    liked: NotRequired[bool]


def ask_turn(
    index: Index, question: str, earlier: Sequence[Turn] = (), *, name: str | None = None
) -> Turn:
    """Ask a question in a chat.

    Args:
        index: what is asked.
        question: the question as typed.
        earlier: the turns that it may lean on, oldest first; none for a question that is to
            be read alone.
        name: the turn's id, when it takes the place of one; None for a new one.

    Raises:
        QuestionError: the question cannot be asked.
    """
    history = [(turn["question"], turn["answer"]["answer"] or "") for turn in earlier]
    try:
        answer = assistant.ask(question, history=history[-REMEMBERED:], index=index).to_dict()
    except ReaderError as error:  # what can be done without a reader is done
        hits = assistant.retrieve(question, index=index)
        answer = _unread(check_question(question), str(error), [hit_to_dict(hit) for hit in hits])
    return Turn(id=name or secrets.token_hex(8), question=question.strip(), answer=answer)


def _unread(question: str, notice: str, hits: list[dict[str, Any]]) -> dict[str, Any]:
    nothing = dict.fromkeys(("answer", "start", "end", "sentence", "sentence_start"))
    return {
        "question": question,
        "resolved": question,
        "carried": [],
        **nothing,
        "document": None,
        "page": None,
        "confidence": 0.0,
        "band": "not in the brief",
        "missing": [],
        "hits": hits,
        "notice": notice,
    }


def put(turns: list[Turn], turn: Turn) -> None:
    """Add a turn to others, or put it in the place of the one of the same id."""
    for place, one in enumerate(turns):
        if one["id"] == turn["id"]:
            turns[place] = turn
            return
    turns.append(turn)


def is_of(index: Index, answer: Mapping[str, Any]) -> bool:
    """Tell whether all that an answer shows is in an index, and its quote stands where it says.

    A turn that a browser kept may be about documents that are gone, or about none there ever was.
    """
    documents = [hit["document"]["id"] for hit in answer["hits"]]
    if any(index.document(document) is None for document in documents):
        return False
    if answer["answer"] is None:
        place = (answer["start"], answer["end"], answer["document"])
        return place == (None, None, None) and answer["band"] == "not in the brief"
    document = index.document(answer["document"]["id"])
    return (
        document is not None
        and document.text[answer["start"] : answer["end"]] == answer["answer"]
        and all(
            answer["document"][name] == value
            for name, value in (
                ("sha256", document.sha256),
                ("title", document.title),
                ("source", document.source),
            )
        )
    )


def read_turns(kept: object) -> list[Turn]:
    """Return the turns in what a browser kept, oldest first; what is none is left out."""
    if not isinstance(kept, list):
        return []
    turns: list[Turn] = []
    for one in kept[-KEPT:]:
        if (turn := _read_turn(one)) is not None:
            put(turns, turn)
    return turns


def _read_turn(one: Any) -> Turn | None:
    try:
        turn = Turn(id=one["id"], question=one["question"], answer=dict(one["answer"]))
        if isinstance(one.get("liked"), bool):
            turn["liked"] = one["liked"]
        check_question(turn["question"])
        answer_html(turn["answer"], turn=turn["id"], several=True)
        whole = turn["answer"].keys() >= _unread("", "", []).keys() - {"notice"}
        whole = whole and _NAME.fullmatch(turn["id"]) is not None
    except Exception:  # noqa: BLE001 - it may be wrong in any way, and nothing depends on it
        return None
    return turn if whole else None
