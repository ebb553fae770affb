"""What a document is about, worked out once: its questions to offer and its card.

Both take some tenths of a second of reading, so they are kept. How they are found is left to
`examples` and `glance`.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from qa.chat.examples import example_questions
from qa.chat.glance import at_a_glance, glance_html
from qa.errors import ReaderError
from qa.index import Index
from qa.types import Document

__all__ = ["Gist"]

T = TypeVar("T")

KEPT = 64
"""So many results of either kind are kept, those used last."""


class _Kept(Generic[T]):
    """Results by what they were made of; safe for many threads."""

    def __init__(self) -> None:
        self._results: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        made = make()  # two at once may make the same; neither keeps others waiting
        with self._lock:
            self._results[key] = made
            if len(self._results) > KEPT:
                self._results.popitem(last=False)
        return made


class Gist:
    """Questions and cards of documents, each made when first wanted.

    `prepare` is where what a page shows at once is made, while Gradio is being imported.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._questions: _Kept[list[str]] = _Kept()
        self._cards: _Kept[str] = _Kept()

    def prepare(self, index: Index) -> None:
        """Make what the page of an index shows first, and open embedder and reader by that.

        Raises:
            EmbedderError: questions cannot be embedded, so nothing could ever be asked.
        """
        self.questions(index)
        self.welcome(index)

    def questions(self, index: Index) -> list[str]:
        """Return questions that the documents answer; none where there is no reader."""
        key = tuple(document.id for document in index.documents)
        try:
            return self._questions.get(key, lambda: example_questions(index))
        except ReaderError:  # passages can still be shown, and each reply says why
            return []

    def welcome(self, index: Index) -> str:
        """Return the card that a page opens with; of several documents there is none."""
        return self.card(index, index.documents[0]) if len(index.documents) == 1 else ""

    def card(self, index: Index, document: Document) -> str:
        """Return who, what, when, where, why and how of a document, as HTML.

        It is empty where there is no reader.
        """
        several = len(index.documents) > 1

        def make() -> str:
            return glance_html(at_a_glance(index, document=document), several=several)

        try:
            return self._cards.get((document.id, several), make)
        except ReaderError:
            return ""
