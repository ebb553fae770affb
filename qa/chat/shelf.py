"""The documents beside the chat, as HTML: the list, what became of new files, and receipts.

Plain functions; all text leaves through `qa.markup`. What can be done to a document is a button
that names it, for the page to listen to:

    button.qa-remove        data-document           remove it
    button.qa-show-receipt  data-document           show its receipt
    button.qa-restore       data-document, -block   keep this dropped block after all
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from qa.chat.library import Added
from qa.documents import Block, Receipt
from qa.index import Index
from qa.markup import escape
from qa.types import Document

__all__ = ["added_html", "documents_html", "receipt_html", "told_html"]

MAX_LISTED = 200
"""So many documents are listed: the visitor's own first, then others."""

MAX_BLOCKS = 300
"""So many blocks of a receipt are shown: what was dropped first, then what was kept."""

MAX_DROPPED = 1_000
MAX_KEPT = 160
MAX_NAME = 80
"""Characters shown of a dropped block, of a kept one, and of a name."""


def documents_html(index: Index, receipts: Mapping[str, Receipt]) -> str:
    """Return the documents that a visitor asks, each with its size and what can be done to it.

    Args:
        index: what they ask.
        receipts: those of the documents that they added, by their ids.
    """
    passages = Counter(passage.document_id for passage in index.passages)
    # Whatever a visitor added is listed, however many documents everyone has.
    listed = sorted(index.documents, key=lambda document: document.id not in receipts)
    items = "".join(
        _document_html(document, passages[document.id], receipts.get(document.id))
        for document in listed[:MAX_LISTED]
    )
    return f'<ul class="qa-documents">{items}</ul>' + _more(len(listed) - MAX_LISTED, "documents")


def _document_html(document: Document, passages: int, receipt: Receipt | None) -> str:
    name = _name(document)
    about = [_count(passages, "passage")]
    if document.title and document.source:
        about.insert(0, f'<span dir="auto">{escape(_short(document.source, MAX_NAME))}</span>')
    buttons = _button("qa-remove", "Remove", document, f": {name}")
    if receipt is not None:
        about.append("added by you")
        dropped = sum(bool(block.text) for block in receipt.dropped)
        says = f"What was left out ({dropped:,})" if dropped else "Nothing was left out"
        buttons = _button("qa-show-receipt", says, document, f" of {name}") + buttons
    return (
        f'<li class="qa-listed"><span class="qa-name" dir="auto">{name}</span>'
        f'<span class="qa-about">{" · ".join(about)}</span>{buttons}</li>'
    )


def added_html(added: Sequence[Added]) -> str:
    """Return what became of files that were added, in order."""
    return f'<ul class="qa-added">{"".join(map(_added_html, added))}</ul>'


def told_html(added: Sequence[Added], left: int) -> str:
    """Return what is said aloud: what became of the last file, and how many are left."""
    said = [one.error or f"{_short(one.name, MAX_NAME)}: {_done(one)}." for one in added[-1:]]
    return escape(" ".join([*said, *([f"{left} more to read…"] if left else [])]))


def _done(added: Added) -> str:
    return {"replaced": "its old version is replaced"}.get(added.outcome, added.outcome)


def _added_html(added: Added) -> str:
    if added.error is not None:
        return f'<li class="qa-refused" dir="auto">{escape(added.error)}</li>'
    name = f'<span class="qa-name" dir="auto">{escape(_short(added.name, MAX_NAME))}</span>'
    return f'<li>{name}<span class="qa-about">{_done(added)}</span></li>'


def receipt_html(document: Document, receipt: Receipt) -> str:
    """Return a document's receipt: its blocks in order, kept or dropped, and why.

    Args:
        document: the document.
        receipt: its receipt; a long one is shown in part, and what is left out is counted.
    """
    blocks = [(number, block) for number, block in enumerate(receipt.blocks) if block.text]
    dropped = [pair for pair in blocks if pair[1].dropped is not None]
    kept = [pair for pair in blocks if pair[1].dropped is None]
    shown = dropped[:MAX_BLOCKS]
    shown_kept = kept[: MAX_BLOCKS - len(shown)]
    items = "".join(
        _dropped_html(document, number, block) if block.dropped is not None else _kept_html(block)
        for number, block in sorted([*shown, *shown_kept], key=lambda pair: pair[0])
    )
    counts = f"{_count(len(kept), 'block')} kept, {len(dropped):,} left out"
    more = _more(len(dropped) - len(shown), "left out, which “qa clean” lists")
    more += _more(len(kept) - len(shown_kept), "kept")
    name = _name(document)
    return (
        f'<section class="qa-cleaned" aria-label="What was left out of {name}">'
        f'<h2 dir="auto">{name}</h2><p class="qa-about">{counts}</p>'
        f"<ol>{items}</ol>{more}</section>"
    )


def _dropped_html(document: Document, number: int, block: Block) -> str:
    button = ""
    if block.restorable:
        told = f": {escape(_short(block.text, MAX_NAME))}"
        button = _button("qa-restore", "Keep this after all", document, told, number)
    return (
        f'<li class="qa-dropped"><span class="qa-why">{escape(block.dropped or "")}</span>'
        f'<span dir="auto">{escape(_short(block.text, MAX_DROPPED))}</span>{button}</li>'
    )


def _kept_html(block: Block) -> str:
    return f'<li class="qa-kept" dir="auto">{escape(_short(block.text, MAX_KEPT))}</li>'


def _button(kind: str, says: str, document: Document, told: str, block: int | None = None) -> str:
    """Return a button; `told` is escaped, and said only by those that read the page aloud."""
    place = f' data-block="{block}"' if block is not None else ""
    return (
        f'<button type="button" class="{kind}" data-document="{document.id}"{place} '
        f'aria-label="{says}{told}">{says}</button>'
    )


def _name(document: Document) -> str:
    return escape(_short(document.title or document.source or "Untitled", MAX_NAME))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _more(number: int, what: str) -> str:
    return f'<p class="qa-left-out">and {number:,} more {what}</p>' if number > 0 else ""
