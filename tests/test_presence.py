"""Who has the page open: reloads, second tabs, and going for good."""

import re
import threading

from qa.chat.presence import Presence

NAME = "0123456789abcdef" * 2


class Gone:
    """Notes who was forgotten, and lets a test wait for it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.called = threading.Event()

    def __call__(self, visitor: str) -> None:
        self.names.append(visitor)
        self.called.set()


def test_a_browser_keeps_its_name_and_a_new_one_gets_one() -> None:
    presence = Presence(Gone())
    assert presence.arrive("a", NAME) == NAME
    others = {presence.arrive(tab, kept) for tab, kept in [("b", ""), ("c", NAME.upper())]}
    assert len(others) == 2
    assert all(re.fullmatch(r"[0-9a-f]{32}", other) for other in others)


def test_whoever_left_for_good_is_forgotten() -> None:
    gone = Gone()
    presence = Presence(gone, grace=0.0)
    presence.arrive("a", NAME)
    presence.leave("a")
    assert gone.called.wait(10)
    assert gone.names == [NAME]
    presence.leave("a")  # once more is nothing to do
    presence.leave("never came")
    assert gone.names == [NAME]


def test_a_reload_and_a_second_tab_keep_everything() -> None:
    gone = Gone()
    presence = Presence(gone, grace=0.3)
    presence.arrive("a", NAME)
    presence.arrive("b", NAME)
    presence.leave("a")
    assert not gone.called.wait(0.6)  # the second tab is still there
    presence.leave("b")
    presence.arrive("c", NAME)
    assert not gone.called.wait(0.6)  # they came back in time
    presence.leave("c")
    assert gone.called.wait(10)
    assert gone.names == [NAME]
