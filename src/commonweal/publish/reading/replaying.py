"""Whether a new file reads by the very recipe that was accepted for the one before, with no new kind of defect."""

import re

from .recipe import Reading

_SAID = {
    "encoding": "the encoding is another",
    "delimiter": "another sign stands between cells",
    "line_end": "the lines end otherwise",
    "header_row": "the header is in another row",
    "header_rows": "the header has another number of rows",
    "header": "the header is another",
    "columns": "a column has another name, type or form",
    "taken": "the table is another part of its file",
}


def find_differences(reading: Reading, former: Reading) -> tuple[str, ...]:
    """Return in words how a reading differs in kind from one that was accepted before; none means it may be replayed.

    How many rows have a defect makes no difference; a kind of defect, a mark, or a column left to doubt that the
    former reading did not have does.
    """
    facts, before = reading.recipe.facts(), former.recipe.facts()
    found = [said for name, said in _SAID.items() if facts.get(name) != before.get(name)]
    known = _defects(former)
    found += [f"new: {words}" for kind, words in _defects(reading).items() if kind not in known]
    if not reading.is_telling:
        found.append("fewer than half of its rows are kept")
    return tuple(found)


def _defects(reading: Reading) -> dict[str, str]:
    kinds = {each.rule: each.told for each in reading.mends}
    kinds |= {re.sub(r"\d+", "n", reason): f"rows set aside ({reason})" for reason in reading.reasons or {}}
    for name, marks in (reading.marks or {}).items():
        kinds |= {f"{name}\n{mark}": f"the mark “{mark}” in {name}" for mark in marks}
    return kinds | {each.name: f"{each.name} is left to doubt" for each in reading.recipe.columns if not each.sure}
