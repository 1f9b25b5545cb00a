"""A small shop on loopback: signs people in, takes an order over two pages, and has tables and labelled values."""

import threading
from collections.abc import Iterator
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from ringback.drivers.ui import UiDriver
from ringback.engine.environment import Environment
from ringback.engine.problems import BrokenTest
from ringback.engine.protocols import Layout
from ringback.engine.redaction import Redactor
from ringback.engine.services import Services

PASSWORD = "correct-horse-battery"  # of a shop that lives for one test
LOGIN = """<h1>Sign in</h1>{note}<form method=post>
<label>User name <input name=user></label><label>Password <input name=password type=password></label>
<button>Sign in</button></form>"""
WIZARD = """<h1>New order</h1><form method=post action=/shop/review>
<label for=offer>Offer</label><select id=offer name=offer><option value="">choose<option value=GOLD>Mobile Gold
<option value=BLUE>Mobile Blue</select>
<label for=account>Account number *</label><input id=account name=account>
<label for=pin>PIN:</label><input id=pin name=pin>
<input placeholder="Coupon" name=coupon><label><input type=checkbox name=consent> Credit consent</label>
<label for=file>Proof</label><input id=file type=file>
<fieldset role=radiogroup aria-label=Delivery><label><input type=radio name=way value=post>By post</label>
<label><input type=radio name=way value=shop>In a shop</label></fieldset>
<button disabled>Pay later</button><button>Review</button></form>"""
REVIEW = """<h1>Review</h1><dl><dt>Account number</dt><dd data-testid=account>{account}</dd><dt>PIN</dt><dd>{pin}</dd>
<dt>Offer</dt><dd>{offer}</dd><dt>Consent</dt><dd>{consent}</dd><dt>Coupon</dt><dd>{coupon}</dd></dl>
<label for=total>Monthly total</label><output id=total>36.00 USD</output>
<span aria-label="Due today">25.00   USD</span>
<form method=post action=/shop/orders><button>Submit order</button></form>
<script>console.error("the price service is slow")</script>"""
ORDER = """<h1>Order</h1><dl><dt>Order state</dt><dd>{state}</dd><dt>St. Louis (MO)</dt><dd>yes</dd></dl>
<h2>Items</h2><table><thead><tr><th>Item<th>State<th></tr></thead><tbody><tr><td>Line<td>active<td>x</tr>
<tr><td>Device<td>pending<td>y</tr></tbody></table>
<table aria-label=Bills><thead><tr><th>Bill</tr></thead><tbody><tr><td colspan=3>No bills</td></tr></tbody></table>
<a href=/shop/late>Later</a> <a href=/shop/orders>Twice</a> <a href=/shop/orders>Twice</a>"""
LATE = """<h1>Late</h1><script>setTimeout(() => {
document.body.insertAdjacentHTML("beforeend", "<dl><dt>Answer</dt><dd>came</dd></dl>")}, 100)</script>"""


class ShopServer(ThreadingHTTPServer):
    """The running shop: counts visits, and shows the states of an order one after the other."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Shop)
        self.visits: list[str] = []
        self.states = ["completed"]
        self.sessions_end = 0  # logins before this one count no more, as after a restart
        self.logins = 0


class Shop(BaseHTTPRequestHandler):
    """The pages."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: ShopServer

    def do_GET(self) -> None:
        """Show a page, or the login page to a stranger."""
        self.server.visits.append(f"GET {self.path}")
        path = urlsplit(self.path).path
        if path == "/shop/login":
            self._answer(LOGIN.format(note=""))
        elif not self._signed_in():
            self._answer("", 303, location="/shop/login")
        elif path == "/shop/orders":
            states = self.server.states
            self._answer(ORDER.format(state=states.pop(0) if len(states) > 1 else states[0]))
        elif path == "/shop/broken":
            self._answer("<h1>Down</h1><p role=alert>The shop is not answering</p>", 503)
        else:
            self._answer({"/shop/new": WIZARD, "/shop/late": LATE}.get(path, "<h1>Welcome</h1>"))

    def do_POST(self) -> None:
        """Take a form."""
        self.server.visits.append(f"POST {self.path}")
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        fields = {name: escape(values[0]) for name, values in form.items()}
        path = urlsplit(self.path).path
        if path == "/shop/login" and (fields.get("user"), fields.get("password")) == ("rep1", PASSWORD):
            self.server.logins += 1
            self._answer("", 303, location="/shop/", cookie=f"login={self.server.logins}; Path=/")
        elif path == "/shop/login":
            self._answer(LOGIN.format(note="<p role=alert>Wrong password</p>"))
        elif path == "/shop/review":
            known = {"account": "", "pin": "", "offer": "", "consent": "off", "coupon": ""}
            self._answer(REVIEW.format(**{**known, **fields}))
        else:
            self._answer("", 303, location="/shop/orders")

    def _signed_in(self) -> bool:
        login = SimpleCookie(self.headers.get("cookie", "")).get("login")
        return login is not None and int(login.value) > self.server.sessions_end

    def _answer(self, body: str, status: int = 200, *, location: str = "", cookie: str = "") -> None:
        content = f"<!doctype html><title>Shop</title><body>{body}".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (("Location", location), ("Set-Cookie", cookie)):
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class named it
        """Say nothing."""


@pytest.fixture(scope="module")
def running_shop() -> Iterator[ShopServer]:
    """The running shop."""
    server = ShopServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def shop(running_shop: ShopServer) -> ShopServer:
    """The shop as after a restart: nobody is signed in, nobody has been there."""
    running_shop.visits.clear()
    running_shop.states = ["completed"]
    running_shop.sessions_end = running_shop.logins
    return running_shop


@pytest.fixture(scope="module")
def environment(running_shop: ShopServer) -> Environment:
    """The shop with the right password and with a wrong one, one that is closed, and one with another browser."""
    url = f"http://127.0.0.1:{running_shop.server_port}/shop"
    rep = {"user": "rep1", "password": PASSWORD}
    systems: dict[str, dict[str, object]] = {
        "shop": {"ui": url, "roles": {"rep": rep}},
        "strict": {"ui": url, "roles": {"rep": {**rep, "password": "not-the-password"}}},
        "closed": {"ui": "http://127.0.0.1:9/shop"},
        "elsewhere": {"ui": url, "browser": "/nowhere/chromium"},
    }
    return Environment("test", "test.yaml", "real", systems)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """What drivers share; the password and any PIN are secrets."""

    def no_layout(name: str) -> Layout:
        raise BrokenTest(f"there is no layout {name!r}")

    project = tmp_path_factory.mktemp("project")
    redactor = Redactor()
    redactor.add(PASSWORD, "REP_PASSWORD")
    redactor.add_field("pin")
    return Services(redactor, "run", project / "evidence", project, no_layout)


@pytest.fixture(scope="module")
def browser(environment: Environment, services: Services) -> Iterator[UiDriver]:
    """The driver; its browser is started once for all tests."""
    driver = UiDriver(environment, services)
    yield driver
    driver.close()


@pytest.fixture
def driver(browser: UiDriver, shop: ShopServer) -> Iterator[UiDriver]:
    """The driver without a page open."""
    yield browser
    browser.release("session", failed=False)
