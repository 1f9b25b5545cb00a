"""In which order the resource items of one order are worked."""

from ringback.reference_stack.systems.resource_ordering.programs import (
    PROGRAMS,
    ItemView,
    complete,
    group_of,
    next_stages,
    past_return,
)

_BEGUN = frozenset({"reserve", "AUC-ADD"})
FLAGSHIP = ("SIM", "IMSI", "MSISDN", "PCRF_PROFILE", "VOICEMAIL_BOX", "DEVICE", "TN")


def _items(done: dict[str, tuple[str, ...]], kinds: tuple[str, ...] = FLAGSHIP) -> list[ItemView]:
    return [ItemView(kind, kind, frozenset(), frozenset(done.get(kind, ()))) for kind in kinds]


def _names(items: list[ItemView]) -> set[str]:
    return {f"{item}.{stage.name}" for item, stage in next_stages(items)}


def test_reservation_and_port_request_begin_at_once() -> None:
    """Nothing is needed to reserve a SIM and a number and to ask the old provider."""
    assert _names(_items({})) == {"SIM.reserve", "MSISDN.reserve", "TN.port"}


def test_the_subscriber_waits_for_the_sim_in_the_box() -> None:
    """With a device in the order the SIM is bound only after the shipment names it; without one at once."""
    done = {"SIM": ("reserve",), "IMSI": ("reserve",), "MSISDN": ("reserve",), "DEVICE": ("order",)}

    assert "SIM.bind" not in _names(_items(done))
    assert "SIM.bind" in _names(_items(done, ("SIM", "IMSI", "MSISDN")))


def test_the_number_is_swapped_only_on_an_active_line_and_an_active_port() -> None:
    """The swap needs the port and the subscriber on its temporary number."""
    live = PROGRAMS["add", "MSISDN"]
    done = {"MSISDN": tuple(stage.name for stage in live), "TN": ()}

    assert "TN.HLR-SWAP-MSISDN" not in _names(_items(done))
    assert "TN.HLR-SWAP-MSISDN" in _names(_items(done | {"TN": ("port",)}))
    assert "TN.HLR-SWAP-MSISDN" not in _names(_items({"TN": ("port",)}))


def test_a_stage_that_was_asked_for_is_not_asked_again() -> None:
    """The planner leaves running stages alone, so that a restart asks nothing twice."""
    running = [ItemView("1", "PCRF_PROFILE", frozenset({"PCRF-ADD"}), frozenset())]

    assert next_stages(running) == ()


def test_nothing_is_begun_for_what_stands_still() -> None:
    """What is held or taken back has stages left, and none of them is started."""
    held = ItemView("1", "PCRF_PROFILE", frozenset({"PCRF-ADD"}), frozenset({"PCRF-ADD"}), stopped=True)

    assert next_stages([held]) == ()


def test_a_cancellation_takes_back_only_what_was_begun() -> None:
    """A SIM that is reserved is released; one that the HLR knows is removed there first, once the HLR has answered."""
    reserved = ItemView("SIM", "SIM", frozenset({"reserve"}), frozenset({"reserve"}), cancelled=True)
    known = ItemView("SIM", "SIM", _BEGUN, _BEGUN, cancelled=True)
    under_way = ItemView("SIM", "SIM", _BEGUN, frozenset({"reserve"}), cancelled=True)
    untouched = ItemView("SIM", "SIM", frozenset(), frozenset(), cancelled=True)

    assert _names([reserved]) == {"SIM.release"}
    assert _names([known]) == {"SIM.HLR-REMOVE"}
    assert _names([under_way]) == set()
    assert complete(untouched)


def test_a_number_is_given_back_after_the_network_forgot_it() -> None:
    """The number and the IMSI wait for the removal of the subscriber."""
    begun = frozenset({"reserve", "AUC-ADD", "HLR-ACTIVATE"})
    items = [ItemView(kind, kind, begun, begun, cancelled=True) for kind in ("SIM", "IMSI", "MSISDN")]

    assert _names(items) == {"SIM.HLR-REMOVE"}


def test_every_program_can_be_finished() -> None:
    """Working the flagship's items stage by stage ends with all of them complete: the table has no circle."""
    done: dict[str, tuple[str, ...]] = {}
    for _ in range(sum(len(PROGRAMS["add", kind]) for kind in FLAGSHIP)):
        for kind in FLAGSHIP:
            left = [stage for stage in PROGRAMS["add", kind] if stage.name not in done.get(kind, ())]
            if left and (left[0].how == "event" or f"{kind}.{left[0].name}" in _names(_items(done))):
                done[kind] = (*done.get(kind, ()), left[0].name)

    assert all(complete(item) for item in _items(done))


def test_what_depends_on_a_part_stands_and_falls_with_it() -> None:
    """Line, number and box are one group; a fibre line of the same order is not in it."""
    items = _items({}, (*FLAGSHIP, "OLT_PORT", "VLAN"))

    assert group_of(items, "MSISDN") == set(FLAGSHIP)
    assert group_of(items, "VLAN") == {"OLT_PORT", "VLAN"}


def test_the_point_of_no_return_is_a_partners_act_or_a_command_that_was_not_refused() -> None:
    """The box has left; a removal was asked for. A refused command changed nothing."""
    left = ItemView("1", "DEVICE", frozenset({"shipped"}), frozenset({"shipped"}))
    removed = ItemView("2", "SIM", frozenset({"HLR-REMOVE"}), frozenset(), kind="disconnect")
    refused = ItemView(
        "3", "SIM", frozenset({"HLR-REMOVE"}), frozenset(), kind="disconnect", refused=frozenset({"HLR-REMOVE"})
    )

    assert (past_return(left), past_return(removed), past_return(refused)) == (True, True, False)
