"""The partners' process against an operator's SFTP server: what it reads, what it answers, how it ails and recovers."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ringback.engine.problems import BrokenTest, Unavailable
from ringback.engine.protocols import Behaviour
from ringback.synthetic_partners.check_digits import luhn_ok

NOW = "%Y%m%d%H%M%S"


def port_request(tn: str, req_no: str, **changes: str) -> dict[str, str]:
    """A good line of an NPORT file."""
    now = datetime.now(UTC)
    return {
        "req_no": req_no, "version": "01", "action": "N", "d_tsent": now.strftime(NOW), "ddd_t": now.strftime(NOW),
        "npdi": "A", "nnsp": "9X01", "onsp": "8Y02", "tn": tn, "npqty": "1", "account_no": "0012345", "pin": "0042",
        "first_name": "Ann", "last_name": "Baker", "street_nr": "12", "street": "Main St", "city": "Cambridge",
        "state": "MA", "zip": "02139", **changes,
    }  # fmt: skip


def inquiry(request_id: str, customer: str) -> dict[str, str]:
    """A good line of a CRDQ file."""
    return {
        "request_id": request_id, "customer_id": customer, "product_order_id": "PO-1", "first_name": "ANN",
        "last_name": "BAKER", "birth_date": "19800229", "id_last4": "0042", "house_number": "12", "street": "MAIN ST",
        "postcode": "02139", "requested_lines": "1", "device_amount": "84000",
        "consent_ts": datetime.now(UTC).strftime(NOW),
    }  # fmt: skip


def purchase_order(po: str, order: str) -> dict[str, str]:
    """The record of an 850."""
    return {
        "po": po, "ordered_on": "20261121", "order_id": order, "name": "Ann Baker", "street": "12 Main St",
        "city": "Cambridge", "state": "MA", "zip": "02139", "qty": "1", "price": "720.00", "sku": "PHX-128",
        "iccid": "8901000000000000019",
    }  # fmt: skip


def behaviour(partner: str, receives: str, where: Mapping[str, object], do: object, **options: object) -> Behaviour:
    """One entry of a journey's `partners`."""
    return Behaviour(partner, receives, where, do, options)


def test_a_confirmed_port_is_answered_broadcast_and_downloaded(operator: Any, partners: Any, eventually: Any) -> None:
    """NPORT in: an ack, NPRESP C, the subscription version up to active, and a BDD row of ours."""
    partners.desk.instruct("s1", [behaviour("clearing-house", "port_request", {"tn": "6175550123"}, "confirm")])

    name = operator.send("clearing-house", "nport", [port_request("6175550123", "9X01000000000001")])

    row = eventually(lambda: operator.records("clearing-house", "bdd"), "the BDD row")[0]
    (answer,) = operator.records("clearing-house", "npresp")
    versions = operator.records("clearing-house", "npsv")
    assert operator.ack("clearing-house", name).split("|")[4] == "ACCEPTED"
    assert (answer["response_type"], answer["req_no"], answer["version"]) == ("C", "9X01000000000001", "01")
    assert [one["sv_status"] for one in versions] == ["2", "3", "1"]
    assert {one["new_spid"] for one in versions} == {"9X01"}
    assert (row["tn"], row["spid"], row["lrn"], row["download_reason"]) == ("6175550123", "9X01", "5125550000", "0")
    assert row["version_id"] == versions[0]["sv_id"]
    assert row["activation_ts"] == versions[2]["status_ts"]


def test_a_delayed_port_promises_an_answer_and_gives_it(operator: Any, partners: Any, eventually: Any) -> None:
    """First D with a promised time, later C with the due time."""
    partners.desk.instruct(
        "s1", [behaviour("clearing-house", "port_request", {"tn": "6175550124"}, "delay_then_confirm")]
    )

    operator.send("clearing-house", "nport", [port_request("6175550124", "9X01000000000002")])

    eventually(lambda: len(operator.records("clearing-house", "npresp")) == 2, "two answers")
    delayed, confirmed = operator.records("clearing-house", "npresp")
    assert (delayed["response_type"], delayed["delay_code"], delayed["reason_code"]) == ("D", "SYS", "")
    assert delayed["due"] > delayed["cd_tsent"]
    assert confirmed["response_type"] == "C"


