"""What the page shows before anybody asks, made of the index while Gradio is imported.

Whatever else a page needs asked beforehand belongs here: it costs no time of its own as long as
it takes less than that import does, and it leaves embedder and reader open for the first visitor.
When it runs is left to `serving`, how it is shown to `page`.
"""

from dataclasses import dataclass

from qa.chat.examples import example_questions
from qa.errors import ReaderError
from qa.index import Index

__all__ = ["Ahead", "look_ahead"]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was asked of an index ahead: the example questions, which it answers."""

    examples: tuple[str, ...]


def look_ahead(index: Index) -> Ahead:
    """Ask an index all that its page shows before anybody asks.

    Args:
        index: what the page is of.

    Raises:
        EmbedderError: questions cannot be embedded, so nothing could ever be asked.
    """
    try:
        examples = tuple(example_questions(index))
    except ReaderError:  # passages can still be shown, and the page says why
        examples = ()
    return Ahead(examples)
