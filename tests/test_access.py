"""The page without a mouse, and without eyes: the keyboard alone, and what axe-core finds."""

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.serving import BOX, OPENING, Visit, marked, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOCUSED = "document.activeElement"
SHOWS_FOCUS = """() => {
  // The box shows it by its frame's colour, everything else by an outline.
  const seen = e => getComputedStyle(e).outlineStyle !== "none" || e.matches("textarea");
  return seen(document.activeElement);
}"""


def violations(visit: Visit) -> list[str]:
    """Return what keeps people out, as axe-core sees the page now: the rule and the element."""
    found: dict[str, Any] = Axe().run(visit.page).response
    return [
        f"{rule['id']}: {node['html']}"
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_that_keeps_people_out(
    browser: "Browser", url: str, dark: bool, width: int
) -> None:
    with visiting(browser, url, width=width, dark=dark) as visit:
        found = {"at start": violations(visit)}
        visit.ask("When does the museum open?")
        found["after an answer"] = violations(visit)
        visit.ask("and who won the chess tournament in Reykjavik?")
        found["after silence"] = violations(visit)
        for folded in visit.page.locator("summary").all():
            folded.click()
        visit.settled()
        found["unfolded"] = violations(visit)
        visit.page.fill(BOX, "?")
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_selector("#qa-notice p")
        found["after a question that cannot be asked"] = violations(visit)
        assert not any(found.values()), found
        visit.page.evaluate("document.querySelector('.qa-cite').textContent = ''")
        visit.page.evaluate("document.querySelector('.qa-cite').removeAttribute('aria-label')")
        [broken] = violations(visit)  # so it does look
        assert broken.startswith("link-name: ")


def tab_to(visit: Visit, selector: str, *, backwards: bool = False) -> None:
    """Press Tab until the focus is on an element, and see that it shows wherever it stops."""
    for _ in range(60):
        visit.page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if visit.page.evaluate(f"{FOCUSED}.tagName") == "BODY":
            continue  # the focus went round by way of the browser's own bars
        assert visit.page.evaluate(SHOWS_FOCUS), visit.page.evaluate(f"{FOCUSED}.outerHTML")
        if visit.page.evaluate(f"{FOCUSED}.matches({selector!r})"):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_the_keyboard_alone_goes_everywhere(browser: "Browser", url: str) -> None:
    with visiting(browser, url) as visit:
        page, keys = visit.page, visit.page.keyboard
        assert page.evaluate(f"{FOCUSED}.matches({BOX!r})")  # one can type at once
        keys.type("When does the museum open?")
        keys.press("Enter")
        reply = page.locator(".qa-reply").first
        reply.wait_for()
        assert reply.locator(".qa-quote").inner_text().startswith(OPENING)
        visit.settled()

        tab_to(visit, ".qa-quote a.qa-cite", backwards=True)
        cited = page.evaluate(f"{FOCUSED}.hash")
        keys.press("Enter")
        visit.settled()
        assert page.evaluate(f"'#' + {FOCUSED}.id") == cited

        tab_to(visit, ".qa-passages summary", backwards=True)
        assert reply.locator(".qa-hit").first.is_hidden()
        keys.press("Enter")
        assert reply.locator(".qa-hit").first.is_visible()
        tab_to(visit, ".qa-hit.qa-rank-2 a.qa-cite")
        assert page.evaluate(f"{FOCUSED}.hash") != cited
        cited = page.evaluate(f"{FOCUSED}.hash")
        keys.press("Enter")
        visit.settled()
        assert page.evaluate(f"'#' + {FOCUSED}.id") == cited

        tab_to(visit, "#qa-examples button", backwards=True)
        example = page.evaluate(f"{FOCUSED}.innerText")
        keys.press("Enter")
        page.locator(".qa-reply").nth(1).wait_for()
        assert page.locator(".qa-asked").all_inner_texts() == [
            "When does the museum open?",
            example,
        ]
        visit.settled()

        tab_to(visit, "button[aria-label=Clear]", backwards=True)
        keys.press("Enter")
        page.wait_for_selector(".qa-invitation")
        tab_to(visit, BOX)
        keys.type("When does the last boat leave the island?")
        tab_to(visit, "#qa-question button")
        keys.press("Enter")
        page.locator(".qa-reply").wait_for()
        assert "a quarter past seven" in marked(page.locator(".qa-reply"))[0]


def test_the_focus_is_never_lost(browser: "Browser", url: str) -> None:
    """Whatever replaces what had the focus puts it near by, not back to the page's beginning."""
    with visiting(browser, url) as visit:
        page, keys = visit.page, visit.page.keyboard
        visit.ask("When does the museum open?")
        reply = visit.ask("and who is the curator?")
        turn = reply.get_attribute("data-turn")

        def press(selector: str, then: str) -> None:
            page.locator(selector).first.focus()
            keys.press("Enter")
            page.wait_for_function(f"{FOCUSED}.matches({then!r})")

        press(".qa-alone", f"[data-turn='{turn}']")
        page.get_by_role("tab", name="Documents").click()
        page.set_input_files(
            "#qa-files input",
            {"name": "mill.txt", "mimeType": "text/plain", "buffer": b"The mill turns at dawn."},
        )
        page.wait_for_selector(".qa-show-receipt")
        page.wait_for_function("document.querySelectorAll('.qa-listed').length === 2")
        shelf = "#qa-shelf [role=region]"
        press(".qa-show-receipt", shelf)
        press(".qa-back", shelf)
        press(".qa-remove", shelf)
        press("button[aria-label=Clear]", BOX)