def test_a_port_to_be_resolved_is_confirmed_after_its_supplement(operator: Any, partners: Any, eventually: Any) -> None:
    """Version 01 gets R with reason PIN and no broadcast, version 02 is confirmed."""
    partners.desk.instruct(
        "s1", [behaviour("clearing-house", "port_request", {"tn": "6175550125"}, "resolve_then_confirm")]
    )
    operator.send("clearing-house", "nport", [port_request("6175550125", "9X01000000000003")])
    eventually(lambda: operator.records("clearing-house", "npresp"), "the first answer")

    supplement = port_request("6175550125", "9X01000000000003", version="02", action="S", pin="0024")
    operator.send("clearing-house", "nport", [supplement])

    eventually(lambda: operator.records("clearing-house", "bdd"), "the BDD row")
    first, second = operator.records("clearing-house", "npresp")
    assert (first["response_type"], first["reason_code"], first["version"], first["due"]) == ("R", "PIN", "01", "")
    assert (second["response_type"], second["version"]) == ("C", "02")


def test_a_request_waits_for_its_instruction(operator: Any, partners: Any, eventually: Any) -> None:
    """An inquiry that came before its journey said what to do is answered as soon as it does; a stranger's is not."""
    operator.send("credit-bureau", "crdq", [inquiry("CRQ-1", "CUST-00001"), inquiry("CRQ-2", "CUST-00002")])
    eventually(lambda: partners.desk.log("credit-bureau"), "the file to be read")
    assert operator.records("credit-bureau", "crdr") == []

    where = {"customer": "CUST-00002"}
    partners.desk.instruct("s1", [behaviour("credit-bureau", "inquiry", where, {"approve": {"score": 731}})])

    (decision,) = eventually(lambda: operator.records("credit-bureau", "crdr"), "the decision")
    assert tuple(decision[name] for name in ("request_id", "customer_id", "decision", "score")) == (
        "CRQ-2",
        "CUST-00002",
        "A",
        "731",
    )
    assert (decision["id_last4"], decision["last_name"]) == ("0042", "BAKER")
    assert int(decision["device_limit"]) >= 84000


def test_a_purchase_order_is_acknowledged_shipped_and_delivered(operator: Any, partners: Any, eventually: Any) -> None:
    """850 in: 997, 855, 856 with an IMEI of the model and the ICCID of the order, then 214 delivered."""
    do = ["acknowledge", "ship", "deliver"]
    partners.desk.instruct("s1", [behaviour("device-logistics", "purchase_order", {"order": "PO-7"}, do)])

    operator.send("device-logistics", "x12-850", [purchase_order("4500000001", "PO-7")])

    delivered = eventually(lambda: operator.records("device-logistics", "x12-214"), "the delivery")[0]
    (receipt,) = operator.records("device-logistics", "x12-997")
    (answer,) = operator.records("device-logistics", "x12-855")
    (shipped,) = operator.records("device-logistics", "x12-856")
    assert tuple(receipt[name] for name in ("group", "set", "status", "accepted")) == ("PO", "850", "A", "1")
    assert tuple(answer[name] for name in ("code", "line_status", "po")) == ("AD", "IA", "4500000001")
    assert tuple(shipped[name] for name in ("po", "iccid", "qty")) == ("4500000001", "8901000000000000019", "1")
    assert shipped["imei"].startswith("35490100")
    assert luhn_ok(shipped["imei"])
    assert ("4500000001", "D1", shipped["tracking"]) == tuple(delivered[name] for name in ("po", "status", "tracking"))
    assert delivered["delivered_at"] >= shipped["shipped_at"]


