"""Drafts: a publication that its steward has still to confirm, once they have seen how the source reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

from commonweal.core import NotFoundError
from commonweal.node.callers import Caller
from commonweal.node.parts import Parts
from commonweal.publish import Comparison, DataContract, Detection, Field, QualityResult, Reading

from .choosing import PublishCommand
from .publishing import Published, Publishing
from .staging import Staging

DRAFT_LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Draft:
    """A publication that waits: what would be done, how the source reads (None for Parquet), and what its check found.

    `source` is the name of the file as the steward's browser gave it, `size` its length in bytes, and `key` says in
    sentences under which key it would lie. `detected` has what each field is likely to reveal beside the field as the
    data contract has it, and `together` what some of them reveal in combination, in words. `comparison` is what changed
    in the data contract since the version before, and `vanishing` of how many live agreements a field would vanish.
    """

    command: PublishCommand
    person: str
    dataset: str
    source: str
    size: int
    reading: Reading | None
    quality: QualityResult
    key: str
    made: datetime
    detected: tuple[tuple[Detection, Field], ...] = ()
    together: str = ""
    comparison: Comparison | None = None
    vanishing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a steward says when they have seen a draft; `confirmed` are fields, None for those of the form before."""

    accept: str
    confirmed: tuple[str, ...] | None = None
    reason: str = ""
    new_contract_version: bool = False

    def into(self, command: PublishCommand) -> PublishCommand:
        """Return the command with what they say."""
        told = replace(
            command,
            accept=self.accept,
            confirm_reason=self.reason,
            new_contract_version=self.new_contract_version,
        )
        if self.confirmed is None:
            return told
        return replace(told, confirm=False, confirm_fields=self.confirmed, carry=False)


class Drafts:
    """Keeps one draft a person until it is published, discarded, replaced or half an hour old."""

    def __init__(self, parts: Parts, publishing: Publishing, staging: Staging) -> None:
        self._parts = parts
        self._publishing = publishing
        self._staging = staging
        self._drafts: dict[str, Draft] = {}
        self._lock = Lock()

    def start(self, caller: Caller, command: PublishCommand, source: str) -> Draft:
        """Return the draft of a publication whose source has been uploaded, checked as publishing would check it.

        Whatever stops it drops the upload.

        Raises:
            SourceError: the source is no table.
            GateError: it breaks its data contract even when read so; the event is stored.
            InputError: a part of the command is malformed.
        """
        try:
            staged = self._staging.get(caller, command.upload)
            preview = self._publishing.preview(caller, command)
        except BaseException:
            self._staging.drop(command.upload)
            raise
        draft = Draft(
            command=replace(command, accept=preview.reading.identifier if preview.reading else ""),
            person=caller.person.id,
            dataset=preview.dataset.id,
            source=source,
            size=staged.size,
            reading=preview.reading,
            quality=preview.quality,
            key=preview.key,
            made=self._parts.clock.now(),
            detected=_beside(preview.detected.fields, preview.dataset.contract),
            together=preview.detected.note,
            comparison=preview.comparison,
            vanishing=preview.vanishing,
        )
        with self._lock:
            former = [each for each in self._drafts.values() if each.person == draft.person or self._is_over(each)]
            self._drafts[command.upload] = draft
        for each in former:
            self._drop(each.command.upload)
        return draft

    def get(self, caller: Caller, upload: str) -> Draft:
        """Return a person's own draft.

        Raises:
            NotFoundError: there is none by that upload, or it is over.
        """
        with self._lock:
            found = self._drafts.get(upload)
        if found is None or found.person != caller.person.id or self._is_over(found):
            raise NotFoundError("No upload waits here for you to check.", advice="Send the file again.")
        return found

    def publish(self, caller: Caller, upload: str, said: "Said") -> Published:
        """Publish a draft by the reading that its steward saw and accepts; the draft is over, whatever comes of it.

        Only what they have yet to say leaves it waiting.

        Raises:
            ReasonNeededError: a field is confirmed as not personal against strong evidence, without a reason.
            ContractChangedError: the data contract breaks for readers, and they do not say that it may.
            OpenAccessError: it is to be open, and they do not confirm every field as plain.
            ReadingUnconfirmedError: what is accepted is not what was shown.
            CommonwealError: as for publishing.
        """
        draft = self.get(caller, upload)
        command = said.into(draft.command)
        self._publishing.verify_said(caller, command, [found for found, _ in draft.detected])
        try:
            return self._publishing.publish(caller, command)
        finally:
            self._drop(upload)

    def discard(self, caller: Caller, upload: str) -> None:
        """Forget a draft and its upload; errors as `get`."""
        self._drop(self.get(caller, upload).command.upload)

    def _drop(self, upload: str) -> None:
        with self._lock:
            self._drafts.pop(upload, None)
        self._staging.drop(upload)

    def _is_over(self, draft: Draft) -> bool:
        return self._parts.clock.now() - draft.made > DRAFT_LIFE


def _beside(found: Sequence[Detection], contract: DataContract) -> tuple[tuple[Detection, Field], ...]:
    promised = {each.name: each for each in contract.fields}
    return tuple((each, field) for each in found if (field := promised.get(each.field)) is not None)
