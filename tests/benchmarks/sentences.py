"""Compare sentence splitters on the hard cases in tests/cases/sentences.jsonl.

Run it with ``python tests/benchmarks/sentences.py``; add ``--failures`` to list the
cases that each candidate gets wrong.  A candidate is a function from a text to the
``(start, end)`` spans of its sentences, without white space at either end, taken from
the library's own offsets.  A library that is not installed is left out.

A case is right when every span is right.  Precision, recall and F1 are over borders:
the start offsets of all sentences but the first of each case.  "Splits" counts borders
found where none is, "merges" borders that were missed.  The long text repeats the
cases, so a library that remembers its decisions (nupunkt) looks faster than on fresh
text.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from itertools import pairwise
from pathlib import Path

Span = tuple[int, int]
Splitter = Callable[[str], list[Span]]

CASES = Path(__file__).parents[1] / "cases" / "sentences.jsonl"
LONG_TEXT = 300_000


@dataclass(frozen=True)
class Case:
    """A text, its sentences as spans, and what makes it hard."""

    text: str
    spans: list[Span]
    what: str


@dataclass
class Score:
    """Counts over all cases for one candidate."""

    exact: int = 0
    found: int = 0
    splits: int = 0
    merges: int = 0
    wrong: list[tuple[str, list[str]]] = field(default_factory=list)


def nupunkt_default() -> Splitter:
    """Give nupunkt as it comes: its default model, blank lines as borders."""
    splitter: Splitter = import_module("nupunkt").load("default").spans
    return splitter


def nupunkt_adaptive() -> Splitter:
    """Give nupunkt's adaptive mode with its default threshold."""
    load = import_module("nupunkt.models").load_default_model
    adaptive = import_module("nupunkt.hybrid").AdaptiveTokenizer
    tokenizer = adaptive(model_or_text=load().parameters, confidence_threshold=0.7)
    splitter: Splitter = tokenizer.spans
    return splitter


def ours() -> Splitter:
    """Give the project's own: nupunkt with the settings of `qa.sentences`."""
    from qa.sentences import split_sentences

    return lambda text: [(span.start, span.end) for span in split_sentences(text)]


def syntok() -> Splitter:
    """Give syntok, one paragraph at a time (its own base offset copies the text)."""
    segmenter = import_module("syntok.segmenter")
    make = import_module("syntok.tokenizer").Tokenizer
    tokenizer = make(replace_not_contraction=False)

    def split(text: str) -> list[Span]:
        spans = []
        for offset, paragraph in segmenter.preprocess_with_offsets(text):
            for sentence in segmenter.segment(tokenizer.tokenize(paragraph)):
                tokens = [token for token in sentence if token.value]
                if tokens:
                    last = tokens[-1]
                    end = last.offset + len(last.value)
                    spans.append((offset + tokens[0].offset, offset + end))
        return spans

    return split


CANDIDATES: dict[str, Callable[[], Splitter]] = {
    "nupunkt": nupunkt_default,
    "nupunkt adaptive 0.7": nupunkt_adaptive,
    "qa.sentences": ours,
    "syntok": syntok,
}


def read_cases(path: Path) -> list[Case]:
    """Read the cases and place their sentences."""
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text, spans, end = row["text"], [], 0
        for sentence in row["sentences"]:
            start = text.index(sentence, end)
            if text[end:start].strip() or sentence != sentence.strip():
                raise ValueError(f"text outside the sentences: {row['what']}")
            end = start + len(sentence)
            spans.append((start, end))
        if text[end:].strip():
            raise ValueError(f"text after the sentences: {row['what']}")
        cases.append(Case(text, spans, row["what"]))
    return cases


def check_spans(text: str, spans: list[Span]) -> None:
    """Refuse spans that overlap, have white space at an end, or leave text out."""
    edges = [(0, 0), *spans, (len(text), len(text))]
    for (_, before), (after, _) in pairwise(edges):
        if before > after or text[before:after].strip():
            raise ValueError(f"overlap or lost text between {before} and {after}")
    for start, end in spans:
        if start >= end or text[start:end] != text[start:end].strip():
            raise ValueError(f"span not trimmed: {start}, {end}")


def score(split: Splitter, cases: list[Case]) -> Score:
    """Count what a candidate gets right and wrong."""
    result = Score()
    for case in cases:
        spans = split(case.text)
        check_spans(case.text, spans)
        gold = {start for start, _ in case.spans[1:]}
        ours = {start for start, _ in spans[1:]}
        result.found += len(gold & ours)
        result.splits += len(ours - gold)
        result.merges += len(gold - ours)
        if spans == case.spans:
            result.exact += 1
        else:
            sentences = [case.text[start:end] for start, end in spans]
            result.wrong.append((case.what, sentences))
    return result


def speed(split: Splitter, cases: list[Case]) -> float:
    """Give characters per second on a long text of many paragraphs."""
    once = "\n\n".join(case.text for case in cases) + "\n\n"
    text = once * (LONG_TEXT // len(once) + 1)
    start = time.perf_counter()
    check_spans(text, split(text))
    return len(text) / (time.perf_counter() - start)


def main() -> None:
    """Print the table."""
    cases = read_cases(CASES)
    borders = sum(len(case.spans) - 1 for case in cases)
    print(f"{len(cases)} cases, {borders} borders")
    head = ("exact", "precision", "recall", "F1", "splits", "merges", "chars/s")
    print(f"{'candidate':22}" + "".join(f"{name:>11}" for name in head))
    for name, make in CANDIDATES.items():
        try:
            split = make()
        except ModuleNotFoundError as error:
            print(f"{name:22} left out: {error.name} is not installed")
            continue
        result = score(split, cases)
        precision = result.found / max(1, result.found + result.splits)
        recall = result.found / max(1, borders)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(
            f"{name:22}{result.exact:11}{precision:11.3f}{recall:11.3f}{f1:11.3f}"
            f"{result.splits:11}{result.merges:11}{speed(split, cases):11,.0f}"
        )
        if "--failures" in sys.argv[1:]:
            for what, sentences in result.wrong:
                print(f"    {what}: {' | '.join(sentences)!r}")


if __name__ == "__main__":
    main()
