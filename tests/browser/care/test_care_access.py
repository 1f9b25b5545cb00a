"""The console can be used with a keyboard and a screen reader, and fits a 1280 pixel desktop."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

NAMELESS = """() => [...document.querySelectorAll("input:not([type=hidden]),select,textarea,button,a[href]")]
  .filter(each => {
    const labels = each.labels && [...each.labels].map(label => label.innerText).join(" ").trim();
    return !(labels || each.getAttribute("aria-label") || (each.matches("button,a") && each.textContent.trim()));
  }).map(each => each.outerHTML)"""
UNCAPTIONED = "() => [...document.querySelectorAll('table')].filter(t => !t.caption?.textContent.trim()).length"
TWICE = """() => { const ids = [...document.querySelectorAll("[id]")].map(each => each.id);
  return ids.filter((id, index) => ids.indexOf(id) !== index); }"""
POINTLESS = """() => [...document.querySelectorAll("[aria-describedby]")].flatMap(each =>
  each.getAttribute("aria-describedby").split(" ").filter(id => !document.getElementById(id)))"""
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
FAINT = """() => {
  const linear = value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const channel = value => linear(value / 255);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const ground = each => { for (let e = each; e; e = e.parentElement) {
    const found = numbers(getComputedStyle(e).backgroundColor); if (found.length < 4 || found[3] > 0.99) return found; }
    return [255, 255, 255]; };
  return [...document.querySelectorAll("body *")]
    .filter(each => each.checkVisibility() && !each.closest(".hidden,.skip")
      && [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(each => { const a = light(numbers(getComputedStyle(each).color)), b = light(ground(each));
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), each.textContent.trim()]; })
    .filter(([ratio]) => ratio < 4.5).map(([ratio, words]) => `${ratio.toFixed(2)} ${words}`); }"""


def assert_accessible(page: Page) -> None:
    """Every control has a name, every table a caption, ids are unique, text has contrast, nothing is cut off."""
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(UNCAPTIONED) == 0
    assert page.evaluate(TWICE) == []
    assert page.evaluate(POINTLESS) == []
    assert page.evaluate(FAINT) == []
    assert page.evaluate(TOO_WIDE) is False
    assert page.locator("main").count() == 1
    assert page.locator("h1").count() == 1


def test_the_login_is_accessible(visitor: Page, care: str) -> None:
    """The first page has names, contrast and one main landmark."""
    visitor.goto(f"{care}/login")

    assert_accessible(visitor)


@pytest.mark.parametrize("path", ["/customers", "/customers/CUST-00005", "/fallout", "/drafts", "/customers/NOBODY"])
def test_pages_are_accessible(rep: Page, care: str, path: str) -> None:
    """Each page to look at has names, captions and contrast."""
    rep.goto(care + path)

    assert_accessible(rep)


def test_the_wizard_is_accessible_with_and_without_mistakes(to_offer: Callable[[str], Page]) -> None:
    """A page full of messages is as readable as an empty one, and the messages get the focus."""
    page = to_offer("CUST-00021")
    assert_accessible(page)

    page.get_by_role("button", name="Review").click()

    assert_accessible(page)
    expect(page.get_by_test_id("form-problems")).to_be_focused()
    expect(page.get_by_label("Offer", exact=True)).to_have_attribute("aria-invalid", "true")


def test_review_and_order_pages_are_accessible(to_review: Callable[[str, str], Page]) -> None:
    """The two pages that a rep reads out loud are accessible too."""
    page = to_review("CUST-00022", "6175550222")
    assert_accessible(page)

    page.get_by_role("button", name="Submit order").click()
    page.get_by_role("heading", name="Order WEB-").wait_for()

    assert_accessible(page)


def test_the_first_tab_skips_to_the_content(rep: Page, care: str) -> None:
    """A keyboard user need not walk through the navigation on each page."""
    rep.goto(f"{care}/customers")
    rep.keyboard.press("Tab")
    expect(rep.get_by_role("link", name="Skip to content")).to_be_focused()

    rep.keyboard.press("Enter")

    expect(rep.locator("main")).to_be_focused()
