"""What `qa eval` tells: a table for people, the same as plain values for programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from qa.evaluation import Outcome, figures

__all__ = ["report_lines", "report_values"]

_SHARES = (
    "recall@1", "recall@3", "recall@5", "MRR@10", "answer sentence@1", "EM", "F1", "AUROC",
    "best overall F1", "false answers", "false refusals",
)  # fmt: skip
_FAILED_SHOWN = 20


def report_values(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the figures of all questions and of each kind, and the questions that failed."""
    return {
        "all": figures(outcomes),
        "kinds": {kind: figures(some) for kind, some in _kinds(outcomes).items()},
        "failed": [
            {
                "question": o.question.text,
                "kind": o.question.kind,
                "of": o.question.place,
                **_wanted(o),
                "likeliest": o.said,
                "band": o.band,
                "confidence": round(o.confidence, 4),
            }
            for o in outcomes
            if not o.right
        ],
    }


def _wanted(outcome: Outcome) -> dict[str, Any]:
    """Return what a question's row says of its answer."""
    if (rejected := outcome.question.rejected) is None:
        return {"answers": list(outcome.question.answers)}
    return {"rejected": next(iter(rejected), None)}


def _kinds(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    kinds: dict[str, list[Outcome]] = {}
    for outcome in (o for o in outcomes if o.question.rejected is None):
        kinds.setdefault(outcome.question.kind, []).append(outcome)
    return kinds


def report_lines(outcomes: Sequence[Outcome], *, failed: int = _FAILED_SHOWN) -> Iterator[str]:
    """Yield the lines of the table for people, with the first `failed` questions that failed."""
    values = report_values(outcomes)
    whole = values["all"]
    yield f"{whole['questions']} questions, {whole['answerable']} of them answered by their text"
    yield ""
    for name in _SHARES:
        if whole[name] is not None:
            yield f"  {name:<18} {whole[name]:.3f}"
    for band, found in whole["bands"].items():
        if found["answers"]:
            low, high = found["interval"]
            yield (
                f"  {band:<18} {found['precision']:.3f} right of {found['answers']} answers "
                f"(95 %: {low:.3f} to {high:.3f})"
            )
    if rejected := whole["rejected"]["questions"]:
        yield f"  rejected answers given again: {whole['rejected']['given again']} of {rejected}"
    if len(values["kinds"]) > 1:
        yield ""
        yield "  kind               n  passage  sentence     EM     F1   said"
        for kind, some in values["kinds"].items():
            said = some["false answers"]
            if said is None:
                said = 1 - some["false refusals"]
            shares = [some[name] for name in ("recall@1", "answer sentence@1", "EM", "F1")]
            cells = [f"{share:.2f}" if share is not None else "-" for share in (*shares, said)]
            yield (
                f"  {kind:<14} {some['questions']:>5} {cells[0]:>8} {cells[1]:>9} {cells[2]:>6} "
                f"{cells[3]:>6} {cells[4]:>6}"
            )
    wrong = values["failed"]
    if wrong:
        yield ""
        yield f"{len(wrong)} failed" + (f"; the first {failed}:" if len(wrong) > failed else ":")
        for row in wrong[:failed]:
            if "answers" in row:
                wanted = " / ".join(row["answers"]) or "(not said)"
            else:
                wanted = f"anything but {row['rejected'] or '(not said)'}"
            yield f"  {row['question']}\n    wanted {wanted}; {row['band']}: {row['likeliest']}"
