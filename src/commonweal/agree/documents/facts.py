"""What is known of an agreement when a document is made from it; all of it plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from commonweal.agree.digest import terms_digest
from commonweal.agree.model import Agreement
from commonweal.agree.rules import state_at
from commonweal.agree.terms import Terms
from commonweal.decide import Decision
from commonweal.identity import PublicBody
from commonweal.law import Gateway, GatewayFit, Purpose, RulePack
from commonweal.publish import Classification, Dataset, DatasetVersion, DefectStatus, Field
from commonweal.request import Reply

from .document import Provenance

_ABOUT_PEOPLE = frozenset({Classification.PERSONAL, Classification.SPECIAL, Classification.DISCLOSIVE})


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who stands under the agreement, for which body, and the event of the log that bears it out.

    `did` says in words what they did and as what; `digest` is the SHA-256 of the terms they signed, empty for none.
    `index` is the event's in the log and `entry` the 32 bytes committed there, in hexadecimal; None and empty where
    the log has none. `person` is empty where the node agreed by default.
    """

    person: str
    body: str
    at: datetime
    index: int | None
    entry: str
    did: str = "Signed it"
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """A key between the data and a reader: where it lies and who could use it."""

    key: str
    use: str
    place: str
    country: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Everything that documents of one agreement are made from.

    `replies` are the answers to the share-request form by the code of their question. `fit` says what the rule pack
    finds missing for the gateway, None where the agreement names none. `host` is the body that runs the node. `defects`
    counts the dataset's defects by status. `people` gives names for identifiers of persons. `deliveries` are those
    authorised so far. `is_secure` says whether callers reach the node by TLS, `backup_days` how long a backup is kept.
    """

    agreement: Agreement
    discloser: PublicBody
    recipient: PublicBody
    host: PublicBody
    dataset: Dataset
    version: DatasetVersion | None
    decision: Decision
    replies: Mapping[str, Reply]
    pack: RulePack
    fit: GatewayFit | None
    signatories: tuple[Signatory, ...]
    guards: tuple[Guard, ...]
    defects: Mapping[DefectStatus, int]
    people: Mapping[str, str]
    deliveries: int
    backup_days: int
    is_secure: bool
    at: datetime

    @property
    def gateway(self) -> Gateway | None:
        """Return the legal gateway, None where the agreement names none or the pack has it no more."""
        return self.pack.gateways.get(self.agreement.gateway)

    @property
    def purpose(self) -> Purpose:
        """Return the purpose; one that the pack has no more stands for itself."""
        code = self.agreement.purpose
        return self.pack.purposes.get(code) or Purpose(code, code.replace("-", " ").capitalize(), "")

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return the fields that the agreement releases, those that the data contract still has."""
        known = {each.name: each for each in self.dataset.contract.fields}
        return tuple(known[name] for name in self.agreement.fields if name in known)

    @property
    def is_personal(self) -> bool:
        """Say whether any of it may tell of a person; a field that nobody has confirmed counts as personal."""
        return any(not each.confirmed or each.classification in _ABOUT_PEOPLE for each in self.fields)

    @property
    def is_law_enforcement(self) -> bool:
        """Say whether the dataset is under Part 3 of the Data Protection Act 2018."""
        return self.dataset.regime == "law-enforcement"

    def person(self, identifier: str) -> str:
        """Return a person's name."""
        return self.people.get(identifier, identifier)

    def provenance(self) -> Provenance:
        """Return what a document made from these facts was made from."""
        return Provenance(
            agreement=self.agreement.id,
            state=state_at(self.agreement, self.at),
            terms=terms_digest(self.agreement),
            policies=self.decision.policies,
            decided_pack=self.decision.pack,
            pack=self.pack.digest,
            pack_version=self.pack.version,
            dataset=self.dataset.id,
            version=self.version.number if self.version else None,
            made=self.at,
        )


def is_about_people(dataset: Dataset, agreement: Agreement | Terms) -> bool:
    """Say whether an agreement on a dataset, or what is to be one, may tell of people, without any other fact."""
    wanted = set(agreement.fields)
    found = (each for each in dataset.contract.fields if each.name in wanted)
    return any(not each.confirmed or each.classification in _ABOUT_PEOPLE for each in found)
