"""An index folder on disk: written whole or not at all, and read only when it is intact.

    <folder>/manifest.json            what the index is, and the SHA-256 of every file
    <folder>/generation-<hex>/...     its files

A save writes a new generation beside the old one, flushes it to the disk, and then replaces
the manifest in one step: whenever the process is killed, the manifest that stands names a
whole generation. What the files mean is left to `index`.
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from qa.errors import IndexFolderError
from qa.weights import file_sha256

__all__ = ["FORMAT", "read_folder", "refuse_foreign", "save_folder"]

T = TypeVar("T")

FORMAT = 1
"""The version of the layout; a reader refuses newer ones."""

_KIND = "brief-qa index"
_MANIFEST = "manifest.json"
_OURS = re.compile(r"generation-[0-9a-f]{12}|writing-\w+|manifest-\w+\.tmp")


def save_folder(folder: Path, about: dict[str, Any], write: Callable[[Path], None]) -> None:
    """Save an index: `write` puts its files into a folder it is given; `about` describes them.

    Raises:
        IndexFolderError: the folder cannot be written, or holds something else.
    """
    refuse_foreign(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder):
            _save(folder, about, write)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise IndexFolderError(
            f"The index cannot be written to {folder} ({reason}); "
            "name a folder that can be written."
        ) from error


def _save(folder: Path, about: dict[str, Any], write: Callable[[Path], None]) -> None:
    beside = folder / f"writing-{secrets.token_hex(4)}"
    beside.mkdir()
    try:
        write(beside)
        files = _describe(beside)
        generation = folder / f"generation-{_digest(files)}"
        if generation.is_dir() and _describe(generation) != files:
            shutil.rmtree(generation)
        if not generation.is_dir():
            _flush(*beside.rglob("*"), beside)
            beside.rename(generation)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    manifest = {"kind": _KIND, "format": FORMAT, **about, "generation": generation.name}
    _replace_manifest(folder, {**manifest, "files": files})
    for entry in folder.iterdir():  # what earlier saves, or killed ones, left behind
        if _OURS.fullmatch(entry.name) and entry != generation:
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is saving into a folder; a killed one does not count."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def refuse_foreign(folder: Path) -> None:
    """Refuse to write among files that are not an index's; a damaged index is no obstacle.

    Raises:
        IndexFolderError: the folder holds something else.
    """
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:  # not there yet, or not to be read: saving will tell
        return
    if not all(name == _MANIFEST or _OURS.fullmatch(name) for name in names):
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


def _digest(files: dict[str, dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:12]


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
            finds that it contradicts itself (by an OSError, KeyError, TypeError or ValueError).
    """
    manifest = _read_manifest(folder)
    while True:
        generation = folder / str(manifest["generation"])
        try:
            if (fault := _fault(generation, manifest["files"])) is None:
                return read(manifest, generation)
            problem = f"is damaged ({fault})"
        except (OSError, KeyError, TypeError, ValueError) as error:
            problem = f"contradicts itself ({error})"
        before, manifest = manifest, _read_manifest(folder)
        if manifest == before:
            raise IndexFolderError(f"The index in {folder} {problem}; {_REBUILD}.")


_REBUILD = "build it again with: qa build FILES --folder FOLDER"


def _fault(generation: Path, files: dict[str, dict[str, Any]]) -> str | None:
    """Return what is wrong with a generation's files, in words; None when nothing is."""
    for path in generation.rglob("*"):
        if path.is_file() and path.relative_to(generation).as_posix() not in files:
            return f"{path.name} does not belong to it"
    for name, about in files.items():
        path = generation / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != about["bytes"]:
            return f"{name} has {path.stat().st_size} bytes instead of {about['bytes']}"
        if file_sha256(path) != about["sha256"]:
            return f"{name} was altered"
    return None


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / _MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise IndexFolderError(f"There is no index in {folder}; {_REBUILD}.") from error
    except OSError as error:
        raise IndexFolderError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise IndexFolderError(f"{path} is damaged; {_REBUILD}.") from error
    if not isinstance(manifest, dict) or manifest.get("kind") != _KIND:
        raise IndexFolderError(f"{path} is not the manifest of an index; name another folder.")
    if not isinstance(manifest.get("format"), int) or manifest["format"] > FORMAT:
        raise IndexFolderError(
            f"The index in {folder} has format {manifest.get('format')}, newer than this "
            f"program's {FORMAT}; upgrade it with: pip install --upgrade brief-qa"
        )
    if not _is_complete(manifest):
        raise IndexFolderError(f"{path} is damaged; {_REBUILD}.")
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
