"""Makes the sample files of this folder with the standard library alone; it knows nothing of Ringback.

Skews, correlations and slips of its own: `python make_samples.py` writes the same bytes every time. Each feed has files
of `learn` (what a profile is learnt from) and of `held` (other files of the same feed, another chance).
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent

SOUTH = {
    "TX": (
        (("75201", "DALLAS"), ("75217", "DALLAS"), ("78745", "AUSTIN"), ("77084", "HOUSTON"), ("77449", "KATY")),
        41,
    ),
    "FL": ((("33012", "HIALEAH"), ("32828", "ORLANDO"), ("33186", "MIAMI"), ("34953", "PORT SAINT LUCIE")), 27),
    "GA": ((("30044", "LAWRENCEVILLE"), ("30349", "ATLANTA"), ("31907", "COLUMBUS")), 14),
    "NJ": ((("07093", "WEST NEW YORK"), ("07055", "PASSAIC"), ("08701", "LAKEWOOD")), 11),
    "MA": ((("02155", "MEDFORD"), ("01841", "LAWRENCE")), 7),
}
AREAS = {
    "TX": ("214", "512", "713"),
    "FL": ("305", "407"),
    "GA": ("404", "706"),
    "NJ": ("201", "973"),
    "MA": ("617", "978"),
}
LOSERS = (("8Y02", 46), ("7Z03", 31), ("6W11", 17), ("5K20", 6))
FIRST = [
    "OLIVIA",
    "LIAM",
    "EMMA",
    "NOAH",
    "AMELIA",
    "MATEO",
    "SOPHIA",
    "ELIJAH",
    "ISABELLA",
    "EZRA",
    "CAMILA",
    "LEVI",
    "VALENTINA",
    "XIMENA",
    "BO",
    "TY",
]
LAST = [
    "SMITH",
    "JOHNSON",
    "WILLIAMS",
    "GARCIA",
    "RODRIGUEZ",
    "MARTINEZ",
    "HERNANDEZ",
    "O'NEIL",
    "LEE",
    "VANDERBERG",
    "WASHINGTON",
    "NGUYEN",
]
ROADS = ("MAIN ST", "PEACHTREE RD NW", "OCEAN DR", "ELM ST", "COMMONWEALTH AVE", "2ND AVE", "LAKE SHORE BLVD E")
NOTES = ("CALL BEFORE PORT", "CUSTOMER IN STORE", "SECOND REQUEST")


def pick(rng: Random, weighted: Iterable[tuple[Any, float]]) -> Any:
    """One of (value, weight)."""
    values, weights = zip(*weighted, strict=True)
    return rng.choices(values, weights)[0]


def skewed(rng: Random, values: Sequence[Any]) -> Any:
    """One of the values, the first far more often than the last."""
    return values[min(int(len(values) * rng.random() ** 2.2), len(values) - 1)]


def digits(rng: Random, count: int) -> str:
    """So many digits."""
    return "".join(rng.choice("0123456789") for _ in range(count))


def luhn(payload: str) -> str:
    """The Luhn digit behind a payload."""
    total = 0
    for place, character in enumerate(payload[::-1]):
        number = int(character) * (2 - place % 2)
        total += number // 10 + number % 10
    return str((10 - total % 10) % 10)


def ports(rng: Random, day: datetime, sequence: int, rows: int) -> tuple[str, str]:
    """A file of port requests; business at lunch and after work, donors with habits of their own."""
    made = day + timedelta(days=1, hours=2, minutes=rng.randrange(5), seconds=rng.randrange(60))
    lines, seen, total = [], set(), 0
    for place in range(1, rows + 1):
        state = pick(rng, [(name, weight) for name, (_, weight) in SOUTH.items()])
        zip_code, city = skewed(rng, SOUTH[state][0])
        loser = pick(rng, LOSERS)
        kind = pick(
            rng, {"8Y02": (("A", 92), ("B", 8)), "7Z03": (("A", 60), ("B", 40))}.get(loser, (("B", 75), ("D", 25)))
        )
        while (number := f"{skewed(rng, AREAS[state])}555{digits(rng, 4)}") in seen:
            pass
        seen.add(number)
        hour = rng.choices(
            range(24), [0, 0, 0, 0, 0, 1, 2, 4, 8, 12, 15, 21, 25, 18, 12, 10, 12, 18, 22, 17, 9, 4, 2, 1]
        )[0]
        sent = day - timedelta(days=rng.choices((0, 1, 2), (86, 10, 4))[0])
        sent = sent.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60))
        due = sent + timedelta(minutes=int(150 + rng.expovariate(1 / 45)))
        if kind in "BD":
            due = (sent + timedelta(days=rng.choices((1, 2, 3, 7), (20, 45, 25, 10))[0])).replace(
                hour=17, minute=0, second=0
            )
        action, version = pick(rng, ((("N", "01"), 88), (("S", "02"), 7), (("S", "03"), 2), (("C", "02"), 3)))
        business = rng.random() < (0.22 if kind == "D" else 0.06)
        account = {"8Y02": "00" + digits(rng, 8), "7Z03": digits(rng, 9)}.get(loser, "B" + digits(rng, 11))
        record = [
            "D", f"{place:06d}", f"9X01{made:%y%m%d}{sequence * 1000 + place:06d}", version, action,
            f"{sent:%Y%m%d%H%M%S}", f"{due:%Y%m%d%H%M%S}", kind, "9X01", loser,
            "R77M" if loser == "6W11" and rng.random() < 0.3 else "", number, "00001", account,
            "" if loser == "5K20" or rng.random() < 0.08 else digits(rng, 6 if loser == "7Z03" else 4),
            digits(rng, 4) if rng.random() < 0.15 else "",
            "" if business else skewed(rng, FIRST), "" if business else skewed(rng, LAST),
            f"{skewed(rng, LAST)} AND SONS LLC" if business else "",
            str(int(rng.paretovariate(0.7) * 12) % 9999 + 1), skewed(rng, ROADS), city, state, zip_code,
            pick(rng, [(note, 3 - place) for place, note in enumerate(NOTES)]) if rng.random() < 0.07 else "",
        ]  # fmt: skip
        total += int(number)
        lines.append("|".join(record))
    stamp = f"{made:%Y%m%d%H%M%S}"
    head = f"H|NPORT|0100|9X01|CH01|{stamp}|{sequence:05d}|P"
    return f"NPORT_9X01_CH01_{stamp}_{sequence:05d}.txt", "\n".join([head, *lines, f"T|{rows:06d}|{total:015d}", ""])


NETWORKS = {
    "GBRNT": ("+0000", ("internet", "internet", "ims"), 1.0, "0017"),
    "FRAF1": ("+0100", ("internet", "m2m.fleet"), 2.6, "2081"),
    "ESPVV": ("+0100", ("internet",), 2.1, "2140"),
    "JPNDO": ("+0900", ("spmode", "internet"), 7.5, "4401"),
}
NEXT = {
    "MOC": (("MOC", 50), ("MTC", 35), ("SMO", 10), ("GPRS", 5)),
    "MTC": (("MTC", 30), ("MOC", 50), ("SMT", 15), ("GPRS", 5)),
    "SMO": (("SMO", 55), ("SMT", 35), ("MOC", 10)),
    "SMT": (("SMT", 50), ("SMO", 20), ("GPRS", 30)),
    "GPRS": (("GPRS", 86), ("MOC", 6), ("VOLTE", 8)),
    "VOLTE": (("VOLTE", 40), ("GPRS", 60)),
}


def usage(rng: Random, day: datetime, sequence: int, rows: int) -> tuple[str, str]:
    """A file of usage: data by night, calls by day, few subscribers with most of it, bytes with a heavy tail."""
    made = day + timedelta(days=1, hours=3, minutes=17)
    people = [
        ("23433" + digits(rng, 10), "447" + digits(rng, 9), "3549" + digits(rng, 10) + "0") for _ in range(rows // 2)
    ]
    lines, kind, sums, moments = [], "MOC", [0, 0, 0], []
    for place in range(1, rows + 1):
        kind = pick(rng, NEXT[kind])
        network = skewed(rng, tuple(NETWORKS))
        offset, apns, price, area = NETWORKS[network]
        imsi, msisdn, imei = people[rng.randrange(len(people))]
        awake = [2, 1, 1, 1, 1, 2, 5, 9, 12, 13, 12, 12, 13, 12, 11, 11, 13, 16, 18, 17, 14, 10, 6, 3]
        asleep = [14, 12, 9, 7, 5, 4, 4, 5, 6, 6, 6, 6, 7, 7, 7, 8, 9, 10, 12, 14, 18, 22, 24, 19]
        hour = rng.choices(range(24), asleep if kind == "GPRS" else awake)[0]
        start = (day - timedelta(days=rng.choices((0, 1, 4), (90, 7, 3))[0])).replace(
            hour=hour, minute=rng.randrange(60), second=rng.randrange(60)
        )
        call, data = kind in ("MOC", "MTC", "VOLTE"), kind == "GPRS"
        duration = min(int(rng.lognormvariate(4.1, 1.3)), 99_999) if call else 0
        apn = rng.choice(apns) if data else ""
        down = int(rng.lognormvariate(9.0 if apn == "m2m.fleet" else 13.5, 2.4)) % 10**13 if data else 0
        up = int(down * rng.uniform(0.03, 0.2))
        charge = (
            int(price * (duration / 6 + 3)) if call else int(price * 4) if kind == "SMO" else int(price * down / 4e5)
        )
        if kind in ("MTC", "SMT"):
            charge = 0
        tax = charge // 5 if network != "JPNDO" else 0
        party = "447" + digits(rng, 9) if rng.random() < 0.9 else rng.choice(("112", "85299", "1571"))
        kept_imei = "" if rng.random() < 0.04 else imei
        tower = int(rng.paretovariate(0.8) * 7) % 64000
        record = [
            "D", f"{place:06d}", f"{sequence * 10_000 + place:010d}", kind, imsi, msisdn,
            kept_imei, f"{start:%Y%m%d%H%M%S}", offset, str(duration) if call else "",
            "" if data else party, apn, str(up), str(down), network, f"{area}-{tower:05d}",
            str(charge), str(tax), f"{rng.randrange(16**8):08X}" if data else "",
            str(rng.choices((1, 2, 3), (80, 15, 5))[0]) if data and rng.random() < 0.2 else "",
            pick(rng, (("16", 91), ("17", 5), ("18", 3), ("19", 1))),
        ]  # fmt: skip
        sums = [sums[0] + charge, sums[1] + tax, sums[2] + up + down]
        moments.append((start - timedelta(hours=int(offset[:3])), f"{start:%Y%m%d%H%M%S}{offset}"))
        lines.append("|".join(record))
    stamp = f"{made:%Y%m%d%H%M%S}+0000"
    head = f"H|UDR|0312|GBRNT|USARB|C|{sequence:05d}|00000|{stamp}|{stamp}|USD|2"
    tail = f"T|{rows}|{min(moments)[1]}|{max(moments)[1]}|{sums[0]}|{sums[1]}|{sums[2]}"
    return f"CDGBRNTUSARB{sequence:05d}", "\n".join([head, *lines, tail, ""])


MODELS = {
    "PHX-128-BLK": ("35871209", 399.0),
    "PHX-256-BLU": ("35871210", 499.0),
    "ORB-64-WHT": ("86640503", 189.0),
    "ORB-64-RED": ("86640503", 199.0),
    "TAB-10-GRY": ("01529900", 329.0),
}
CLERKS = ("bq", "dm", "kt", "lo", "rs", "tx", "yv")


def returns(rng: Random, day: datetime, sequence: int, rows: int) -> tuple[str, str]:
    """A file that nobody has described: devices that customers sent back, as a table of the shop's own."""
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\n")
    heads = "rma sku imei grade state zip opened closed refund days_used clerk customer_name email reason bonus_points"
    table.writerow(heads.split())
    for place in range(1, rows + 1):
        sku = skewed(rng, tuple(MODELS))
        tac, price = MODELS[sku]
        serial = digits(rng, 6)
        state = pick(rng, [(name, weight) for name, (_, weight) in SOUTH.items()])
        zip_code, _ = skewed(rng, SOUTH[state][0])
        used = min(int(rng.lognormvariate(2.6, 0.9)), 720)
        grade = (
            "A"
            if used < 8
            else rng.choices("ABC", (15, 60, 25))[0]
            if used < 60
            else rng.choices("BCD", (20, 50, 30))[0]
        )
        share = {"A": 1.0, "B": 0.8, "C": 0.55, "D": 0.2}[grade]
        back = day - timedelta(days=int(rng.expovariate(1 / 9)) % 60)
        back = back.replace(hour=min(9 + int(rng.triangular(0, 11, 8)), 19), minute=rng.randrange(60))
        done = back + timedelta(days=rng.choices((0, 1, 2, 5), (10, 50, 30, 10))[0]) if rng.random() < 0.8 else None
        first, last = skewed(rng, FIRST).title(), skewed(rng, LAST).title()
        refund = math.floor(price * share * (1 if rng.random() < 0.9 else rng.uniform(0.5, 0.95)) * 100) / 100
        reason = pick(rng, (("changed mind", 40), ("defect", 30), ("too slow", 10), ("wrong item; sent twice", 5)))
        table.writerow([
            f"RM{day:%y}{sequence:02d}-{place:05d}", sku, tac + serial + luhn(tac + serial), grade, state, zip_code,
            f"{back:%Y-%m-%d %H:%M}", f"{done:%Y-%m-%d}" if done else "", f"{refund:.2f}", used, skewed(rng, CLERKS),
            f"{first} {last}", f"{first}.{last.replace(chr(39), '')}{rng.randrange(99)}@example.org".lower(),
            reason if grade != "A" else "changed mind", 0 if rng.random() < 0.7 else int(rng.paretovariate(1.1) * 50),
        ])  # fmt: skip
    return f"rueck_{day:%Y-%m-%d}_{sequence:02d}.csv", out.getvalue()


FEEDS = {"ports": (ports, 3, 1200), "usage": (usage, 2, 2000), "returns": (returns, 1, 4000)}


def write(folder: Path = HERE) -> list[Path]:
    """All files, compressed, the same bytes every time."""
    written = []
    for feed, (make, files, rows) in FEEDS.items():
        for part, first_day, seed in (("learn", datetime(2026, 3, 9), 11), ("held", datetime(2026, 4, 13), 29)):  # noqa: DTZ001
            for place in range(files):
                rng = Random(f"{feed}/{seed}/{place}")
                name, text = make(rng, first_day + timedelta(days=place), 40 + seed + place, rows)
                path = folder / feed / part / f"{name}.gz"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
                written.append(path)
    return written


if __name__ == "__main__":
    for path in write():
        print(path.relative_to(HERE))  # noqa: T201
