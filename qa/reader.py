"""The exact words that answer, in passages: a small trained network on ONNX Runtime.

One run over a passage both finds its best span and ranks it among the others: a span's score
is its log-odds against "not here" (the network is described in `qa.training.network`).
Passages are read best first, until no other could overtake what was found; one at a time, for
8-bit activations are rounded over all that is run together, and nobody's neighbours should
change their score. The answer's sentence is then read again, with its neighbours and alone,
and the mean of all three counts: it errs less than each. `tokenscores` finds the span; whether a
reading is good enough to be said is left to `decision`.
"""

import bisect
import functools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from qa.contradiction import contradicts
from qa.errors import ReaderError
from qa.pairs import PairEncoder
from qa.tokenscores import TokenScores
from qa.types import Hit, Passage, Span
from qa.weights import file_sha256, find_weights
from qa.words import lacking_share

__all__ = ["DAMAGED", "MODEL_FOLDER", "NetworkReader", "Reader", "Reading", "open_reader"]

MODEL_FOLDER = Path(__file__).parent / "model"
CLOSER = ((1, 1 / 2), (0, 1 / 3))
"""What is read again: the answer's sentence with so many on either side; and the share that this
makes of the mean with what was read before (CONTRIBUTING)."""
CONTRADICTED = 6.0
"""Log-odds less for a question that says the contrary of the answer's sentence; chosen on the
development data (CONTRIBUTING)."""
LACKED = 8.0
"""What a reading's score loses for the words of the question that the answer's sentence lacks,
by their share: of two sentences that answer, the one that speaks of what is asked is the right
one. Chosen on the development data (CONTRIBUTING)."""
MOST_ODDS = 10.0
"""Log-odds that one passage's span in some hundreds exceeds; what needed more is not read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The best answer in one passage: its span in `hit.document`, and the sentence around it.

    `odds` is the span's log-odds against "not here", less `CONTRADICTED` where the question
    says the contrary of the sentence; `score` adds what retrieval says of the passage, less
    `LACKED` for what the sentence lacks of the question's words, and ranks readings, higher
    first.
    """

    hit: Hit
    span: Span
    sentence: Span
    odds: float
    score: float


class Reader(Protocol):
    """Something that finds the answer to a question in passages."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """Return the best answer in each passage that has words, best first.

        Args:
            question: the question, in plain words.
            hits: the passages, best first; the last may be left out when they cannot win.
        """


class NetworkReader:
    """Reads with trained weights; one session serves any number of threads."""

    def __init__(self, folder: Path = MODEL_FOLDER) -> None:
        """Open the weights once their hash is checked.

        Raises:
            ReaderError: they are missing or altered.
        """
        file = folder / "reader.onnx"
        try:
            settings = json.loads((folder / "reader.json").read_text("utf-8"))
            self._retrieval_weight = float(settings["retrieval_weight"])
            sound = file_sha256(file) == settings["sha256"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReaderError(DAMAGED) from error
        if not sound:
            raise ReaderError(DAMAGED)
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # The file was optimised when it was exported; doing it again would only cost time.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        # Threads that wait busily took two thirds of the processor from whoever else asked.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            file, options, providers=["CPUExecutionProvider"]
        )
        vocabulary = find_weights().folder
        assert vocabulary is not None  # noqa: S101 - the default model is always a folder
        self._encoder = PairEncoder(vocabulary / "tokenizer.json")

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """Return the best answer in each passage worth reading (see `Reader.read`)."""
        readings: list[Reading] = []
        best = -math.inf
        for hit in hits:
            if best >= MOST_ODDS + self._retrieval_weight * hit.score:
                break  # hits come best first: no other can overtake either
            if found := self._find(question, hit):
                readings.append(self._reading(question, hit, *found))
                best = max(best, readings[-1].score)
        return sorted(readings, key=lambda reading: -reading.score)

    def _find(self, question: str, hit: Hit) -> tuple[Span, float] | None:
        """Return the likeliest span of a passage and its log-odds; None without a word."""
        text, passage = hit.document.text, hit.passage
        sentences = passage.sentences
        windows = [
            (answer, scores)
            for scores in self._scores(question, hit, passage.start, passage.end)
            if (answer := scores.best(text, sentences))
        ]
        if not windows:
            return None
        found, scores = max(windows, key=lambda window: window[0][1])
        sentence = _sentence_of(passage, found[0])
        for around, share in CLOSER:
            near = sentences[max(0, sentence - around) : sentence + around + 1]
            if len(near) == len(sentences):
                continue  # it would be read as before
            closer = next(self._scores(question, hit, near[0].start, near[-1].end))
            mean = scores.mean_with(closer, share)
            if mean and (answer := mean.best(text, near)):
                found, scores = answer, mean
        return found

    def _reading(self, question: str, hit: Hit, span: Span, odds: float) -> Reading:
        sentence = hit.passage.sentences[_sentence_of(hit.passage, span)]
        told = sentence.of(hit.document.text)
        if contradicts(question, told):
            odds -= CONTRADICTED
        score = odds + self._retrieval_weight * hit.score
        return Reading(hit, span, sentence, odds, score - LACKED * lacking_share(question, told))

    def _scores(self, question: str, hit: Hit, start: int, end: int) -> Iterator[TokenScores]:
        """Read a stretch of a hit's document; yield its scores, of each window if it is long."""
        for window in self._encoder.windows(question, hit.document.text[start:end]):
            feed = {"input_ids": np.array([window.ids]), "kinds": np.array([window.kinds])}
            logits: npt.NDArray[np.float32] = self._session.run(None, feed)[0][0]
            yield TokenScores(
                np.array(window.spans) + start,
                np.array(window.words),
                logits[window.first : window.first + len(window.spans)],
            )


def _sentence_of(passage: Passage, span: Span) -> int:
    """Return which of a passage's sentences holds a span."""
    return max(0, bisect.bisect_right([s.start for s in passage.sentences], span.start) - 1)


DAMAGED = (
    "The reader's weights are missing or altered, so only passages can be shown; "
    "install again with: pip install --force-reinstall --no-deps brief-qa"
)


@functools.cache
def open_reader() -> Reader:
    """Open the shipped reader, once for the process.

    Raises:
        ReaderError: its weights are missing or altered.
    """
    return NetworkReader()
