"""The identifiers of the trade: what a well-formed one looks like, and how to make one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from ringback.synthetic_partners import check_digits

FORMAT, CHECK_DIGIT = "R102", "R103"

_TN = re.compile(r"[2-9][0-8]\d[2-9]\d{6}")
_N11 = re.compile(r"\d11")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a value is not what it should be: the record code of the gateway and a sentence."""

    code: str
    message: str


def tn_flaw(text: str) -> Flaw | None:
    """A North American number: NPA [2-9][0-8]x, NXX [2-9]xx, neither of them N11."""
    if not _TN.fullmatch(text) or _N11.fullmatch(text[:3]) or _N11.fullmatch(text[3:6]):
        return Flaw(FORMAT, "is not a North American number (10 digits, no N11 area or exchange)")
    return None


def spid_flaw(text: str) -> Flaw | None:
    """A provider: four upper-case letters or digits."""
    return None if re.fullmatch(r"[0-9A-Z]{4}", text) else Flaw(FORMAT, "is not a provider id (4 of 0-9 A-Z)")


def iccid_flaw(text: str) -> Flaw | None:
    """A SIM's number: 89..., 19 digits with a Luhn digit at the end, or 20; a filler F may follow."""
    number = text.removesuffix("F")
    if not re.fullmatch(r"89\d{17,18}", number):
        return Flaw(FORMAT, "is not an ICCID (89 and 19 or 20 digits in all)")
    return None if check_digits.luhn_ok(number) else Flaw(CHECK_DIGIT, "has a wrong check digit (Luhn)")


def imei_flaw(text: str) -> Flaw | None:
    """A device's number: TAC 8, serial 6, Luhn digit."""
    if not re.fullmatch(r"\d{15}", text):
        return Flaw(FORMAT, "is not an IMEI (15 digits)")
    return None if check_digits.luhn_ok(text) else Flaw(CHECK_DIGIT, "has a wrong check digit (Luhn)")


def imsi_flaw(text: str) -> Flaw | None:
    """A subscription's number: 15 digits, the country first; 001 is the test network's (ITU-T E.212)."""
    return None if re.fullmatch(r"(?:[1-9]\d\d|001)\d{12}", text) else Flaw(FORMAT, "is not an IMSI (15 digits)")


def eid_flaw(text: str) -> Flaw | None:
    """An eSIM chip's number: 32 digits, the last two by MOD 97-10."""
    if not re.fullmatch(r"\d{32}", text):
        return Flaw(FORMAT, "is not an EID (32 digits)")
    return None if check_digits.mod97_ok(text) else Flaw(CHECK_DIGIT, "has wrong check digits (MOD 97-10)")


def aba_flaw(text: str) -> Flaw | None:
    """A bank's routing number: nine digits, weights 3 7 1."""
    if not re.fullmatch(r"\d{9}", text):
        return Flaw(FORMAT, "is not a routing number (9 digits)")
    return None if check_digits.aba_ok(text) else Flaw(CHECK_DIGIT, "has a wrong check digit (3 7 1)")


def bank_flaw(text: str) -> Flaw | None:
    """A bank as an ACH file names it: a blank and its routing number."""
    if not re.fullmatch(r" [0-9]{9}", text):
        return Flaw(FORMAT, "is not a blank and a routing number (9 digits)")
    return aba_flaw(text[1:])


def sscc_flaw(text: str) -> Flaw | None:
    """A carton's number: 18 digits, weights 3 and 1."""
    if not re.fullmatch(r"\d{18}", text):
        return Flaw(FORMAT, "is not an SSCC (18 digits)")
    return None if check_digits.mod10_31_ok(text) else Flaw(CHECK_DIGIT, "has a wrong check digit (3 1)")


def dpc_flaw(text: str) -> Flaw | None:
    """A destination point code: three octets of three digits."""
    octets = [text[start : start + 3] for start in (0, 3, 6)]
    good = re.fullmatch(r"\d{9}", text) and all(int(octet) <= 255 for octet in octets)
    return None if good else Flaw(FORMAT, "is not a point code (three times 000-255)")


FORMS: Mapping[str, Callable[[str], Flaw | None]] = {
    "tn": tn_flaw,
    "lrn": tn_flaw,
    "spid": spid_flaw,
    "iccid": iccid_flaw,
    "imei": imei_flaw,
    "imsi": imsi_flaw,
    "eid": eid_flaw,
    "aba": aba_flaw,
    "bank": bank_flaw,
    "sscc": sscc_flaw,
    "dpc": dpc_flaw,
}


def digits(rng: Random, count: int) -> str:
    """`count` random digits, zeros in front included."""
    return "".join(rng.choice("0123456789") for _ in range(count))


def make_tn(rng: Random) -> str:
    """A fictitious number: exchange 555, line 0100-0199."""
    return f"{rng.choice(('201', '212', '312', '415', '512', '617'))}55501{digits(rng, 2)}"


def make_lrn(rng: Random) -> str:
    """A routing number of a switch: line 0000, so never a subscriber's."""
    return f"{rng.choice(('512', '617'))}5550000"


def make_spid(rng: Random) -> str:
    """A provider id."""
    return f"{rng.randrange(10)}{rng.choice('ABCXYZ')}{digits(rng, 2)}"


def make_iccid(rng: Random) -> str:
    """A 19-digit SIM number of a United States issuer."""
    payload = "891" + "410" + digits(rng, 12)
    return payload + check_digits.luhn_digit(payload)


def make_imei(rng: Random, tac: str = "35490100") -> str:
    """A device number with the type allocation code of its model."""
    return imei_of(tac, digits(rng, 6))


def imei_of(tac: str, serial: str) -> str:
    """TAC + serial + Luhn digit."""
    return tac + serial + check_digits.luhn_digit(tac + serial)


def make_sscc(rng: Random) -> str:
    """A carton's number."""
    payload = "0" + digits(rng, 16)
    return payload + check_digits.mod10_31_digit(payload)


def make_imsi(rng: Random) -> str:
    """A subscription's number: MCC 310, MNC 26."""
    return "31026" + digits(rng, 10)


def make_eid(rng: Random) -> str:
    """An eSIM chip's number."""
    payload = "89049032" + digits(rng, 22)
    return payload + check_digits.mod97_digits(payload)


def make_aba(rng: Random) -> str:
    """A routing number."""
    payload = "09" + digits(rng, 6)
    return payload + check_digits.aba_digit(payload)


def make_dpc(rng: Random) -> str:
    """A point code."""
    return "".join(f"{rng.randrange(256):03d}" for _ in range(3))


MAKERS: Mapping[str, Callable[[Random], str]] = {
    "tn": make_tn,
    "lrn": make_lrn,
    "spid": make_spid,
    "iccid": make_iccid,
    "imei": make_imei,
    "imsi": make_imsi,
    "eid": make_eid,
    "aba": make_aba,
    "bank": lambda rng: f" {make_aba(rng)}",
    "sscc": make_sscc,
    "dpc": make_dpc,
}
