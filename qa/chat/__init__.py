"""The chat page: ask a brief in the browser, or over REST, on one's own machine.

`build_page` makes the Gradio page of an index and `serve` serves it. What a reply looks like
(`replies`), what the brief beside it looks like (`source`) and which questions are offered
(`examples`) are plain functions, made and tested without Gradio. Importing this package
imports no Gradio: that takes seconds, and only the page needs it.
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
