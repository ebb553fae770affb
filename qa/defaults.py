"""Which index is meant when none is named, and the one that a process keeps loaded.

Changing an index is left to `updates`, the verbs that people call to `collection`.
"""

import functools
import os
import threading
from pathlib import Path

from qa.index import Index

__all__ = [
    "bundled_folder",
    "default_folder",
    "default_index",
    "forget_default_index",
    "load",
    "own_folder",
]


def load(folder: str | os.PathLike[str] | None = None) -> Index:
    """Load an index that `build` saved.

    Args:
        folder: where it was saved; None for $QA_INDEX, else ./index, else the bundled brief.

    Raises:
        IndexFolderError: there is no index, or it is damaged, or of a newer format.

    >>> import qa
    >>> len(qa.load().documents)
    1
    """
    return Index.load(Path(folder) if folder is not None else default_folder())


def own_folder(folder: str | os.PathLike[str] | None) -> Path:
    """Return the index that is changed: never the bundled brief's unless it is named."""
    return Path(folder) if folder is not None else Path(os.environ.get("QA_INDEX") or "index")


def default_folder() -> Path:
    """Return the index that is asked when none is named.

    $QA_INDEX if it is set, else ./index if an index stands there, else the bundled brief's.
    """
    if named := os.environ.get("QA_INDEX"):
        return Path(named)
    here = Path("index")
    try:
        there = (here / "manifest.json").is_file()
    except OSError:  # it is closed to us: reading it will say so
        there = True
    return here if there else bundled_folder()


def bundled_folder() -> Path:
    """Return where the bundled brief's index is."""
    bundled = Path(__file__).parent / "index"  # in an installed package
    return bundled if bundled.is_dir() else Path(__file__).parents[1] / "index"


_loading = threading.Lock()


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path) -> Index:
    return Index.load(folder)


def default_index() -> Index:
    """Return the default index, loaded once for the process (and again when it moves)."""
    with _loading:
        return _loaded(default_folder().resolve())


def forget_default_index() -> None:
    """Load the default index anew when it is next asked, for it may have been replaced."""
    with _loading:
        _loaded.cache_clear()
