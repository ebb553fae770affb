"""The examples a reader learns from: read, cleaned, and given their hard negatives.

Sources are gzipped JSON lines in SQuAD's manner (see CONTRIBUTING for the list and licences).
How often each is seen, and how an example is varied while training, is left to `sampling`.
"""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from qa.abbreviations import pairs
from qa.sentences import split_sentences
from qa.types import Span
from qa.wordindex import WordIndex

__all__ = ["Example", "Row", "acronyms", "definitions", "examples_of", "read_source", "texts_of"]

NEGATIVES = 4
"""So many of the best-matching passages without the answer are kept for a question."""


class Row(TypedDict):
    """A question as SQuAD writes it; each answer with its `text` and its `start`."""

    context: str
    question: str
    answers: Sequence[dict[str, str | int]]


@dataclass(frozen=True, slots=True)
class Example:
    """A question about a text: the answer's span in it, or None where it does not answer.

    `golds` are all answers that people gave; `negatives` are other texts that match the
    question's words best and hold none of the golds.
    """

    question: str
    text: str
    answer: Span | None
    golds: tuple[str, ...]
    negatives: tuple[str, ...] = ()


def read_source(path: Path, *, mine: bool = True) -> list[Example]:
    """Read one source; with `mine`, find the hard negatives of its questions."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return examples_of([json.loads(line) for line in file], mine=mine)


def examples_of(rows: Sequence[Row], *, mine: bool = True) -> list[Example]:
    """Return the examples of rows; with `mine`, with their hard negatives."""
    texts = list(dict.fromkeys(row["context"] for row in rows))
    index = WordIndex.build(texts) if mine else None
    examples = []
    for row in rows:
        golds = tuple(str(answer["text"]) for answer in row["answers"])
        examples.append(
            Example(
                row["question"].strip(),
                row["context"],
                agreed(row["answers"]),
                golds,
                tuple(_negatives(index, texts, row["question"], row["context"], golds))
                if index
                else (),
            )
        )
    return examples


def agreed(answers: Sequence[dict[str, str | int]]) -> Span | None:
    """Return the answer that shares most words with the other people's; of equals the shortest."""
    if not answers:
        return None
    spans = [Span(int(a["start"]), int(a["start"]) + len(str(a["text"]))) for a in answers]

    def agreement(span: Span) -> tuple[float, int]:
        return sum(_overlap(span, other) for other in spans), span.start - span.end

    return max(spans, key=agreement)


def _overlap(one: Span, other: Span) -> float:
    """Return the F1 of two spans' characters."""
    both = max(0, min(one.end, other.end) - max(one.start, other.start))
    return 2 * both / max(1, one.end - one.start + other.end - other.start)


def _negatives(
    index: WordIndex, texts: Sequence[str], question: str, own: str, golds: Sequence[str]
) -> Iterator[str]:
    scores = index.scores(question)
    depth = min(len(scores), NEGATIVES + 8)
    best = scores.argpartition(-depth)[-depth:].tolist() if depth else []
    found = 0
    for place in sorted(best, key=lambda n: (-scores[n], n)):
        text = texts[place]
        answers = any(gold.casefold() in text.casefold() for gold in golds)
        if found < NEGATIVES and text != own and scores[place] > 0 and not answers:
            found += 1
            yield text


def acronyms(texts: Sequence[str]) -> Iterator[Example]:
    """Yield questions about every "Long Form (LF)" of some texts."""
    for text in texts:
        for long, short in pairs(text):
            shown = short.of(text)
            for question, answer in (
                (f"What does {shown} stand for?", long),
                (f"What is {shown}?", long),
                (f"What does the abbreviation {shown} mean?", long),
                (f"What is the acronym for {long.of(text)}?", short),
            ):
                yield Example(question, text, answer, (answer.of(text),))


_NAME = r"(?P<name>(?:[A-Z][\w'&.-]*[\w']|[A-Z])(?: (?:[A-Z][\w'&-]*|of|the|for|and|\d+)){0,5})"
_PERSON = (
    r"minister|president|secretary|director|founder|head|chief|leader|author|owner|coach|chairman"
    r"|spokes(?:man|woman|person)|professor|creator|mayor|editor|king|queen|son|daughter|member"
)
_APPOSITION = re.compile(
    rf"(?<=[a-z,] )(?:the )?{_NAME}, (?P<what>an? [a-z][^,.;:()]{{6,80}}"
    rf"|(?:the )?(?:[a-z-]+ ){{0,2}}(?:{_PERSON}|capital|centre|center|home|name|maker|site)"
    r" (?:of|for|at) [^,.;:()]{3,60})(?=[,.])"
)
_IS = re.compile(
    r"(?:(?:The|An?) )?(?P<name>[A-Z](?:[\w'&-]+ ?){1,5}?)(?: \([^)]{1,30}\))? "
    r"(?P<is>is|was|are|were) (?P<what>(?:an?|the|one of the) [^,.;:()]{8,110})(?=[,.;])"
)
_PEOPLE = re.compile(rf"^(?:an?|the)? ?(?:[\w-]+ ){{0,3}}(?:{_PERSON}|\w+(?:er|or|ist|ian|man))\b")
_NOT_NAMES = re.compile(
    r"(?:The|This|That|These|Those|It|He|She|There|Here|They|We|You|I|In|On|At|If|As|For|What|Who|"
    r"Which|When|Where|Why|How|Another|One|Some|Each|All|His|Her|Its|Their|My|Our|Your|And|But|So|"
    r"Also|Both|An?|No|Not|Many|Most|More|Then|Yet|Or|Other|Among|While|After|Before|With|From|Such|Only|"
    r"Even|Now|Today|Turned|Because|Since|Although|Though|Yes|Mine|First|Second|During|By|To|Of)\b"
)
_VERB = re.compile(r"\b(?:is|was|are|were|had|has|have|would|will|did|said)\b")


def definitions(texts: Sequence[str]) -> Iterator[Example]:
    """Yield "Who is X?" or "What is X?" for what a text says X is.

    Either beside the name ("X, the mayor of Y,") or at a sentence's start ("X is a Z").
    """
    for text in texts:
        starts = [sentence.start for sentence in split_sentences(text)]
        found = [match for start in starts if (match := _IS.match(text, start))]
        for match in (*found, *_APPOSITION.finditer(text)):
            name, what = match["name"].strip(), match["what"]
            beside = match.re is _APPOSITION
            if _NOT_NAMES.match(name) or _VERB.search(what if beside else name):
                continue
            asked = "Who" if _PEOPLE.search(what) else "What"
            verb = match.groupdict().get("is") or "is"
            answer = Span(*match.span("what"))
            yield Example(f"{asked} {verb} {name}?", text, answer, (what,))


def texts_of(examples: Sequence[Example]) -> list[str]:
    """Return every text once, in order."""
    return list(dict.fromkeys(example.text for example in examples))
