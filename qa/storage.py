"""An index folder on disk: written whole or not at all, and read only when it is intact.

    <folder>/manifest.json            what the index is, and the SHA-256 of every file
    <folder>/generation-<hex>/...     its files

A save writes a new generation beside the old one, flushes it to the disk, and then replaces
the manifest in one step: whenever the process is killed, the manifest that stands names a
whole generation. What the files mean is left to `index`.
"""

import contextlib
import hashlib
import itertools
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from qa.errors import DocumentError, IndexFolderError
from qa.locks import alone_in
from qa.weights import file_sha256

__all__ = [
    "FORMAT",
    "DamagedManifestError",
    "file_faults",
    "generations",
    "read_folder",
    "read_manifest",
    "refuse_foreign",
    "save_folder",
]

T = TypeVar("T")


class DamagedManifestError(IndexFolderError):
    """The manifest is damaged or missing; the files beside it may be whole."""


FORMAT = 1
"""The version of the layout; a reader refuses newer ones."""

_KIND = "brief-qa index"
_MANIFEST = "manifest.json"
_TRIES = 3
"""So often are files looked for: they may be taken away and put there again meanwhile."""
_OURS = re.compile(r"generation-[0-9a-f]{12}|writing-\w+|manifest-\w+\.tmp")


def save_folder(folder: Path, about: dict[str, Any], write: Callable[[Path], None]) -> None:
    """Save an index: `write` puts its files into a folder it is given; `about` describes them.

    Raises:
        IndexFolderError: the folder cannot be written, or holds something else.
    """
    refuse_foreign(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone_in(folder):
            _save(folder, about, write)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise IndexFolderError(_unwritable(folder, reason)) from error


def _unwritable(folder: Path, reason: str) -> str:
    return f"The index cannot be written to {folder} ({reason}); name a folder that can be written."


def _save(folder: Path, about: dict[str, Any], write: Callable[[Path], None]) -> None:
    beside = folder / f"writing-{secrets.token_hex(4)}"
    try:
        beside.mkdir()
        write(beside)
        files = _describe(beside)
        generation = _place(folder, files)
        if not generation.is_dir():
            _flush(*beside.rglob("*"), beside)
            beside.rename(generation)
        manifest = {"kind": _KIND, "format": FORMAT, **about, "generation": generation.name}
        _replace_manifest(folder, {**manifest, "files": files})
    finally:
        _sweep(folder)


def _place(folder: Path, files: dict[str, dict[str, Any]]) -> Path:
    """Return where files go: their own place, or another one if damaged files stand there.

    Those are not taken away before the new ones are named: they may be all that is left.
    """
    for turn in itertools.count():
        place = folder / f"generation-{_digest(files, turn)}"
        if not place.is_dir() or _describe(place) == files:
            return place
    raise AssertionError("unreachable")


def _sweep(folder: Path) -> None:
    """Take away what saves left behind, this one too if it failed: all that is not named."""
    try:
        named = read_manifest(folder)["generation"]
    except IndexFolderError:  # a damaged index: what is there may be all that can be saved of it
        named = None
    for entry in folder.iterdir():
        whole = named is None and entry.name.startswith("generation-")
        if not _OURS.fullmatch(entry.name) or entry.name == named or whole:
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                entry.unlink(missing_ok=True)


def refuse_foreign(folder: Path) -> None:
    """Refuse to write where that cannot be done, or among files that are not an index's.

    A damaged index is no obstacle.

    Raises:
        IndexFolderError: the folder is read-only, or holds something else.
    """
    try:
        closed = folder.exists() and not os.access(folder, os.W_OK)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise IndexFolderError(_unwritable(folder, reason)) from error
    if closed:
        raise IndexFolderError(_unwritable(folder, "it is read-only"))
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:  # not there yet, or not to be read: saving will tell
        return
    ours = all(name == _MANIFEST or _OURS.fullmatch(name) for name in names)
    if names == [_MANIFEST]:  # without a generation beside it, it may be anybody's
        with contextlib.suppress(OSError):  # saving will tell
            ours = f'"{_KIND}"'.encode() in (folder / _MANIFEST).read_bytes()
    if not ours:
        raise IndexFolderError(f"{folder} holds other files; name a new or empty folder.")


def _describe(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of every file below a folder, by its path inside it."""
    return {
        file.relative_to(folder).as_posix(): {
            "bytes": file.stat().st_size,
            "sha256": file_sha256(file),
        }
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _digest(files: dict[str, dict[str, Any]], turn: int) -> str:
    described = json.dumps(files, sort_keys=True) + " again" * turn
    return hashlib.sha256(described.encode()).hexdigest()[:12]


def _flush(*paths: Path) -> None:
    """Force files, and the entries of folders, onto the disk."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _replace_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    written = folder / f"manifest-{secrets.token_hex(4)}.tmp"
    written.write_text(json.dumps(manifest, indent=2, ensure_ascii=True) + "\n", "utf-8")
    _flush(written, folder)  # the generation's name is on the disk before anything names it
    written.replace(folder / _MANIFEST)
    _flush(folder)


def read_folder(folder: Path, read: Callable[[dict[str, Any], Path], T]) -> T:
    """Return what `read` makes of an index's manifest and the folder of its files.

    Every file's hash is checked before `read` sees it. A save that takes the files away
    meanwhile leads to the newer ones being read.

    Raises:
        IndexFolderError: there is no index, or it is not whole, of a newer format, or `read`
            finds that it contradicts itself (by a DocumentError, OSError, KeyError,
            TypeError or ValueError).
    """
    manifest = read_manifest(folder)
    tries = 0
    while True:
        generation = folder / str(manifest["generation"])
        try:
            if (fault := next(file_faults(folder, manifest), None)) is None:
                return read(manifest, generation)
            problem = f"is damaged ({fault})"
        except (DocumentError, OSError, KeyError, TypeError, ValueError) as error:
            problem = f"contradicts itself ({error})"
        before, manifest = manifest, read_manifest(folder)
        tries = tries + 1 if manifest == before else 0
        if tries == _TRIES:
            raise IndexFolderError(f"The index in {folder} {problem}; {_mend(folder)}")


def _rebuild(folder: Path) -> str:
    return f"build it first with: qa build PATH --folder {folder}"


def _mend(folder: Path) -> str:
    return f"mend it with: qa build --repair --folder {folder}"


def file_faults(folder: Path, manifest: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the files a manifest names, in words; nothing when all are right."""
    try:
        yield from _file_faults(folder, manifest)
    except OSError as error:
        yield f"{Path(error.filename or folder).name} cannot be read ({error.strerror})"


def _file_faults(folder: Path, manifest: dict[str, Any]) -> Iterator[str]:
    generation, files = folder / str(manifest["generation"]), manifest["files"]
    for path in sorted(generation.rglob("*")):
        if path.is_file() and path.relative_to(generation).as_posix() not in files:
            yield f"{path.name} does not belong to it"
    for name, about in files.items():
        path = generation / name
        if not path.is_file():
            yield f"{name} is missing"
        elif path.stat().st_size != about["bytes"]:
            yield f"{name} has {path.stat().st_size} bytes instead of {about['bytes']}"
        elif file_sha256(path) != about["sha256"]:
            yield f"{name} was altered"


def generations(folder: Path) -> list[Path]:
    """Return the generations in a folder, whole or not, the newest first."""
    found = [entry for entry in folder.glob("generation-*") if _OURS.fullmatch(entry.name)]
    return sorted(found, key=lambda entry: (-entry.stat().st_mtime_ns, entry.name))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what an index's manifest says.

    Raises:
        IndexFolderError: there is none, or it is damaged, foreign or of a newer format.
    """
    path = folder / _MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        if generations(folder):
            raise DamagedManifestError(f"{path} is missing; {_mend(folder)}") from error
        raise IndexFolderError(f"There is no index in {folder}; {_rebuild(folder)}") from error
    except OSError as error:
        raise IndexFolderError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise DamagedManifestError(f"{path} is damaged; {_mend(folder)}") from error
    if not isinstance(manifest, dict) or manifest.get("kind") != _KIND:
        raise IndexFolderError(f"{path} is not the manifest of an index; name another folder.")
    if not isinstance(manifest.get("format"), int) or manifest["format"] > FORMAT:
        raise IndexFolderError(
            f"The index in {folder} has format {manifest.get('format')}, newer than this "
            f"program's {FORMAT}; upgrade it with: pip install --upgrade brief-qa"
        )
    if not _is_complete(manifest):
        raise DamagedManifestError(f"{path} is damaged; {_mend(folder)}")
    return manifest


def _is_complete(manifest: dict[str, Any]) -> bool:
    files = manifest.get("files")
    return (
        isinstance(files, dict)
        and all(isinstance(f, dict) and {"bytes", "sha256"} <= f.keys() for f in files.values())
        and not any(".." in Path(name).parts or Path(name).is_absolute() for name in files)
        and _OURS.fullmatch(str(manifest.get("generation"))) is not None
        and all(isinstance(manifest.get(key), dict) for key in ("model", "counts"))
        and isinstance(manifest.get("engine"), str)
    )
