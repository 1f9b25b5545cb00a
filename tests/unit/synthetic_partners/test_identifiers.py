"""Check digits and identifiers against published examples, and makers against the checks."""

from random import Random

import pytest

from ringback.synthetic_partners import check_digits
from ringback.synthetic_partners.identifiers import FORMS, MAKERS


@pytest.mark.parametrize("number", ["8965030119110000013", "8901000000000000019", "490154203237518"])
def test_luhn_accepts_published_numbers_and_refuses_a_changed_digit(number: str) -> None:
    """Known ICCIDs and an IMEI pass; with their last digit changed they do not."""
    changed = number[:-1] + str((int(number[-1]) + 1) % 10)

    assert check_digits.luhn_ok(number)
    assert not check_digits.luhn_ok(changed)


@pytest.mark.parametrize("number", ["231380104", "091400606"])
def test_aba_accepts_published_routing_numbers(number: str) -> None:
    """Two routing numbers in use."""
    assert check_digits.aba_ok(number)
    assert not check_digits.aba_ok(number[::-1])


def test_the_delivery_point_digit_of_a_zip_code() -> None:
    """12345-6789-01 has the check digit 4."""
    assert check_digits.zip_digit("12345678901") == "4"


@pytest.mark.parametrize(
    ("form", "text", "code"),
    [
        ("tn", "5125550199", ""),
        ("tn", "5121110199", "R102"),
        ("tn", "9115550199", "R102"),
        ("tn", "512555019", "R102"),
        ("spid", "9X01", ""),
        ("spid", "9x01", "R102"),
        ("iccid", "8901000000000000019F", ""),
        ("iccid", "8901000000000000018", "R103"),
        ("iccid", "7901000000000000019", "R102"),
        ("imei", "490154203237518", ""),
        ("imei", "490154203237519", "R103"),
        ("imsi", "310260000000001", ""),
        ("imsi", "001010000000001", ""),
        ("imsi", "002010000000001", "R102"),
        ("imsi", "31026", "R102"),
        ("dpc", "255000001", ""),
        ("dpc", "256000001", "R102"),
    ],
)
def test_identifiers_are_judged_by_form_and_check_digit(form: str, text: str, code: str) -> None:
    """A wrong shape is R102, a wrong check digit R103."""
    flaw = FORMS[form](text)

    assert code == (flaw.code if flaw else "")


@pytest.mark.parametrize("form", sorted(MAKERS))
def test_made_identifiers_are_good_and_repeatable(form: str) -> None:
    """Whatever a maker makes passes its own check; the same seed makes the same."""
    first = [MAKERS[form](Random(seed)) for seed in range(50)]
    second = [MAKERS[form](Random(seed)) for seed in range(50)]

    assert first == second
    assert [FORMS[form](text) for text in first] == [None] * 50