def test_a_wrong_file_is_rejected_with_its_errors(operator: Any, partners: Any, eventually: Any) -> None:
    """A trailer that counts wrong rejects the file; the acknowledgement says so and nothing is answered."""
    partners.desk.instruct("s1", [behaviour("clearing-house", "port_request", {"tn": "6175550126"}, "confirm")])

    name = operator.send(
        "clearing-house",
        "nport",
        [port_request("6175550126", "9X01000000000004")],
        change=lambda content: content.replace(b"T|000001|", b"T|000002|"),
    )

    ack = eventually(lambda: operator.ack("clearing-house", name), "the acknowledgement")
    assert ack.splitlines()[0].split("|")[4:9] == ["REJECTED", "2", "1", "0", "1"]
    assert ack.splitlines()[1].split("|")[3:5] == ["G004", "F"]
    assert operator.records("clearing-house", "npresp") == []


def test_a_bad_record_is_rejected_and_the_good_one_answered(operator: Any, partners: Any, eventually: Any) -> None:
    """A request without the PIN that the old provider requires is refused by the ack; its value is never shown."""
    where = {"account_no": "0012345"}
    partners.desk.instruct("s1", [behaviour("clearing-house", "port_request", where, "confirm")])
    lines = [port_request("6175550127", "9X01000000000005", pin=""), port_request("6175550128", "9X01000000000006")]

    name = operator.send("clearing-house", "nport", lines)

    (answer,) = eventually(lambda: operator.records("clearing-house", "npresp"), "the answer")
    ack = operator.ack("clearing-house", name)
    assert ack.splitlines()[0].split("|")[4:9] == ["PARTIAL", "2", "2", "1", "1"]
    assert ack.splitlines()[1].split("|")[1:5] == ["2", "9X01000000000005", "R101", "R"]
    assert "0042" not in ack
    assert answer["tn"] == "6175550128"


def test_a_copy_is_a_duplicate_and_a_gap_is_held(operator: Any, partners: Any, eventually: Any) -> None:
    """A file that comes twice is not applied twice; a file ahead of its turn waits for the one before it."""
    partners.desk.instruct("s1", [behaviour("clearing-house", "port_request", {}, "confirm")])
    first = operator.send("clearing-house", "nport", [port_request("6175550131", "9X01000000000011")])
    eventually(lambda: operator.records("clearing-house", "npresp"), "the first answer")
    folder: Path = operator.root / "clearing-house" / "from_us"

    second = operator.send("clearing-house", "nport", [port_request("6175550132", "9X01000000000012")])
    held = folder / second
    held.rename(folder.parent / "later")
    third = operator.send("clearing-house", "nport", [port_request("6175550133", "9X01000000000013")])
    eventually(lambda: any(one["event"] == "held" for one in partners.desk.log("clearing-house")), "the gap")
    assert operator.ack("clearing-house", third) == ""
    (folder.parent / "later").rename(held)
    copy = folder / f"{first}.part"
    copy.write_bytes((folder / first).read_bytes())
    os.utime(copy, (1, 1))
    copy.rename(folder / first)

    eventually(lambda: len(operator.records("clearing-house", "npresp")) == 3, "all three answers")
    eventually(lambda: "DUPLICATE" in operator.ack("clearing-house", first), "the acknowledgement of the copy")
    assert [one["tn"] for one in operator.records("clearing-house", "npresp")] == [
        "6175550131",
        "6175550132",
        "6175550133",
    ]


def test_dates_follow_the_environments_clock(operator: Any, partners: Any, clock: Any, eventually: Any) -> None:
    """After the clock is moved ten days ahead, files are dated ten days ahead, and older files are too old."""
    partners.desk.instruct("s1", [behaviour("credit-bureau", "inquiry", {}, "approve")])
    clock.ahead = timedelta(days=10)

    old = operator.send("credit-bureau", "crdq", [inquiry("CRQ-9", "CUST-00009")])
    operator.numbers["crdq"] -= 1
    operator.send("credit-bureau", "crdq", [inquiry("CRQ-8", "CUST-00008")], now=clock.now())

    (decision,) = eventually(lambda: operator.records("credit-bureau", "crdr"), "the decision")
    day = clock.now().strftime("%Y%m%d")
    assert decision["decided_ts"].startswith(day)
    assert "|G014|F|" in operator.ack("credit-bureau", old)


def test_a_stopped_server_is_an_ailment_until_it_is_back(operator: Any, partners: Any, eventually: Any) -> None:
    """While the server is gone each partner says why it cannot work; then it goes on where it was."""
    where = {"customer": "CUST-00003"}
    partners.desk.instruct("s1", [behaviour("credit-bureau", "inquiry", where, "decline")])
    eventually(lambda: not partners.desk.ailments(["credit-bureau"]), "the first login")

    operator.stop()
    said = eventually(lambda: partners.desk.ailments(["credit-bureau"]), "the ailment")
    assert "credit-bureau@127.0.0.1" in said["credit-bureau"] or "/from_us" in said["credit-bureau"]
    operator.start()
    operator.send("credit-bureau", "crdq", [inquiry("CRQ-3", "CUST-00003")])

    (decision,) = eventually(lambda: operator.records("credit-bureau", "crdr"), "the decision")
    assert decision["decision"] == "D"
    assert partners.desk.ailments(["credit-bureau"]) == {}


def test_an_answer_that_is_due_while_the_server_is_gone_is_sent_once_it_is_back(
    operator: Any, partners: Any, eventually: Any
) -> None:
    """A promised confirmation survives a lost connection, and is given exactly once."""
    do = {"delay_then_confirm": {"after": 2}}
    partners.desk.instruct("s1", [behaviour("clearing-house", "port_request", {"tn": "6175550141"}, do)])
    operator.send("clearing-house", "nport", [port_request("6175550141", "9X01000000000021")])
    eventually(lambda: operator.records("clearing-house", "npresp"), "the delay")

    operator.stop()
    eventually(lambda: partners.desk.ailments(["clearing-house"]), "the ailment")
    operator.start()

    eventually(lambda: operator.records("clearing-house", "bdd"), "the BDD row")
    assert [one["response_type"] for one in operator.records("clearing-house", "npresp")] == ["D", "C"]


def test_sequences_go_on_after_a_restart(operator: Any, partners: Any, eventually: Any) -> None:
    """A restarted partner uses the next number and does not answer again what it has answered."""
    said = [behaviour("credit-bureau", "inquiry", {}, "approve")]
    partners.desk.instruct("s1", said)
    operator.send("credit-bureau", "crdq", [inquiry("CRQ-4", "CUST-00004")])
    eventually(lambda: operator.records("credit-bureau", "crdr"), "the first decision")

    partners.stop()
    partners.start()
    partners.desk.instruct("s2", said)
    operator.send("credit-bureau", "crdq", [inquiry("CRQ-5", "CUST-00005")])

    eventually(lambda: len(operator.inbox("credit-bureau", "crdr")) == 2, "the second decision")
    numbers = [file.header["sequence"] for file in operator.inbox("credit-bureau", "crdr")]
    assert numbers == ["00001", "00002"]
    assert [one["request_id"] for one in operator.records("credit-bureau", "crdr")] == ["CRQ-4", "CRQ-5"]


def test_a_wrong_host_key_is_an_ailment(
    configuration: dict[str, Any], operator: Any, partners: Any, eventually: Any
) -> None:
    """A partner does not talk to a server whose key is not the pinned one."""
    partners.stop()
    entry = configuration["partners"]["credit-bureau"]
    entry["host_key"] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

    partners.start()

    said = eventually(
        lambda: {k: v for k, v in partners.desk.ailments(["credit-bureau"]).items() if "pinned" in v}, "the ailment"
    )
    assert "host key" in said["credit-bureau"]


def test_unknown_names_are_refused_with_the_nearest(partners: Any) -> None:
    """A misspelt answer is the journey's fault and says what was meant; a wrong token opens nothing."""
    with pytest.raises(BrokenTest, match="did you mean 'confirm'"):
        partners.desk.instruct("s1", [behaviour("clearing-house", "port_request", {}, "confrim")])
    with pytest.raises(BrokenTest, match="did you mean 'credit-bureau'"):
        partners.desk.instruct("s1", [behaviour("credit-buro", "inquiry", {}, "approve")])
    stranger = type(partners.desk)(f"http://{partners.desk._place.netloc}", "wrong")

    with pytest.raises(Unavailable, match="401"):
        stranger.withdraw("s1")
    assert stranger.ailments(["credit-bureau"])
