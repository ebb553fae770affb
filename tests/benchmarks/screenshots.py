"""Take the pictures of the README: the page by day, at night and on a phone.

Run it with `python -m tests.benchmarks.screenshots`; needs Chromium. Each picture is kept with
as few colours as it needs, so that it stays small.
"""

import argparse
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.serving import ARRIVED, CHROMIUM, FLAGS, QUIET, Visit, served

ROOT = Path(__file__).parents[2]
COLOURS = 256


def take(
    browser: Browser,
    url: str,
    picture: Path,
    *questions: str,
    width: int = 1280,
    height: int = 800,
    scale: int = 1,
    dark: bool = False,
    unfolded: bool = False,
) -> None:
    """Ask the questions on a page of its own, and keep what is then seen."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    visit = Visit(context.new_page())
    visit.page.goto(url)
    visit.page.wait_for_selector(ARRIVED, state="attached")
    for question in questions:
        reply = visit.ask(question)
        visit.settled()
    if unfolded:
        reply.locator("summary").click()
    visit.page.locator("#qa-question textarea").evaluate("box => box.blur()")
    visit.settled()
    visit.page.screenshot(path=picture)
    context.close()
    with Image.open(picture) as image:
        small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(picture, optimize=True)
    print(f"{picture.name}: {picture.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".github", help="(%(default)s)")
    folder = parser.parse_args().folder
    with served(ROOT / "index") as (url, _), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS + QUIET)
        when, follow_up = "When is the visit?", "and how long would the agreement run?"
        take(browser, url, folder / "page.png", when, follow_up)
        silence = "Who won the chess final?"
        take(browser, url, folder / "page-dark.png", silence, when, dark=True, unfolded=True)
        phone = folder / "page-phone.png"
        take(browser, url, phone, when, width=390, height=844, scale=2)
        browser.close()


if __name__ == "__main__":
    main()
