"""The gate, and what a steward may do with a dataset: describe, publish, withdraw."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from commonweal.core import Actor, Event, InputError, Json, to_rfc3339
from commonweal.keys import KeyClass

from .errors import DatasetNameError, GateError, MarkingError, OpenAccessError, WithdrawnError
from .model import (
    Access,
    DataContract,
    Dataset,
    DatasetVersion,
    Dimension,
    Finding,
    Marking,
    QualityResult,
    VersionPart,
)
from .origin import AS_SENT, Mode, Origin
from .profile import FieldProfile
from .reading.recipe import FIRST_ROWS, Reading, count_rows

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def parse_name(text: str) -> str:
    """Return `text` as a dataset name: 1 to 64 small letters, digits and, within, hyphens.

    Raises:
        DatasetNameError: it is anything else, a path for one.
    """
    if _NAME.fullmatch(text) is None:
        raise DatasetNameError("A dataset name is 1 to 64 small letters, digits and hyphens; this one is not.")
    return text


def parse_marking(text: str) -> Marking:
    """Return the security classification that `text` names (Government Security Classifications, 2024).

    Raises:
        MarkingError: it is above OFFICIAL.
        InputError: it is no classification.
    """
    word = "-".join(text.upper().replace("-", " ").split())
    if word in {"SECRET", "TOP-SECRET"}:
        raise MarkingError("Data marked above OFFICIAL may not be held on this node.")
    try:
        return Marking(word)
    except ValueError:
        raise InputError(
            "The marking is not a government security classification.",
            advice="Use OFFICIAL, or OFFICIAL-SENSITIVE for data whose loss would harm somebody.",
        ) from None


REGIMES = ("uk-gdpr", "law-enforcement")
"""The data-protection regimes: UK GDPR with Part 2 of the Data Protection Act 2018, and its Part 3."""


def parse_regime(text: str) -> str:
    """Return the data-protection regime that `text` names.

    Raises:
        InputError: it names none.
    """
    if text not in REGIMES:
        raise InputError(
            "The regime is uk-gdpr or law-enforcement.",
            advice="Use law-enforcement for what a competent authority holds under Part 3 of the Data Protection Act "
            "2018, and uk-gdpr for all else.",
        )
    return text


def confirm_fields(contract: DataContract, names: Collection[str] | None = None) -> DataContract:
    """Return the data contract with the classification of `names` confirmed by a steward; None confirms all.

    Raises:
        InputError: the data contract has no such field; `reasons` list each name.
    """
    wanted = set(contract.field_names() if names is None else names)
    unknown = sorted(wanted - set(contract.field_names()))
    if unknown:
        raise InputError(
            f"The data contract {contract.id} has no such field.",
            advice="Use the names that the data contract gives its fields.",
            reasons=tuple(f"{name} is not a field of {contract.id}." for name in unknown),
        )
    fields = tuple(replace(each, confirmed=True) if each.name in wanted else each for each in contract.fields)
    return replace(contract, fields=fields)


def choose_key(dataset: Dataset, *, key_class: str, split: bool, known: Dataset | None) -> Dataset:
    """Return the dataset under the key class that its steward asks for; a split one has keys of its own.

    Asked for nothing it keeps what it has; `known` is the dataset as it stands, if it does.

    Raises:
        InputError: there is no such key class.
    """
    if not (key_class or split):
        return dataset if known is None else replace(dataset, key_class=known.key_class, is_split=known.is_split)
    try:
        chosen = KeyClass.DEVICE if split else KeyClass(key_class)
    except ValueError:
        raise InputError("The key class is body or device.", advice="Use one of the two words.") from None
    return replace(dataset, key_class=chosen, is_split=split)


def describe_dataset(
    dataset: Dataset, *, against: Sequence[str] = (), carried: Sequence[str] = (), at: datetime, actor: Actor
) -> tuple[Dataset, Event]:
    """Return the dataset, found sound, and `dataset.described`.

    `against` are sentences on what its steward confirmed against strong evidence, and why; `carried` are the fields for
    which what was said before decides.

    Raises:
        DatasetNameError: its name is malformed.
        InputError: its identifier is not `BODY/NAME`.
        OpenAccessError: it is to be open, and a field is not confirmed as plain.
    """
    parse_name(dataset.name)
    if dataset.id != f"{dataset.body}/{dataset.name}":
        raise InputError("A dataset's identifier is its body's slug, a slash and its name.")
    _verify_access(dataset)
    facts: dict[str, Json] = {
        "contract": dataset.contract.id,
        "contract_version": dataset.contract.version,
        "access": dataset.access.value,
        "marking": dataset.marking.value,
        "regime": dataset.regime,
        "licence": dataset.licence,
        "steward": dataset.steward,
        "confirmed": [each.name for each in dataset.contract.fields if each.confirmed],
        "key_class": dataset.key_class.value,
        "split": dataset.is_split,
    }
    if against:
        facts["confirmed_against"] = list(against)
    if carried:
        facts["carried"] = list(carried)
    if dataset.retention is not None:
        facts["retention"] = dataset.retention.sentence
    if dataset.twin_of:
        facts["twin_of"] = dataset.twin_of
    if dataset.derived_from:
        facts["derived_from"] = [*dataset.derived_from]
    return dataset, Event("dataset.described", at, dataset.body, dataset.id, actor, facts)


def pass_gate(dataset: Dataset, quality: QualityResult) -> None:
    """Return when a source with this quality result may become a version of the dataset.

    Raises:
        GateError: the source breaks the data contract; `reasons` are the findings' sentences.
        OpenAccessError: the dataset is open, and a field is not confirmed as plain.
        WithdrawnError: the dataset is withdrawn.
    """
    if dataset.status == "withdrawn":
        raise WithdrawnError(f"{dataset.id} is withdrawn and takes no new version.")
    _verify_access(dataset)
    if not quality.passed:
        raise GateError(f"The source for {dataset.id} breaks its data contract.", reasons=_stopping(quality))


def publish_version(
    dataset: Dataset,
    quality: QualityResult,
    *,
    version_id: str,
    number: int,
    rows: int,
    size: int,
    payload_size: int,
    sealed_file: str,
    digest: str,
    source_mac: str,
    profile: Mapping[str, FieldProfile],
    reading: Reading | None = None,
    set_aside_file: str = "",
    parts: Sequence[VersionPart] = (),
    origin: Origin = AS_SENT,
    at: datetime,
    actor: Actor,
) -> tuple[DatasetVersion, Event]:
    """Return the new version and `dataset.published`; sizes are bytes, the rest as `DatasetVersion` says.

    A `reading` is given when the steward who acts has accepted one, and `parts` when the dataset is split.

    Raises:
        GateError: the source breaks the data contract.
        OpenAccessError: the dataset is open, and a field is not confirmed as plain.
        WithdrawnError: the dataset is withdrawn.
    """
    pass_gate(dataset, quality)
    version = DatasetVersion(
        id=version_id,
        dataset=dataset.id,
        number=number,
        published=at,
        rows=rows,
        size=size,
        payload_size=payload_size,
        sealed_file=sealed_file,
        digest=digest,
        source_mac=source_mac,
        quality=quality,
        profile=profile,
        reading=reading,
        set_aside_file=set_aside_file,
        key_class=dataset.key_class,
        parts=tuple(parts),
        origin=origin,
    )
    facts: dict[str, Json] = {
        "version": version.id,
        "number": number,
        "rows": rows,
        "sealed_file": sealed_file,
        "digest": digest,
        "contract": dataset.contract.id,
        "contract_version": dataset.contract.version,
        "findings": len(quality.findings),
    }
    if origin.mode is not Mode.REPLACE:
        facts["origin"] = _origin_facts(origin)
    if quality.references:
        facts["references"] = dict(quality.references)
    if parts:
        facts["parts"] = [_part_facts(each) for each in parts]
    if reading is not None:
        facts["reading"] = _accepted(reading, actor) | {"set_aside_file": set_aside_file}
    return version, Event("dataset.published", at, dataset.body, dataset.id, actor, facts)


def _origin_facts(origin: Origin) -> dict[str, Json]:
    return {
        "mode": origin.mode.value,
        "base": origin.base,
        "key": list(origin.key),
        "added": origin.added,
        "changed": origin.changed,
        "kept": origin.kept,
    }


def _part_facts(part: VersionPart) -> dict[str, Json]:
    return {
        "classification": part.classification.value,
        "sealed_file": part.sealed_file,
        "digest": part.digest,
        "fields": list(part.fields),
    }


def stop_publication(dataset: Dataset, quality: QualityResult, *, at: datetime, actor: Actor) -> Event:
    """Return `publication.stopped`: the gate held a source back, with every finding that stopped it."""
    facts: dict[str, Json] = {
        "contract": dataset.contract.id,
        "rows": quality.rows,
        "reasons": list(_stopping(quality)),
    }
    return Event("publication.stopped", at, dataset.body, dataset.id, actor, facts)


def hold_publication(dataset: Dataset, reading: Reading, *, at: datetime, actor: Actor) -> Event:
    """Return `publication.held`: a source that is not clean waits until its steward accepts how it was read."""
    facts: dict[str, Json] = {
        "contract": dataset.contract.id,
        "reading": reading.identifier,
        "read": reading.read,
        "kept": reading.kept,
        "mended": reading.mended,
        "set_aside": reading.set_aside,
    }
    return Event("publication.held", at, dataset.body, dataset.id, actor, facts)


def tell_reading(quality: QualityResult, reading: Reading) -> QualityResult:
    """Return the quality result with what was mended and set aside among its findings; neither stops anything."""
    counts = (
        f"Of {count_rows(reading.read)} in the source {reading.kept:,} were kept, {reading.mended:,} of them mended, "
        f"and {reading.set_aside:,} set aside."
    )
    told = [Finding("reading", "", Dimension.CONSISTENCY, reading.read, (), counts, stops=False)]
    told += [
        Finding(f"mended:{each.rule}", "", Dimension.CONSISTENCY, each.count, each.rows, each.sentence, stops=False)
        for each in reading.mends
    ]
    for (reason, count), sentence in zip((reading.reasons or {}).items(), reading.set_aside_told(), strict=True):
        rows = tuple(each.row for each in reading.aside if each.reason == reason)[:FIRST_ROWS]
        told.append(Finding("set-aside", "", Dimension.COMPLETENESS, count, rows, sentence, stops=False))
    notes = [Finding("note", "", Dimension.ACCURACY, 0, (), each, stops=False) for each in reading.notes]
    return replace(quality, findings=(*quality.findings, *told, *notes))


def _accepted(reading: Reading, actor: Actor) -> dict[str, Json]:
    return {
        "identifier": reading.identifier,
        "read": reading.read,
        "kept": reading.kept,
        "mended": reading.mended,
        "set_aside": reading.set_aside,
        "accepted_by": actor.person,
    }


def withdraw(dataset: Dataset, *, reason: str, at: datetime, actor: Actor) -> tuple[Dataset, Event]:
    """Return the dataset as withdrawn and `dataset.withdrawn`; its versions stay provable.

    Raises:
        InputError: no reason is given.
        WithdrawnError: it is withdrawn already.
    """
    if not reason.strip():
        raise InputError("A withdrawal needs a reason.", advice="Say in a sentence why the dataset is withdrawn.")
    if dataset.status == "withdrawn":
        raise WithdrawnError(f"{dataset.id} is withdrawn already.")
    facts: dict[str, Json] = {"reason": reason.strip(), "withdrawn": to_rfc3339(at)}
    return replace(dataset, status="withdrawn"), Event("dataset.withdrawn", at, dataset.body, dataset.id, actor, facts)


def reinstate(dataset: Dataset, *, reason: str, at: datetime, actor: Actor) -> tuple[Dataset, Event]:
    """Return a withdrawn dataset as live again, with the versions it had, and `dataset.reinstated`.

    Raises:
        InputError: no reason is given, or the dataset is not withdrawn.
    """
    if not reason.strip():
        raise InputError("A reinstatement needs a reason.", advice="Say in a sentence why the dataset comes back.")
    if dataset.status != "withdrawn":
        raise InputError(f"{dataset.id} is not withdrawn.", advice="Nothing is to be done: it is in the catalogue.")
    facts: dict[str, Json] = {"reason": reason.strip(), "reinstated": to_rfc3339(at)}
    return replace(dataset, status="live"), Event("dataset.reinstated", at, dataset.body, dataset.id, actor, facts)


def _verify_access(dataset: Dataset) -> None:
    if dataset.access is Access.OPEN and not dataset.is_plain:
        held = [each.name for each in dataset.contract.fields if not each.is_plain]
        raise OpenAccessError(
            f"{dataset.id} cannot be open: not every field is confirmed as not personal.",
            reasons=tuple(f"{name} is not confirmed as not personal." for name in held),
        )


def _stopping(quality: QualityResult) -> tuple[str, ...]:
    return tuple(each.sentence for each in quality.findings if each.stops)
