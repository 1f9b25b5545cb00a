"""Check digits as a rep meets them: one wrong digit is noticed, blanks are not."""

import pytest

from ringback.reference_stack.care.check_digits import digits, is_eid, is_iccid, is_imei, optional

EID = "89049032000001000000012345678954"
ICCID = "8901998000000003017"
IMEI = "490154203237518"


@pytest.mark.parametrize(("check", "value"), [(is_eid, EID), (is_iccid, ICCID), (is_imei, IMEI)])
def test_one_wrong_digit_is_noticed(check: object, value: str) -> None:
    """The number itself is right; with any digit raised by one it is wrong, and so it is when one is missing."""
    assert callable(check)
    assert check(value)
    spoilt = [value[:place] + str((int(value[place]) + 1) % 10) + value[place + 1 :] for place in range(len(value))]
    assert not any(check(wrong) for wrong in spoilt)
    assert not check(value[:-1])
    assert not check("")


def test_an_iccid_is_that_of_a_telephone_card() -> None:
    """A card of another industry has a right check digit and is none of ours."""
    assert not is_iccid("4111111111111111110")


def test_groups_of_digits_are_read_as_one_number() -> None:
    """Blanks, dots and hyphens go; a letter stays, for the message to show."""
    assert digits("8904 9032-0000.01") == "89049032000001"
    assert digits("8904 O032") == "8904 O032"


def test_an_optional_field_may_be_empty_but_not_wrong() -> None:
    """Nothing is right, nonsense is not."""
    check = optional(is_imei)

    assert (check(""), check(IMEI), check("1")) == (True, True, False)
