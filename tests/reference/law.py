"""The law as the finder answers it, from the rule pack and from the table of cases that its tests hold it to."""

import tomllib
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from commonweal.law import citation
from commonweal.node import common_pack

from .source import ROOT
from .tables import code, codes, page, table

CASES = ROOT / "tests" / "spec" / "law.toml"
MEANT = {"gateway": "", "unsure": "not sure: ", "not": "never by "}


def write_law() -> str:
    """Return the page of the law."""
    pack = common_pack()
    cases = tomllib.loads(CASES.read_text(encoding="utf-8"))["case"]
    return page(
        "The law",
        f"What rule pack {pack.version} of {pack.as_of} holds, and {len(cases)} questions with the answers that "
        "`commonweal law find` gives; `tests/spec/test_law.py` asks them all. " + pack.disclaimer,
        "## Answers",
        "`permit`: the presumption is to share. `person`: a named person must decide. `refuse`: not as it stands. The "
        "regime is `gdpr`, `part3` where data that is held for law enforcement is for such a purpose, or `none` where "
        "nothing is about people; after a comma stands the one that `--regime` told.",
        *_groups(cases),
        "## Legal gateways and limits",
        table(
            ("entry", "what it does", "citation", "confidence", "in force"),
            [
                (f"{code(each.id)} {each.title}", each.kind.value, citation(each), each.confidence, each.in_force)
                for each in pack.gateways.values()
            ],
        ),
        "## Other provisions",
        table(
            ("entry", "topic", "citation", "confidence"),
            [
                (f"{code(each.id)} {each.title}", each.topic, f"{each.act}, {each.provision}", each.confidence)
                for each in pack.provisions.values()
            ],
        ),
        "## Purposes",
        table(
            ("purpose", "what it is", "also called", "lowest rung that usually does"),
            [
                (code(each.code), each.description, ", ".join(each.also), each.rung)
                for each in sorted(pack.purposes.values(), key=lambda each: each.code)
            ],
        ),
        "## Data",
        "Words for `--data`. What is not in this table counts as data about people.",
        table(
            ("data", "class", "also called"),
            [(code(each.code), each.classification, ", ".join(each.also)) for each in pack.data_categories.values()],
        ),
        "## Bodies that act as another",
        "An executive agency acts in law as its department. These are written from memory, so each still needs a "
        "person; of any other agency a person says whose it is.",
        table(("body", "acts as"), [(code(each.body), code(each.acts_as)) for each in pack.legal_persons.values()]),
    )


def _groups(cases: list[dict[str, Any]]) -> Iterator[str]:
    for group, members in groupby(cases, key=lambda each: each["group"]):
        yield f"### {group}"
        yield table(
            ("from", "to", "purpose", "data", "regime", "nation", "answer", "gateway", "still to settle", "source"),
            [_row(each) for each in members],
        )


def _row(case: dict[str, str]) -> tuple[str, ...]:
    gateway = "; ".join(f"{words}{codes([case[key]])}" for key, words in MEANT.items() if key in case)
    regime = ", ".join(filter(None, (case["regime"], case.get("held"))))
    asked = (case["from"], case["to"], case["purpose"], case["data"], regime, case.get("nation", ""))
    return (*asked, case["outcome"], gateway, case.get("missing", ""), case["source"])
