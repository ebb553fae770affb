"""The page's events as any program can send them, also ones that no browser would."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

ONE_EACH = httpx.Limits(max_keepalive_connections=0)
"""No connection outlives its request, so that none is left open when a test is done."""


def upload(path: object, **more: object) -> dict[str, object]:
    """Return what names an uploaded file in an event."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


@dataclass
class Client:
    """One tab's side of the protocol; `session` is what Gradio knows it by."""

    url: str
    session: str = field(default_factory=lambda: uuid.uuid4().hex)
    kept: list[dict[str, Any]] = field(default_factory=list)
    """The turns that a browser would have been given to keep."""

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=120, limits=ONE_EACH)
        self.config = self.http.get("/config").raise_for_status().json()
        self.components = {
            component["props"]["elem_id"]: component["id"]
            for component in self.config["components"]
            if component["props"].get("elem_id")
        }

    def event(self, component: str, name: str) -> dict[str, Any]:
        """Return an event of a component, by its element's id."""
        target = [self.components[component], name]
        found: dict[str, Any] = next(
            event for event in self.config["dependencies"] if target in event["targets"]
        )
        return found

    def join(self, component: str, name: str, *data: object, told: object = None) -> None:
        """Send an event; states are no client's to give, so only what comes before them is."""
        event = self.event(component, name)
        body = {
            "data": [*data, *[None] * (len(event["inputs"]) - len(data))],
            "event_data": told,
            "fn_index": event["id"],
            "trigger_id": event["targets"][0][0],
            "session_hash": self.session,
        }
        self.http.post("/gradio_api/queue/join", json=body).raise_for_status()

    def results(self, number: int = 1) -> list[dict[str, Any]]:
        """Wait until so many events are done, and return what came of them."""
        done: list[dict[str, Any]] = []
        where = {"session_hash": self.session}
        with self.http.stream("GET", "/gradio_api/queue/data", params=where) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    message = json.loads(line.removeprefix("data:"))
                    if message["msg"] == "process_completed":
                        done.append(message)
                if len(done) == number:
                    break
        return done

    def send(
        self, component: str, name: str, *data: object, told: object = None
    ) -> tuple[bool, str]:
        """Send an event; return whether it was done, and all that came back, as JSON."""
        self.join(component, name, *data, told=told)
        [result] = self.results()
        return result["success"], json.dumps(result["output"], ensure_ascii=False)

    def come(self, **told: object) -> str:
        """Arrive, with what a browser kept."""
        return self.send("qa-source", "come", told=told)[1]

    def ask(self, question: str) -> str:
        """Ask as a person does, and return all that came back."""
        shown = self.send("qa-question", "submit", question)[1]
        letters = json.loads(json.loads(shown)["data"][-1])["letters"]
        self.kept += [letter["turn"] for letter in letters if letter["kind"] == "keep"]
        return shown

    def upload(self, name: str, text: str) -> str:
        """Upload a file, and return where it lies."""
        files = {"files": (name, text.encode(), "text/plain")}
        path: str = self.http.post("/gradio_api/upload", files=files).raise_for_status().json()[0]
        return path

    def add(self, *files: object) -> tuple[bool, str]:
        """Add files, which may be named by anything."""
        return self.send("qa-files", "upload", list(files))
