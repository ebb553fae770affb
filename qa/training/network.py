"""The reader's network: the embedder's own transformer with a head for start and end.

Logits are taken relative to the first position's, [CLS], which stands for "not here": so a
span's score is its log-odds against silence, and compares between passages. The loss over two
passages of one question is normalised across both (Clark and Gardner 2018, section 3.3,
"shared-norm", with one no-answer option).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from qa.pairs import KINDS, PASSAGE, QUESTION, SHARED, PairEncoder, Window
from qa.training.sampling import Lesson
from qa.types import Span

__all__ = ["ReaderNetwork", "Row", "loss_of", "pad", "rows_of"]

SHARED_WEIGHT = 0.5
"""How much the loss over two passages counts beside that of each alone."""
DROPOUT = 0.1
"""Of states, while training: there are few examples for so many weights."""
_OUT = -1e4
_PAD = 0  # a token's id, of BERT's vocabulary


class ReaderNetwork(nn.Module):
    """Token ids and kinds in, a start and an end logit for every token out."""

    def __init__(self, folder: Path) -> None:
        """Start from a BERT-like encoder's weights; the new kinds start as those they part from.

        The table of words keeps its values: it is half of all weights, and most words are rare.
        """
        super().__init__()
        from transformers import BertModel

        self.encoder = BertModel.from_pretrained(
            folder,
            add_pooling_layer=False,
            attn_implementation="sdpa",
            hidden_dropout_prob=DROPOUT,
            attention_probs_dropout_prob=0.0,  # a CPU's fused attention has none
        )
        known = self.encoder.embeddings.token_type_embeddings.weight.detach()
        kinds = nn.Embedding(KINDS, known.shape[1])
        with torch.no_grad():
            kinds.weight.copy_(known[[QUESTION, PASSAGE, PASSAGE, QUESTION]])
        self.encoder.embeddings.token_type_embeddings = kinds
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.head = nn.Linear(known.shape[1], 2)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: torch.Tensor, kinds: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return logits less [CLS]'s, float32, shape (windows, tokens, 2)."""
        states = self.encoder(
            input_ids=ids, token_type_ids=kinds, attention_mask=mask
        ).last_hidden_state
        logits: torch.Tensor = self.head(states).float()
        return logits - logits[:, :1]


@dataclass(frozen=True, slots=True)
class Row:
    """A window, the positions of the answer's first and last token (0, 0: none), its lesson."""

    window: Window
    start: int
    end: int
    lesson: int


def rows_of(lesson: Lesson, encoder: PairEncoder, number: int) -> list[Row]:
    """Encode a lesson; of a text longer than the window, the first that holds the answer."""
    rows = []
    for window in encoder.windows(lesson.question, lesson.text):
        place = _place(window, lesson.answer)
        if place:
            rows.append(Row(window, *place, number))
            break
    other = next(encoder.windows(lesson.question, lesson.other or ""), None)
    if other:
        rows.append(Row(other, 0, 0, number))
    return rows


def _place(window: Window, answer: Span | None) -> tuple[int, int] | None:
    """Return the positions of the answer's first and last token; None if it is not all there."""
    if answer is None:
        return 0, 0
    inside = [n for n, (a, b) in enumerate(window.spans) if a < answer.end and answer.start < b]
    if not inside:
        return None
    whole = window.spans[inside[0]][0] <= answer.start and window.spans[inside[-1]][1] >= answer.end
    return (window.first + inside[0], window.first + inside[-1]) if whole else None


def loss_of(network: nn.Module, rows: Sequence[Row], batch: int) -> torch.Tensor:
    """Return the mean loss of some rows, run in batches of like length.

    Equal batches and few widths keep a CPU from preparing its kernels anew each time.
    """
    ordered = sorted(rows, key=lambda row: len(row.window.ids))
    sums, golds = [], []
    for first in range(0, len(ordered), batch):
        some = ordered[first : first + batch]
        ids, kinds, mask = (
            torch.from_numpy(array) for array in pad([row.window for row in some], multiple=16)
        )
        logits = network(ids, kinds, mask)
        # Where the question stands, and beyond the end, there is no answer.
        outside = (kinds != PASSAGE) & (kinds != SHARED)
        passage = logits + _OUT * outside[..., None]
        sums.append(torch.logsumexp(passage, dim=1))
        places = torch.tensor([[row.start, row.end] for row in some])
        golds.append(logits.gather(1, places[:, None]).squeeze(1))  # 0 at [CLS]
    total, gold = torch.cat(sums), torch.cat(golds)  # both (rows, 2): of start and end
    loss = (nn.functional.softplus(total) - gold).sum()
    pairs = _pairs(ordered)
    if pairs:
        one, other = torch.tensor(pairs).T
        both = torch.logaddexp(total[one], total[other])
        shared = nn.functional.softplus(both) - gold[one] - gold[other]
        loss = loss + SHARED_WEIGHT * shared.sum()
    return loss / len(rows)


def pad(windows: Sequence[Window], *, multiple: int = 1) -> tuple[npt.NDArray[np.int64], ...]:
    """Return the windows' ids, kinds and mask, each int64 of shape (windows, tokens).

    The width is that of the longest, rounded up to a multiple of `multiple`.
    """
    width = -(-max(len(window.ids) for window in windows) // multiple) * multiple
    ids = np.full((len(windows), width), _PAD, dtype=np.int64)
    kinds = np.full((len(windows), width), QUESTION, dtype=np.int64)
    mask = np.zeros((len(windows), width), dtype=np.int64)
    for row, window in enumerate(windows):
        length = len(window.ids)
        ids[row, :length] = window.ids
        kinds[row, :length] = window.kinds
        mask[row, :length] = 1
    return ids, kinds, mask


def _pairs(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Return the places of the rows that show the same lesson's two passages."""
    places: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.lesson, []).append(place)
    return [(p[0], p[1]) for p in places.values() if len(p) == 2]
