"""Plain text into blocks, and the tidying of one block's characters.

A blank line ends a block. Lines that follow each other are one paragraph wrapped by hand
when they look wrapped, and a block each when they do not (saved pages put one paragraph on
one line). What a block is for is left to `furniture`.
"""

import itertools
import re
import unicodedata

from qa.documents.receipt import Block
from qa.sentences import split_paragraphs
from qa.types import Span

__all__ = ["split_blocks", "tidy"]

# Zero-width joiners shape words and emoji in many scripts and are kept; what only hides or
# reorders text is not: zero-width space, soft hyphen, byte-order mark, bidi overrides.
_INVISIBLE = re.compile(r"[\u00ad\u061c\u200b\u2060\u202a-\u202e\u2066-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # but those that are space
_SPACE = re.compile(r"\s+")
_LINE_BREAKS = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

_WRAPPED_MIN, _WRAPPED_MAX = 40, 100
"""A hand-wrapped paragraph's lines, but the last, have between so many characters; or longer
ones, when most of them break off within a sentence."""


def tidy(text: str) -> str:
    r"""Return one block's text as it will be shown: composed (NFC), with single spaces.

    Control and invisible characters are removed; every run of white space, no-break spaces
    and line ends among it, becomes one space.

    >>> tidy(" The\u00a0visit\n begins.\u200b ")
    'The visit begins.'
    """
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()


def same_length_lines(source: str) -> str:
    r"""Return `source` with every kind of line end as "\n", each character in its old place."""
    return _LINE_BREAKS.sub(lambda match: " \n" if len(match[0]) == 2 else "\n", source)


def split_blocks(source: str) -> list[Block]:
    r"""Cut plain text into blocks, which joined in order are `source`.

    >>> [block.text for block in split_blocks("A title\n\nFirst.\nSecond.\n")]
    ['A title', 'First.', 'Second.']
    """
    lines = same_length_lines(source)
    starts = [
        group.start + start
        for group in split_paragraphs(lines)
        for start in _block_starts(group.of(lines))
    ]
    if not starts:
        return [Block(Span(0, len(source)), "")] if source else []
    borders = [0, *starts[1:], len(source)]
    spans = [Span(*pair) for pair in itertools.pairwise(borders)]
    return [Block(span, tidy(span.of(source))) for span in spans]


def _block_starts(group: str) -> list[int]:
    """Return where blocks start in lines that no blank line parts."""
    lines = [line for line in re.finditer(r"[^\n]+", group) if line[0].strip()]
    lengths = [len(line[0].strip()) for line in lines]
    wrapped = (
        len(lines) > 1
        and all(_WRAPPED_MIN <= length <= _WRAPPED_MAX for length in lengths[:-1])
        and lengths[-1] <= _WRAPPED_MAX
    ) or _run_on([line[0].strip() for line in lines])
    return [line.start() for line in (lines[:1] if wrapped else lines)]


def _run_on(lines: list[str]) -> bool:
    """Tell whether most lines go on in the next one: no stop, then a small letter."""
    breaks = list(itertools.pairwise(lines))
    within = sum(
        len(line) >= _WRAPPED_MIN and line[-1] not in ".!?:;" and after[0].islower()
        for line, after in breaks
    )
    return 2 * within > len(breaks)
