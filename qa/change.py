"""What adding and removing do to a list of documents; vectors and disks are left to others.

A file is known by its path: the same file with another text replaces its old version, where
that stood. A text is one document, however many files hold it; it stays until the last of
them goes. A text given in memory is known by its words alone, so it is never replaced.
"""

import fnmatch
import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from qa.documents import Found, file_path
from qa.types import Document

__all__ = ["Change", "Holding", "with_found", "without"]


@dataclass(frozen=True, slots=True)
class Change:
    """What `qa.build`, `qa.add` or `qa.remove` did to an index.

    Args:
        added: documents that were not there before.
        replaced: the new versions of files that were there with another text.
        unchanged: documents that were there already.
        removed: documents that are there no more, besides those replaced.
        failed: a sentence for each source or name with which nothing could be done.
    """

    added: tuple[Document, ...] = ()
    replaced: tuple[Document, ...] = ()
    unchanged: tuple[Document, ...] = ()
    removed: tuple[Document, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """Documents in order, and the id of the one that each file holds."""

    documents: tuple[Document, ...] = ()
    files: Mapping[Path, str] = field(default_factory=dict)


_Outcome = Literal["added", "replaced", "unchanged"]


class _Draft:
    """A holding while it is changed; a document keeps its slot when it is replaced."""

    def __init__(self, holding: Holding) -> None:
        self.slots: dict[int, Document] = dict(enumerate(holding.documents))
        self.slot_of = {document.id: slot for slot, document in self.slots.items()}
        self.next_slot = len(self.slots)
        self.files = dict(holding.files)
        self.holders: dict[str, list[Path]] = {}
        for path, identity in self.files.items():
            self.holders.setdefault(identity, []).append(path)

    def done(self) -> Holding:
        return Holding(tuple(self.slots[slot] for slot in sorted(self.slots)), self.files)

    def put(self, document: Document, slot: int | None = None) -> None:
        if slot is None:
            slot, self.next_slot = self.next_slot, self.next_slot + 1
        self.slots[slot] = document
        self.slot_of[document.id] = slot

    def hold(self, path: Path, identity: str) -> None:
        self.files[path] = identity
        self.holders.setdefault(identity, []).append(path)

    def release(self, path: Path) -> int | None:
        """Let a file hold nothing; return the slot that this leaves empty, if it does."""
        identity = self.files.pop(path)
        holders = self.holders[identity]
        first = holders[0] == path
        holders.remove(path)
        slot = self.slot_of[identity]
        if holders:
            if first:  # it is the next file's document now
                self.slots[slot] = replace(self.slots[slot], source=holders[0].name)
            return None
        del self.holders[identity], self.slot_of[identity], self.slots[slot]
        return slot

    def drop(self, identity: str) -> None:
        for path in self.holders.pop(identity, []):
            del self.files[path]
        del self.slots[self.slot_of.pop(identity)]


def with_found(holding: Holding, found: Iterable[Found]) -> tuple[Holding, Change]:
    """Return a holding with what was found added, and what that changed.

    >>> one = Found(Document("One."), Path("/a.txt"))
    >>> holding, change = with_found(Holding(), [one])
    >>> holding, change = with_found(holding, [Found(Document("Two."), Path("/a.txt"))])
    >>> [d.text for d in holding.documents], [d.text for d in change.replaced]
    (['Two.'], ['Two.'])
    """
    draft = _Draft(holding)
    done: dict[_Outcome, list[Document]] = {"added": [], "replaced": [], "unchanged": []}
    for each in found:
        if each.path is None:
            what = _take_text(draft, each.document)
        else:
            what = _take_file(draft, each.document, each.path)
        done[what].append(each.document)
    return draft.done(), Change(
        added=tuple(done["added"]),
        replaced=tuple(done["replaced"]),
        unchanged=tuple(done["unchanged"]),
    )


def _take_text(draft: _Draft, document: Document) -> _Outcome:
    if document.id not in draft.slot_of:
        draft.put(document)
        return "added"
    for path in draft.holders.pop(document.id, []):  # it stays, whatever becomes of the files
        del draft.files[path]
    return "unchanged"


def _take_file(draft: _Draft, document: Document, path: Path) -> _Outcome:
    before = draft.files.get(path)
    if before == document.id:
        slot = draft.slot_of[before]
        if draft.holders[before][0] != path or draft.slots[slot] == document:
            return "unchanged"
        draft.slots[slot] = document  # the same text with another title, say
        return "replaced"
    empty = draft.release(path) if before is not None else None
    new = document.id not in draft.slot_of
    if new:
        draft.put(document, empty)
    if new or document.id in draft.holders:  # not for a text in memory, which stays by itself
        draft.hold(path, document.id)
    if before is not None:
        return "replaced"
    return "added" if new else "unchanged"


@dataclass(frozen=True, slots=True)
class _Giver:
    """A document as a file, or a text in memory, gives it."""

    document: Document
    path: Path | None

    @property
    def name(self) -> str:
        return self.document.source if self.path is None else self.path.name


def _givers(holding: Holding) -> Iterator[_Giver]:
    by_id = {document.id: document for document in holding.documents}
    for path, identity in holding.files.items():
        yield _Giver(by_id[identity], path)
    held = set(holding.files.values())
    yield from (_Giver(document, None) for document in holding.documents if document.id not in held)


def without(holding: Holding, names: Sequence[str]) -> tuple[Holding, Change]:
    """Return a holding without the documents of some names, and what that changed.

    A name is a document's id, a file's path, a folder (for all files below it), a source's
    name, or a pattern of names or paths.

    >>> holding, _ = with_found(Holding(), [Found(Document("One.", source="a"), None)])
    >>> without(holding, ["a", "b"])[1].failed
    ('There is no document "b"; see what there is with: qa list',)
    """
    draft, failed = _Draft(holding), []
    givers = list(_givers(holding))
    for name in names:
        meant = _meant(name, givers)
        if isinstance(meant, str):
            failed.append(meant)
            continue
        for giver in meant:
            if giver.path is not None and giver.path in draft.files:
                draft.release(giver.path)
            elif giver.path is None and giver.document.id in draft.slot_of:
                draft.drop(giver.document.id)
    removed = tuple(d for d in holding.documents if d.id not in draft.slot_of)
    return draft.done(), Change(removed=removed, failed=tuple(failed))


def _meant(name: str, givers: Sequence[_Giver]) -> list[_Giver] | str:
    """Return who is meant by a name, or a sentence that says why nobody is."""
    for test in _tests(name):
        if not (found := [giver for giver in givers if test(giver)]):
            continue
        several = len({giver.document.id for giver in found}) > 1
        if several and all(giver.name == name for giver in found):
            ways = ", ".join(str(giver.path or giver.document.id) for giver in found)
            return f'There are {len(found)} documents "{name}" ({ways}); name one of those.'
        return found
    return f'There is no document "{name}"; see what there is with: qa list'


def _tests(name: str) -> Iterator[Callable[[_Giver], bool]]:
    """Yield what a name can mean, the most exact meaning first."""
    yield lambda giver: giver.document.id == name
    if name and "\0" not in name:
        path, folder = file_path(name), Path(os.path.realpath(name))
        yield lambda giver: giver.path == path
        yield lambda giver: giver.path is not None and folder in giver.path.parents
    yield lambda giver: bool(name) and giver.name == name
    if glob.has_magic(name) and "\0" not in name:
        pattern = file_path(name).parts
        yield (
            lambda giver: (
                fnmatch.fnmatchcase(giver.name, name)
                or (giver.path is not None and _matches(giver.path.parts, pattern))
            )
        )


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tell whether a pattern, as `glob` reads it, means a file or a folder that it is in."""
    places = {0}  # how many parts what was seen of the pattern may stand for
    for want in pattern:
        if want == "**":
            places = set(range(min(places), len(parts) + 1))
        else:
            fits = {n for n, part in enumerate(parts) if fnmatch.fnmatchcase(part, want)}
            places = {place + 1 for place in places & fits}
        if not places:
            return False
    return True
