"""What the tests of the page share: a text of our own, a real server, a visit in a browser.

The fixtures made of them (`index`, `folder`, `url`, `browser`) are in `conftest`.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

HOSTILE = (
    'The poster in the lobby reads <img src=x onerror="alert(1)"> and '
    "![](http://evil.example/x.png) beside </mark></p><details open> and "
    "[a link](javascript:alert(2)) and `code` and $$x$$."
)
OPENING = "The museum opens on 12 June, the curator, Mairi Lennox, told visitors on Tuesday."
PRICE = "Tickets cost between $5 and $6 on weekdays."
BOAT = "The last boat leaves the island at a quarter past seven."
LIGHTHOUSE = f"""Lighthouse museum on Skerrow

{OPENING} It stands in the old keeper's house below the tower.

{HOSTILE}

Photo: the tower in a storm / Skerrow Archive

{"Seals and puffins live on the rocks to the north. " * 6}

{"The path from the pier climbs through heather and past two ruined farms. " * 6}

{PRICE} Children under ten enter free.

{"A café in the boat shed serves soup, bread and cake until the afternoon. " * 6}

{"Storms have closed the path three times since the winter of 2019. " * 6}

{BOAT} Nobody may camp near the tower.
"""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERVE = """
import json, sys
from pathlib import Path
import qa
from qa.chat import serve
from qa.chat.presence import Presence
options = json.loads(sys.argv[2])
if "grace" in options:
    Presence.__init__.__kwdefaults__["grace"] = options.pop("grace")
if "feedback" in options:
    options["feedback"] = Path(options["feedback"])
serve(qa.load(sys.argv[1]), ready=lambda url: print(url, flush=True), **options)
print("closed")
"""
BOX = "#qa-question textarea"
ARRIVED = "[data-arrived]"
"""What is there once the page has shown all that the browser kept."""


@contextmanager
def served(folder: Path, options: str = '{"port": 0}') -> Iterator[tuple[str, Any]]:
    """Serve an index from a process of its own, as a person does."""
    command = [sys.executable, "-c", SERVE, str(folder), options]
    process = subprocess.Popen(
        command,
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith(("http://127.0.0.1:", "http://[::1]:")), process.communicate(
            timeout=10
        )
        yield url, process
    finally:
        process.kill()
        process.communicate()


@dataclass
class Visit:
    """A page in the browser, and what it did that it should not."""

    page: "Page"
    faults: list[str] = field(default_factory=list)

    def ask(self, question: str) -> "Locator":
        """Ask and return the reply."""
        before = self.page.locator(".qa-reply").count()
        self.page.fill(BOX, question)
        self.page.keyboard.press("Enter")
        reply = self.page.locator(".qa-reply").nth(before)
        reply.wait_for()
        self.page.wait_for_function(f"document.querySelector('{BOX}').value === ''")
        return reply

    def settled(self) -> None:
        """Wait until smooth scrolling is over."""
        self.page.wait_for_timeout(700)


@contextmanager
def visiting(
    browser: "Browser", url: str, *, width: int = 1280, height: int = 800, dark: bool = False
) -> Iterator[Visit]:
    """Open the page; afterwards check that it asked nobody else and had no error."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    visit = Visit(context.new_page())
    page, faults = visit.page, visit.faults
    origin = url.partition("?")[0]

    def on_request(address: str) -> None:
        if not address.startswith((origin, "data:", "blob:")):
            faults.append(f"request to {address}")

    page.on("request", lambda request: on_request(request.url))
    page.on("websocket", lambda websocket: on_request(websocket.url))
    page.on("pageerror", lambda error: faults.append(f"error {error}"))
    page.on(
        "console",
        lambda line: faults.append(f"console {line.text}") if line.type == "error" else None,
    )

    def on_dialog(dialog: Any) -> None:
        faults.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", on_dialog)
    page.goto(url)
    page.wait_for_selector(ARRIVED, state="attached")
    yield visit
    assert faults == [], faults
    context.close()


def marked(scope: Any) -> list[str]:
    """Return the texts marked as the answer."""
    texts: list[str] = scope.locator("mark.qa-answer").all_inner_texts()
    return texts


def post(url: str, name: str, *data: object, **options: Any) -> httpx.Response:
    return httpx.post(f"{url}gradio_api/run/{name}", json={"data": list(data)}, **options)
