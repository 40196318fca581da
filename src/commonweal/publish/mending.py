"""What the person who keeps the data does about a finding, in a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .model import Dimension, Finding

_BY_CHECK: Mapping[str, str] = MappingProxyType(
    {
        "required": "Fill the empty cells at their source; if they may be empty, have the data contract say so.",
        "type": "Write the cells in the form that is asked for, and leave empty what is not known.",
        "minimum": "Look for a wrong sign, unit or decimal point; if the value is right, widen the limit in the data "
        "contract.",
        "maximum": "Look for a wrong unit or decimal point; if the value is right, widen the limit in the data "
        "contract.",
        "pattern": "Compare the cells with the form in the data contract; the cause is often one export setting.",
        "allowed": "Correct the spelling of the values, or add the missing ones to the list in the data contract.",
        "validator": "Look the values up where they were first recorded; do not correct them by guess.",
        "confusion": "Look the values up before you change O and 0, or I and 1.",
        "unique": "Find out which of the rows is right, take the other one out, and see why it was written twice.",
        "header": "Give the data one header line with the names of the data contract.",
        "missing-field": "Add the field to the export, or take it out of the data contract.",
        "extra-field": "Take the column out of the export, or add it to the data contract.",
        "minimum-rows": "See whether the export was cut short, then send it whole.",
        "volume": "See whether the export was cut short or holds rows twice.",
        "freshness": "Send a newer extract, or change what the data contract promises.",
        "frequency": "Send the next extract when it is due, or change what the data contract promises.",
        "not-held": "Publish the dataset that it is compared with on this node, or take the comparison out of the data "
        "contract.",
        "reading": "Nothing needs doing: this says how the file was read.",
        "mended": "It was mended as it was read; write it in the right form at its source, and nothing needs mending.",
        "note": "Nothing needs doing: this says how the file was read.",
        "set-aside": "Download the rows that were set aside, mend them at their source, and publish again.",
    }
)
_BY_DIMENSION: Mapping[Dimension, str] = MappingProxyType(
    {
        Dimension.COMPLETENESS: "Add what is missing at its source.",
        Dimension.UNIQUENESS: "Find out which of the rows is right, and take the others out.",
        Dimension.CONSISTENCY: "Compare the rows with what they should agree with, and correct the one that is wrong.",
        Dimension.TIMELINESS: "Send a newer extract.",
        Dimension.VALIDITY: "Correct the cells at their source.",
        Dimension.ACCURACY: "Compare the rows with the reference, and correct the one that is wrong.",
    }
)


def how_to_mend(finding: Finding) -> str:
    """Return what to do about a finding, for a person who is no programmer."""
    return _BY_CHECK.get(finding.check.partition(":")[0], _BY_DIMENSION[finding.dimension])


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding as the steward who mends it sees it: with the shapes of the first cells at fault, never their values.

    In a shape a letter is A, a digit 9, and other characters stay. It is made on demand and stored nowhere.
    """

    finding: Finding
    shapes: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """Return what to do about it."""
        return how_to_mend(self.finding)

    def sentence(self) -> str:
        """Return the finding, what the cells look like, and what to do, in sentences."""
        looks = f" They look like {', '.join(self.shapes)} (A for a letter, 9 for a digit)." if self.shapes else ""
        return f"{self.finding.sentence}{looks} {self.how}"
