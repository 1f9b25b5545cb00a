"""What activation sends to the network and how it judges what it reads back."""

import pytest

from ringback.reference_stack.systems.activation.commands import IncompleteCommand, differences, work_of


def test_a_command_is_filled_in_with_its_parameters() -> None:
    """The swap writes the new number to the subscriber and reads the same subscriber back."""
    work = work_of("HLR-SWAP-MSISDN", {"imsi": "310150000000001", "newMsisdn": "6175550123"})

    assert (work.element, work.verb, work.key) == ("hlr", "PATCH", "310150000000001")
    assert work.expected == {"msisdn": "6175550123", "state": "active"}


def test_a_moved_mailbox_is_read_back_at_its_new_number() -> None:
    """A move that is read back at the old number would prove nothing."""
    work = work_of("VM-MOVE", {"imsi": "310150000000001", "msisdn": "5125550001", "newMsisdn": "6175550123"})

    assert (work.key, work.read) == ("5125550001", "6175550123")


def test_an_incomplete_command_says_what_is_missing() -> None:
    """A missing parameter is named before anything is sent."""
    with pytest.raises(IncompleteCommand, match="iccid"):
        work_of("AUC-ADD", {"imsi": "310150000000001"})
    with pytest.raises(IncompleteCommand, match="HLR-ACTIVATE"):
        work_of("HLR-DANCE", {})


def test_read_back_names_each_difference() -> None:
    """Expected beside found, for every field that the network holds otherwise."""
    assert differences({"msisdn": "1", "state": "active"}, {"msisdn": "1", "state": "provisioned"}) == (
        "state: expected active, found provisioned",
    )
