"""Which blocks belong to the page around a text, and which are captions.

A block is dropped only when the whole of it is furniture: a label such as "Comments", or a
line that only points elsewhere, such as "Also Read: ...". A sentence that contains such words
is kept. Keeping account is left to `receipt`.
"""

import re
from dataclasses import replace

from qa.documents.receipt import Block

__all__ = ["sort_out"]


def _labels(*labels: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(labels)})[\s:\u2026|>\u00bb-]*", re.IGNORECASE)


def _pointers(openings: str, end: str = "") -> str:
    return rf"(?:{openings})\s*[:|>]\s*\S.{{0,250}}{end}"


_FURNITURE: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "advertisement label",
        _labels(
            r"advertisements?", r"advertising", r"ads? by google", r"sponsored(?: content)?",
            r"story continues below(?: this)?(?: advertisement| ad)?",
            r"article continues (?:after|below)(?: this)?(?: advertisement| ad)?",
            r"(?:continue|keep) reading below(?: this)?(?: advertisement| ad)?",
        ),
    ),
    (
        "link to another story",
        re.compile(
            _pointers(r"also read|read also|read more|read next|must read|also see|watch also")
            # These also open sentences, which end with a stop; headlines end without.
            + "|"
            + _pointers(
                r"see also|related(?: story| stories| article| articles| news| coverage)?"
                r"|more on this(?: story)?|don[\u2019']t miss",
                end=r"(?:(?<![.!;,])|(?<=(?-i:[A-Z])\.))",
            ),
            re.IGNORECASE,
        ),
    ),
    (
        "heading of links",
        _labels(
            r"also read", r"read more", r"read next", r"related", r"recommended(?: for you)?",
            r"related (?:stories|articles|news|posts|topics|content|coverage|links|tags)",
            r"more (?:stories|from [^.,;!?]{1,40}|on this story|news|like this)",
            r"you may also like",
            r"most (?:read|popular|viewed)", r"trending(?: now)?", r"top stories", r"latest news",
            r"up next", r"in this (?:article|story)", r"tags?", r"topics",
        ),
    ),
    (
        "comment section",
        _labels(
            r"(?:\d+ )?comments?(?: \(\d+\))?", r"(?:leave|post|add|write) a (?:comment|reply)",
            r"join the (?:conversation|discussion)", r"(?:show|view|load)(?: all| more)* comments",
            r"log ?in to comment", r"be the first to comment",
        ),
    ),
    (
        "sharing or sign-up button",
        _labels(
            r"share(?: this)?(?: (?:article|story|post|page|(?:on|via) [^.,;!?]{1,30}))?",
            r"(?:tweet|pin ?it|copy link|print|e-?mail|save|bookmark|listen)(?: (?:this )?"
            r"(?:article|story|page))?", r"facebook|twitter|whatsapp|linkedin|telegram|reddit",
            r"follow us(?: on [^.,;!?]{1,60})?",
            r"subscribe(?: now| today| to (?:our|the) (?:newsletter|channel|podcast|paper)s?)?",
            r"sign up(?: now| for (?:our|the) [^.,;!?]{0,30}newsletters?)?",
            r"(?:sign|log) ?in", r"register",
            r"newsletters?",
            r"get (?:the|our) (?:app|newsletter)", r"download (?:the|our) app",
        ),
    ),
    (
        "navigation",
        _labels(
            r"skip to (?:main )?content", r"(?:main )?menu", r"home", r"search", r"back to top",
            r"(?:previous|next)(?: article| post| story)?",
            r"(?:show|see|load|view) (?:more|less|all)",
            r"close", r"toggle navigation", r"go to [^.,;!?]{1,30} homepage",
        ),
    ),
    (
        "legal notice",
        re.compile(
            r"(?:copyright\s*)?(?:\u00a9|copyright|copyright\s*\(c\))\s*\d{4}.{0,150}"
            r"|(?:copyright|\u00a9).{0,150}all rights reserved\.?"
            r"|all rights reserved\.?|(?:privacy|cookie) (?:policy|settings|notice)"
            r"|terms (?:of (?:use|service)|and conditions)|(?:accept|manage) (?:all )?cookies",
            re.IGNORECASE,
        ),
    ),
)  # fmt: skip

_AGENCIES = (
    r"PIB|PTI|ANI|AP|AFP|EPA|IANS|Reuters|Getty(?: Images)?|Shutterstock|Bloomberg"
    r"|Wikimedia(?: Commons)?|Unsplash|X/@?\w+"
)
_CAPTIONS = (
    re.compile(
        r"(?:file |representative )?(?:photo(?:graph)?|image|picture|caption)s?\s*[:|]\s*\S.*",
        re.IGNORECASE,
    ),
    # A credit ends it, after a bar or in brackets: / PIB, (AFP), [Photo: Getty Images].
    re.compile(
        rf".{{10,}}(?:\s[/|]\s|[\[(])(?:(?:[Pp]hoto|[Ii]mage|[Ff]ile)s?(?: [Cc]redit| [Bb]y)?:? ?)?"
        rf"(?:{_AGENCIES})(?!\w)[^.]{{0,40}}[\])]?"
    ),
    re.compile(
        r".{10,}\s[/|]\s*(?:photo|image)s?(?: credit| courtesy)?\s*[:/]\s*.{2,60}", re.IGNORECASE
    ),
)
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_LABEL_LENGTH = 300
"""A longer block is never furniture: a paragraph that opens like a link is kept."""
_CAPTION_LENGTH = 500


def sort_out(blocks: list[Block]) -> list[Block]:
    """Return the blocks with furniture marked as dropped, each with its reason, and captions
    marked as captions. Blocks dropped before are not judged again; a heading is no caption.
    """
    return [block if block.dropped else _judge(block) for block in blocks]


def _judge(block: Block) -> Block:
    if not any(c.isalnum() for c in block.text):
        return replace(block, dropped="no words")
    if len(block.text) <= _LABEL_LENGTH:
        for reason, pattern in _FURNITURE:
            if pattern.fullmatch(block.text):
                return replace(block, dropped=reason)
    if _LINK.fullmatch(block.text):
        return replace(block, dropped="bare link")
    if len(block.text) <= _CAPTION_LENGTH and not block.heading:
        return replace(block, caption=block.caption or _is_caption(block.text))
    return block


def _is_caption(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in _CAPTIONS)
