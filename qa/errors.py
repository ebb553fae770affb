"""Every error this package raises on purpose; each message is one sentence with the next step.

    QAError
    ├── DocumentError      a source that cannot be read, or holds no text
    ├── QuestionError      a question that cannot be asked
    ├── EmbedderError      model weights missing, altered or unusable
    ├── ReaderError        the exact answer cannot be found; passages still can
    ├── CitationError      citations that cannot be read, written or be true of any document
    ├── FeedbackError      a verdict on an answer that cannot be kept
    ├── IndexFolderError   an index folder missing, damaged, foreign, or made by a newer version
    └── ServerError        a page that may not, or cannot, be served as asked

Showing them (an exit code, a notice on the page) is left to `cli` and `chat`.
"""

__all__ = [
    "CitationError",
    "DocumentError",
    "EmbedderError",
    "FeedbackError",
    "IndexFolderError",
    "QAError",
    "QAWarning",
    "QuestionError",
    "ReaderError",
    "ServerError",
]


class QAError(Exception):
    """The base of all errors raised on purpose; `str(error)` is a sentence for people."""


class DocumentError(QAError):
    """A source cannot be read as text, or nothing is left of it after cleaning."""


class QuestionError(QAError):
    """A question is empty, far too long, or asked with impossible options."""


class EmbedderError(QAError):
    """A model is not found, its weights are not the expected ones, or it does not load."""


class ReaderError(QAError):
    """The weights that find the exact answer are missing or altered; passages are still found."""


class CitationError(QAError):
    """Citations cannot be read, lack a field, or have offsets that their document cannot have."""


class FeedbackError(QAError):
    """A verdict on an answer cannot be written to its file, which is left as it was."""


class IndexFolderError(QAError):
    """An index folder is missing, incomplete, altered, foreign, or of a newer format."""


class ServerError(QAError):
    """The page was asked to serve where it may not, or a port is taken."""


class QAWarning(UserWarning):
    """Something worth one sentence that does not stop the work, such as a slower fallback."""
