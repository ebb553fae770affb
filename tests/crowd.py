"""Many visitors of the page at once, each speaking the protocol that its front end speaks.

A question joins Gradio's queue and its reply comes over a stream of events, as in a browser; the
REST that programs use does not queue, and would not show what people wait for.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import html

from tests.protocol import Client

REPLY = 'class="qa-reply"'
QUOTED = "//*[contains(@class, 'qa-quote')]//mark[contains(@class, 'qa-answer')]"
SILENT = "//*[contains(@class, 'qa-silent')]"


@dataclass
class Reply:
    """What came of one question: the quote's words, None for silence, and the wait in seconds."""

    question: str
    text: str | None
    seconds: float


@dataclass
class Visitor:
    """A browser's side of one chat; `replies` and `faults` are what came back."""

    url: str
    questions: list[str]
    replies: list[Reply] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def visit(self) -> None:
        """Open the page and ask the questions, one after the other."""
        try:
            client = Client(self.url)
            client.http.get("/").raise_for_status()
            client.come()
            for question in self.questions:
                begun = time.perf_counter()
                done, shown = client.send("qa-question", "submit", question)
                assert done, shown
                waited = time.perf_counter() - begun
                text = _said(json.loads(shown)["data"])
                self.replies.append(Reply(question, text, waited))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is to tell it
            self.faults.append(f"{type(error).__name__}: {error}")


def gather(url: str, chats: list[list[str]]) -> list[Visitor]:
    """Let one visitor a chat ask its questions, all at once, and return them."""
    visitors = [Visitor(url, questions) for questions in chats]
    threads = [threading.Thread(target=visitor.visit) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return visitors


def _said(data: object) -> str | None:
    """Return the words that the last reply quotes, or None where it says that there are none."""
    reply = html.fromstring([text for text in _texts(data) if REPLY in text][-1])
    quoted = [mark.text_content() for mark in reply.xpath(QUOTED)]
    assert len(quoted) + len(reply.xpath(SILENT)) == 1, quoted
    return quoted[0] if quoted else None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
