"""The chat page: ask a brief in the browser, or over REST, on one's own machine.

    serving     on which address; web: the application there
    layout      what stands where; page: what happens when it is used (with page.js, page.css);
                view: what is shown then
    programs    retrieve and ask over REST; tools: the same as MCP tools
    turns       a chat's turns; replies: what they look like; source: the text beside them
    gist        what a document is about, worked out once:
                examples (by drafts) questions to offer, glance (by opening, shapes) its card
    library     what each visitor can ask and adds: visits who they are, uploads their files,
                additions and keeping what changes and where; shelf: what is shown of it
    presence    who has the page open
    export      a chat as a file; feedback: verdicts on answers

`build_page` makes the Gradio page of a library and `serve` serves it. Only layout, page,
view, programs and web import Gradio: that takes seconds, and importing this package does not.
"""

import os
from typing import TYPE_CHECKING, Any

from qa.chat.serving import serve

if TYPE_CHECKING:
    from qa.chat.page import build_page

__all__ = ["build_page", "serve"]

# Whatever of this package imports Gradio does so after this line: it is to report to nobody.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


def __getattr__(name: str) -> Any:
    if name == "build_page":
        from qa.chat.page import build_page

        return build_page
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
