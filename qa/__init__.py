"""Ask a brief: the best-matching passages and the exact answer, or "the brief does not say".

    >>> import qa
    >>> hits = qa.retrieve("When is the visit?")        # the best passages
    >>> answer = qa.ask("When is the visit?")           # the answer, or silence
    >>> answer.document.text[answer.span.start:answer.span.end] == answer.text
    True

`build` makes an index of your own documents, `add` and `remove` change it, and `load` opens it.
Nothing heavy is imported until it is needed, and asking never imports torch.
"""

from qa.assistant import ask, retrieve
from qa.change import Change
from qa.citations import cite, verify
from qa.collection import add, build, remove
from qa.defaults import load
from qa.errors import (
    CitationError,
    DocumentError,
    EmbedderError,
    FeedbackError,
    IndexFolderError,
    QAError,
    QAWarning,
    QuestionError,
    ReaderError,
    ServerError,
)
from qa.index import Index
from qa.types import Answer, Band, Copy, Document, Hit, Passage, Span
from qa.verifier import Finding
from qa.version import VERSION as _VERSION

__all__ = [
    "Answer",
    "Band",
    "Change",
    "CitationError",
    "Copy",
    "Document",
    "DocumentError",
    "EmbedderError",
    "FeedbackError",
    "Finding",
    "Hit",
    "Index",
    "IndexFolderError",
    "Passage",
    "QAError",
    "QAWarning",
    "QuestionError",
    "ReaderError",
    "ServerError",
    "Span",
    "add",
    "ask",
    "build",
    "cite",
    "load",
    "remove",
    "retrieve",
    "verify",
]

__version__ = _VERSION
