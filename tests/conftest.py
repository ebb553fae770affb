"""What the tests share: a cache of their own, the real model, indices, a server, a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import qa
from qa.embedder import Embedder, SentenceTransformersEmbedder
from qa.twins import open_embedder
from qa.weights import find_weights
from tests.serving import CHROMIUM, FLAGS, LIGHTHOUSE, QUIET, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]

BRIDGE = """Harbour bridge opens in May

The new harbour bridge in Port Ellis opens on 3 May, the mayor, Ines Okafor, said.

It cost 42 million euros, of which the Coastal Transport Fund (CTF) paid half. \
Work took four years.

Cyclists get a lane of their own. Lorries above 12 tonnes must keep to the tunnel.
"""


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start from an empty cache, as a new user does, and leave the user's alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("QA_FEEDBACK", str(tmp_path_factory.mktemp("feedback") / "feedback.jsonl"))
        patch.delenv("QA_INDEX", raising=False)
        yield


@pytest.fixture(scope="session")
def reference() -> SentenceTransformersEmbedder:
    """The model through sentence-transformers."""
    return SentenceTransformersEmbedder(find_weights())


@pytest.fixture(scope="session")
def twin(reference: SentenceTransformersEmbedder) -> Embedder:
    """The same model through ONNX Runtime."""
    return open_embedder(reference.weights, reference=reference)


@pytest.fixture(scope="session")
def bridge(twin: Embedder) -> qa.Index:
    """A short news text of our own, indexed with the real model."""
    from qa.documents import clean

    return qa.Index.build([clean(BRIDGE, source="bridge.txt")[0]], embedder=twin, asking=twin)


@pytest.fixture(scope="session")
def index(twin: Embedder) -> qa.Index:
    """The text that `url` serves, indexed with the real model."""
    document = qa.Document(LIGHTHOUSE, title="<b>Skerrow</b> & its museum")
    return qa.Index.build([document], embedder=twin, asking=twin)


@pytest.fixture(scope="session")
def folder(index: qa.Index, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, saved."""
    folder = tmp_path_factory.mktemp("served") / "index"
    index.save(folder)
    return folder


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """The address of its page, served from a process of its own."""
    with served(folder) as (url, _):
        yield url


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium; no longer than a module, for its driver keeps an event loop running."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS + QUIET)
        yield browser
        browser.close()
