"""What a recipient meets at a door, and what it is handed there."""

from dataclasses import dataclass

from commonweal.agree import Agreement
from commonweal.core import RefusedError
from commonweal.decide import Decision
from commonweal.deliver import Delivery, Release
from commonweal.publish import Dataset, DatasetVersion


class DeliveryRefusedError(RefusedError):
    """A door stays shut; `reasons` lists every fault."""

    code = "deliver.refused"


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement as a recipient meets it at a door: its terms, its dataset, and the newest version."""

    agreement: Agreement
    dataset: Dataset
    version: DatasetVersion
    decision: Decision


@dataclass(frozen=True, slots=True)
class Opened:
    """An authorised delivery, ready to be read; `sealed_to` is the recipient that alone can open a sealed one."""

    delivery: Delivery
    release: Release
    sealed_to: str = ""
