"""A stack of its own with the synthetic partners of its accounts, told what to do as journeys tell them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from ringback.engine.protocols import Behaviour, FeedFile
from ringback.synthetic_partners.configuration import Configuration, PartnerConfiguration
from ringback.synthetic_partners.host import PartnerHost, make_host
from ringback.synthetic_partners.layouts import built_in_layouts
from ringback.synthetic_partners.link import Account, Link
from tests.integration.reference_stack.conftest import RunningStack, started, until

KINDS: Mapping[str, str] = {"clearing-house": "number-portability"}  # the others are called as their account
PARTNERS = (
    "clearing-house", "address-registry", "e911-registry", "sim-vendor", "field-force", "bank", "mediation",
    "roaming-hub", "imei-registry", "data-warehouse",
)  # fmt: skip
OPTIONS: Mapping[str, Mapping[str, object]] = {
    "clearing-house": {"donors": {"north-tel": "8Y02", "west-mobile": "7Z03"}, "our_spid": "9X01"}
}
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
_SESSIONS = itertools.count(1)


@dataclass(frozen=True)
class World:
    """A stack, and the partners that live beside it."""

    stack: RunningStack
    host: PartnerHost

    def tell(self, partner: str, receives: str, where: Mapping[str, object], do: object) -> None:
        """One entry of a journey's `partners`."""
        self.host.instruct(f"test-{next(_SESSIONS)}", [Behaviour(partner, receives, where, do, {})])

    def log(self, partner: str, event: str) -> list[Mapping[str, str]]:
        """What a partner noted of one kind."""
        return [line for line in self.host.actors[partner].log if line["event"] == event]

    def acknowledged(self, partner: str, beginning: str) -> Mapping[str, str]:
        """What the gateway said of a partner's file, by the beginning of its name."""

        def look() -> Mapping[str, str] | None:
            return next((one for one in self.log(partner, "acknowledged") if one["text"].startswith(beginning)), None)

        return until(look, f"an acknowledgement of {beginning}: {self.host.actors[partner].log}")

    def files(self, partner: str, layout_name: str) -> Sequence[FeedFile]:
        """The files of one kind that we sent to a partner, each valid."""
        layout = built_in_layouts()[layout_name]
        link = Link(_account(self.stack.ready, partner))
        try:
            found = [file.name for file in link.files("/from_us") if layout.names.read(file.name)]
            files = [layout.decode(link.read(f"/from_us/{name}"), name) for name in found]
        finally:
            link.close()
        assert [file.problems for file in files] == [()] * len(files)
        return files

    def order(self, customer: int, *items: Mapping[str, object]) -> str:
        """A product order; its id."""
        party = {"id": f"CUST-{customer:05d}", "role": "customer", "@referredType": "Customer"}
        reply = self.stack.client.post(ORDERS, json={"relatedParty": [party], "productOrderItem": list(items)})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def reaches(self, order: str, state: str) -> Mapping[str, object]:
        """An order once it is in a state."""
        path = f"{ORDERS}/{order}"
        return until(lambda: (now := self.stack.client.get(path).json())["state"] == state and now, f"{order} {state}")

    def mobile(self, customer: int) -> Mapping[str, object]:
        """A mobile line that rings: its number, IMSI and product, and what its owner knows."""
        offering = {"productOffering": {"id": "MOBILE-GOLD"}}
        order = self.order(customer, {"id": "1", "action": "add", "quantity": 1, **offering})
        self.reaches(order, "completed")
        sql = (
            "select o.product_id as product, h.msisdn as tn, h.imsi, i.family_name, i.id_last4, a.postcode, "
            "b.id as account from com_order_item o join crm_customer c on c.id = ? "
            "join crm_individual i on i.id = c.party_id join loc_address a on a.id = c.address_id "
            "join bil_account b on b.customer_id = c.id join sinv_service s on s.customer_id = c.id "
            "join num_tn n on n.service_id = s.id join ne_hlr h on h.msisdn = n.tn "
            "where o.order_id = ? and o.product_id is not null"
        )
        return self.stack.rows(sql, f"CUST-{customer:05d}", order)[0]


def _account(ready: Mapping[str, object], partner: str) -> Account:
    sftp, accounts = ready["sftp"], ready["partners"]
    assert isinstance(sftp, dict)
    assert isinstance(accounts, dict)
    mine = accounts[partner]
    return Account(sftp["host"], int(sftp["port"]), mine["user"], mine["key_file"], sftp["host_key"])


@contextmanager
def live(stack: RunningStack, mode: str = "instructed") -> Iterator[World]:
    """The partners of a stack, until the block ends."""
    partners = tuple(
        PartnerConfiguration(
            name=name,
            behaviour=KINDS.get(name, name),
            account=_account(stack.ready, name),
            options=OPTIONS.get(name, {}),
        )
        for name in PARTNERS
    )
    host = make_host(Configuration(partners, clock=f"{stack.ready['url']}/clock", mode=mode, pace=0.2), seed=7)
    host.start()
    try:
        yield World(stack, host)
    finally:
        host.stop()


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Partners that wait to be told; tests use customers and numbers of their own."""
    with started(tmp_path_factory.mktemp("partners")) as stack, live(stack) as world:
        yield world
