"""Twenty people chat with one page at once, and everybody gets the library's answers."""

from collections.abc import Sequence

import qa
from tests.crowd import gather

QUESTIONS = (
    "When does the last boat leave the island?",
    "How much do tickets cost on weekdays?",
    "When does the museum open?",
    "and who is the curator?",
    "Who won the chess tournament in Reykjavik?",
    "What lives on the rocks to the north?",
    "How many farms does the path pass?",
    "What does the café serve?",
    "and until when?",
    "Since when have storms closed the path?",
)


def chat(visitor: int) -> list[str]:
    """Return a visitor's questions, begun at another place than the neighbours'."""
    start = visitor % len(QUESTIONS)
    return [*QUESTIONS[start:], *QUESTIONS[:start]]


def said(index: qa.Index, questions: Sequence[str]) -> list[tuple[str, str | None]]:
    """Return what the library says, each question leaning on those before it."""
    history: list[tuple[str, str]] = []
    answers: list[tuple[str, str | None]] = []
    for question in questions:
        text = qa.ask(question, history=history, index=index).text
        answers.append((question, text))
        history.append((question, text or ""))
    return answers


def test_twenty_visitors_with_ten_questions_each(url: str, index: qa.Index) -> None:
    chats = [chat(visitor) for visitor in range(20)]
    expected = {questions[0]: said(index, questions) for questions in chats}
    told = {answers[3] for answers in expected.values()}
    assert len(told) > 5  # chats differ, so a mixed up one would show
    visitors = gather(url, chats)
    assert [fault for visitor in visitors for fault in visitor.faults] == []
    for visitor in visitors:
        got = [(reply.question, reply.text) for reply in visitor.replies]
        assert got == expected[visitor.questions[0]]
