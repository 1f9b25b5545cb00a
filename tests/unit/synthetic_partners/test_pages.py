"""Pages of feeds: the committed ones are what the layouts say, and every part of the language has words."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from ringback.cli.feed import feed
from ringback.synthetic_partners.identifiers import FORMS
from ringback.synthetic_partners.layout import load_layout
from ringback.synthetic_partners.layout_fields import COMPUTED
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.pages import rule_words, words
from ringback.synthetic_partners.pages.files import pages
from ringback.synthetic_partners.pages.page import page_of
from ringback.synthetic_partners.rules import KINDS

COMMITTED = Path(__file__).parents[3] / "docs" / "feeds"
LAYOUTS = built_in_layouts()
NAMES = ("README.md", *(f"{name}.md" for name in LAYOUTS))
OWN = b"""\
layout: stock
summary: What is in the warehouse
family: csv
feed: STOCK
file_name: "STOCK_{day}.csv"
name_parts: [{name: day, type: d8, sample: today}]
delimiter: ";"
key: sku
record:
  - {name: sku, type: an1-20, required: true, says: our number of the article, sample: sku}
  - {name: state, type: a1, one_of: {G: good, B: broken}, required: true}
  - {name: imei, type: n15, form: imei, required_when: {state: G}, personal: true}
rules:
  - {rule: unique, fields: [sku]}
"""


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """The pages as the layouts say them now."""
    return pages(LAYOUTS, frozenset(LAYOUTS))


@pytest.mark.parametrize("name", NAMES)
def test_a_committed_page_says_what_its_layout_says(name: str, written: dict[str, str]) -> None:
    """A layout that changed needs its page written anew: ringback feed document --all -o docs/feeds."""
    assert (COMMITTED / name).read_text("utf-8") == written[name]


def test_no_page_is_left_of_a_layout_that_is_gone() -> None:
    """The folder holds the pages of the layouts and nothing else."""
    assert sorted(path.name for path in COMMITTED.iterdir()) == sorted(NAMES)


def test_every_rule_form_and_computed_value_has_words() -> None:
    """A word of the layout language that no page can say is missing here."""
    assert set(rule_words.WORDS) == set(KINDS)
    assert set(words.FORMS) == set(FORMS)
    assert set(words.COMPUTED) == set(COMPUTED)


@pytest.mark.parametrize(
    "line",
    [
        "| delimiter | a semicolon |",
        "| 1 | `sku` | up to 20 characters | yes | our number of the article |  |",
        "| 2 | `state` | 1 letter | yes | `G` good, `B` broken |  |",
        "| 3 | `imei` | 15 digits | when `state` is `G` | IMEI: TAC 8, serial 6, the last digit by Luhn | personal |",
        "- `sku` is in the file once (R106)",
        "| R103 | check digit | the record | `imei` |",
        "| R104 | unknown code | the record | `state` |",
        "sku;state;imei",
        '  get: "/from_us/STOCK_*.csv"',
    ],
)
def test_a_layout_of_ones_own_has_a_page(line: str) -> None:
    """Types, codes with their meanings, forms, conditions, rules, problems, a sample and a step."""
    text = page_of(load_layout(OWN, "stock.layout.yaml"))

    assert line in text.splitlines()


def test_the_command_prints_one_page_or_writes_all(tmp_path: Path) -> None:
    """Without a folder the page is printed; --all needs one."""
    one = CliRunner().invoke(feed, ["document", "udr"])
    many = CliRunner().invoke(feed, ["document", "--all", "-o", str(tmp_path / "pages")])
    nowhere = CliRunner().invoke(feed, ["document", "--all"])
    nothing = CliRunner().invoke(feed, ["document"])

    assert one.output.startswith("# udr: ")
    assert (many.exit_code, (tmp_path / "pages" / "udr.md").read_text("utf-8")) == (0, one.output)
    assert (nowhere.exit_code, nothing.exit_code) == (2, 2)
