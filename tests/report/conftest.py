"""A real browser for the tests of pages: the system's Chromium, driven over pipes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crossoracle.report.page import report
from tests.report.studies import whole, worked

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = {"phone": (390, 844), "laptop": (1366, 768)}
NONE = "no browser: neither Chromium on the path nor one of `playwright install chromium`"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: opens pages in Chromium; fails in CI where there is none")


@pytest.fixture(scope="session")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study with a report, for tests that only read it."""
    home = whole(tmp_path_factory.mktemp("studied") / "study")
    worked(home)
    report(home)
    return home


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Return a browser; it lasts for a module, since its loop is in the way of asyncio in other tests."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as driver:
        if path is None and not os.path.exists(driver.chromium.executable_path):
            if os.environ.get("CI"):
                pytest.fail(NONE)
            pytest.skip(NONE)
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Watched:
    """A page that is open, and what it asked for and complained of."""

    def __init__(self, page: Any) -> None:
        self.page, self.asked, self.said, self.dialogs = page, [], [], []
        page.on("request", lambda one: self.asked.append(one.url))
        page.on("console", lambda one: self.said.append(f"{one.type}: {one.text}"))
        page.on("pageerror", lambda one: self.said.append(str(one)))
        page.on("requestfailed", lambda one: self.said.append(f"{one.url[:200]}: {one.failure}"))
        page.on("dialog", lambda one: (self.dialogs.append(one.message), one.dismiss()))

    def overflow(self) -> list[str]:
        """Return what sticks out of the page at the right, but for what scrolls in a box of its own."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll("body *:not(.skip)")].filter((one) =>
                !one.parentElement.closest(".scroll, .pan, pre, dialog") &&
                one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
            ).map((one) => `${one.tagName}.${one.className} to ${one.getBoundingClientRect().right}`)"""
        )


@pytest.fixture
def opened(chromium: Any) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a file: ``opened(file, "phone", dark=True)``."""
    contexts = []

    def at(file: Path, size: str = "laptop", *, dark: bool = False) -> Watched:
        width, height = SIZES[size]
        scheme = "dark" if dark else "light"
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.goto(file.as_uri())
        return watched

    yield at
    for context in contexts:
        context.close()
