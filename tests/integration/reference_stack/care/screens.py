"""A page of the console as a test reads it: tables by caption, values by label, forms that can be filled and posted."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

Row = dict[str, str]
CELLS = ("td", "th")


@dataclass
class Form:
    """One form: where it goes and what it carries already."""

    action: str = ""
    values: dict[str, str] = field(default_factory=dict)


class Screen(HTMLParser):
    """Reads one page."""

    def __init__(self, reply: httpx.Response) -> None:
        super().__init__()
        self.status, self.url, self.html = reply.status_code, str(reply.url), reply.text
        self.tables: dict[str, list[Row]] = {}
        self.values: dict[str, str] = {}
        self.forms: list[Form] = [Form()]
        self.links: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}
        self._words: list[list[str]] = []
        self._caption, self._heads, self._cells = "", list[str](), list[str]()
        self._named: list[tuple[str, str, int]] = []
        self._select = ""
        self.feed(reply.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begins to collect words, and notes what forms carry."""
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(known.get("action", "")))
        elif tag == "button" and known.get("formaction"):
            self.forms.append(Form(known["formaction"], self.forms[-1].values))
        elif tag == "input" and known.get("name") and (known.get("type") != "checkbox" or "checked" in known):
            self.forms[-1].values[known["name"]] = known.get("value", "")
        elif tag == "select":
            self._select = known.get("name", "")
            self.choices[self._select] = []
        elif tag == "option" and self._select:
            self.choices[self._select].append(known.get("value", ""))
        if tag in ("caption", "dd", "a", "p", "div", "span", "pre", "output", *CELLS):
            self._words.append([])
            name = known.get("aria-label", "") if tag in ("dd", "output") else known.get("data-testid", "")
            self._named.append((tag, name, len(self._words)))
            if tag == "a" and known.get("data-testid"):
                self.links[known["data-testid"]] = known.get("href", "")

    def handle_data(self, data: str) -> None:
        """Keeps the words of everything that is open."""
        for words in self._words:
            words.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Takes what was collected to its place."""
        if tag == "tr" and self._cells:
            is_head = not self._heads
            if is_head:
                self._heads = self._cells
            else:
                self.tables[self._caption].append(dict(zip(self._heads, self._cells, strict=False)))
            self._cells = []
        if not self._named or self._named[-1][0] != tag:
            return
        _, name, _ = self._named.pop()
        text = " ".join("".join(self._words.pop()).split())
        if tag == "caption":
            self._caption, self._heads = text, []
            self.tables[text] = []
        elif tag in CELLS:
            self._cells.append(text)
        elif name:
            self.values[name] = text


class Counter:
    """Somebody who has signed in: opens pages and posts forms, as a browser would."""

    def __init__(self, url: str, door: str, user: str, password: str) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, follow_redirects=True, timeout=20)
        self.at = self.open(f"{door}/login")
        self.post("login", user=user, password=password)

    def open(self, path: str) -> Screen:
        """Opens a page of the console."""
        self.at = Screen(self._client.get(path if path.startswith("/care") else f"/care{path}"))
        return self.at

    def post(self, action: str, **typed: str) -> Screen:
        """Posts the form of the present page whose action ends in a word, with what is typed into it."""
        form = next(form for form in self.at.forms if form.action.split("?")[0].endswith(action))
        self.at = Screen(self._client.post(form.action, data=form.values | typed))
        return self.at

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()
