"""The training itself: lessons in, weights out, with a checkpoint to go on from.

The learning rate warms up, stays, and falls to nothing over the last part (Hu et al. 2024,
MiniCPM, section 4, "WSD"). The checkpoint is kept from before the fall, so that a later,
longer run goes on where this one stood as if it had been planned so.
"""

import ctypes
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import torch

from qa.pairs import PairEncoder
from qa.training.network import ReaderNetwork, Row, loss_of, rows_of
from qa.training.sampling import Lesson

__all__ = ["train"]

_log = logging.getLogger("qa.training")

RATE = 2e-4
DECAY = 0.01
"""Of weights; biases, norms, embeddings and the head keep theirs."""
WARM = 400_000
"""Tokens over which the rate rises."""
ROWS = 36
"""Rows a step."""
BATCH = 4
"""Rows run together, of like length; few stay in a processor's cache."""
_SAVED_EVERY = 400


def train(
    network: ReaderNetwork,
    lessons: Iterator[Lesson],
    encoder: PairEncoder,
    *,
    tokens: int,
    checkpoint: Path,
) -> None:
    """Train a network in place until it has seen so many tokens.

    Args:
        network: its weights are changed.
        lessons: without end, and the same again when a checkpoint is gone on from.
        encoder: turns lessons into rows.
        tokens: how many tokens to learn from in all, those before the checkpoint included.
        checkpoint: where the state is kept, and gone on from if it is there.
    """
    _keep_memory()
    optimizer = _optimizer(network)
    seen, taken, step = 0, 0, 0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        seen, taken, step = state["seen"], state["taken"], state["step"]
        for _ in range(taken):
            next(lessons)
    network.train()
    # Without units of its own for it, a processor is slower at bfloat16 than at float32.
    halved = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    began, before, mean = time.monotonic(), seen, 0.0
    first = step
    while seen < tokens:
        rows: list[Row] = []
        while len(rows) < ROWS:
            rows += rows_of(next(lessons), encoder, taken)[: ROWS - len(rows)]
            taken += 1
        for group in optimizer.param_groups:
            group["lr"] = RATE * _share(seen, tokens)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=halved):
            loss = loss_of(network, rows, BATCH)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seen += sum(len(row.window.ids) for row in rows)
        step += 1
        mean += (float(loss.detach()) - mean) / min(step - first, 100)
        if step % 50 == 0:
            pace = (seen - before) / (time.monotonic() - began)
            _log.info(
                "step %d, %.1f of %.1f million tokens, loss %.3f, %.0f minutes left",
                step, seen / 1e6, tokens / 1e6, mean, (tokens - seen) / pace / 60,
            )  # fmt: skip
        if step % _SAVED_EVERY == 0:
            state = {
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "seen": seen,
                "taken": taken,
                "step": step,
            }
            beside = checkpoint.with_suffix(".new")
            torch.save(state, beside)
            beside.replace(checkpoint)


def _share(seen: int, tokens: int) -> float:
    """Return the share of the full rate at a point of the training."""
    return min((seen + 1) / WARM, (tokens - seen) / tokens)


def _optimizer(network: ReaderNetwork) -> torch.optim.Optimizer:
    kept: list[torch.nn.Parameter] = []
    decayed: list[torch.nn.Parameter] = []
    for name, weights in network.named_parameters():
        if not weights.requires_grad:
            continue
        plain = weights.ndim < 2 or "embeddings" in name or "head" in name
        (kept if plain else decayed).append(weights)
    groups = [
        {"params": kept, "weight_decay": 0.0},
        {"params": decayed, "weight_decay": DECAY},
    ]
    return torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98), fused=True)


def _keep_memory() -> None:
    """Let glibc keep freed memory: asking the kernel anew at each step took a third of the time."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(-4, 0)  # M_MMAP_MAX
        libc.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD
