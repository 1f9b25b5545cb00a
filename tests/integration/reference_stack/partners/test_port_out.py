"""The clearing house asks for a number of ours, reads our answer, and broadcasts the new owner."""

from __future__ import annotations

from tests.integration.reference_stack.conftest import until
from tests.integration.reference_stack.partners.conftest import World


def test_a_number_leaves_when_our_answer_is_yes(world: World) -> None:
    """NPORT in, NPRESP C out, versions and the row of the bulk download in: the line is gone."""
    line = world.mobile(211)
    what = {"to": "west-mobile", "account": line["account"], "pin": line["id_last4"], "zip": line["postcode"]}

    world.tell(
        "clearing-house", "instruction", {"tn": line["tn"]}, {"port_out": {**what, "last_name": line["family_name"]}}
    )

    answer = until(
        lambda: [
            one for file in world.files("clearing-house", "npresp") for one in file.records if one["tn"] == line["tn"]
        ],
        "our answer",
    )[0]
    assert (answer["response_type"], answer["nnsp"], answer["onsp"]) == ("C", "7Z03", "9X01")
    gone = "select id from pinv_product where id = ? and status = 'terminated'"
    until(lambda: world.stack.rows(gone, line["product"]), "a terminated product")
    assert world.stack.rows("select current_spid from num_tn where tn = ?", line["tn"]) == [{"current_spid": "7Z03"}]
    assert {one["decision"] for one in world.log("clearing-house", "acknowledged")} == {"ACCEPTED"}
    assert world.host.ailments(["clearing-house"]) == {}


def test_a_number_stays_when_the_pin_is_wrong(world: World) -> None:
    """R PIN out: nothing is broadcast, the line rings on."""
    line = world.mobile(212)
    what = {"account": line["account"], "pin": "99999", "zip": line["postcode"], "last_name": line["family_name"]}

    world.tell("clearing-house", "instruction", {"tn": line["tn"]}, {"port_out": what})

    answer = until(
        lambda: [
            one for file in world.files("clearing-house", "npresp") for one in file.records if one["tn"] == line["tn"]
        ],
        "our answer",
    )[0]
    assert (answer["response_type"], answer["reason_code"]) == ("R", "PIN")
    until(
        lambda: [one for one in world.log("clearing-house", "answers") if answer["req_no"] in one["text"]],
        "the clearing house has read it",
    )
    assert world.stack.rows("select status from pinv_product where id = ?", line["product"]) == [{"status": "active"}]
