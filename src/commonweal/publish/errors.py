"""What can go wrong on the way from a source to a dataset version."""

from commonweal.core import CommonwealError, InputError, Outcome, RefusedError


class PublishError(CommonwealError):
    """A dataset cannot be published as it stands."""

    code = "publish.failed"
    outcome = Outcome.CONTRACT


class ContractError(InputError):
    """A data contract that is not valid ODCS, or promises what the node cannot check; `reasons` name each place."""

    code = "publish.contract-malformed"
    default_advice = "Correct the places listed; the form is the Open Data Contract Standard, version 3.1."


class SourceError(PublishError):
    """A source that cannot be read as the table it claims to be."""

    code = "publish.source-unreadable"
    outcome = Outcome.UNREADABLE
    default_advice = "Save the source again as a table with one header line, as CSV or Parquet for one."


class GateError(PublishError):
    """The source breaks its data contract; `reasons` are the findings' sentences, worst first.

    `shown` has a `ShownFinding` for every finding, with what to do about it, for the steward who sent the source.
    """

    shown: tuple[object, ...] = ()

    code = "publish.gate-stopped"
    default_advice = "Correct the source where the reasons say and publish it again; nothing was stored."


class MergeError(RefusedError):
    """A source that cannot be added to the version before, because the data contract's fields changed since."""

    code = "publish.merge-refused"
    default_advice = "Publish the whole data with --mode replace; from then on it can be added to again."


class ContractChangedError(PublishError):
    """The data contract changed in ways that break for those who read the data, and nothing says that it may."""

    code = "publish.contract-changed"
    default_advice = (
        "Raise the first number of the data contract's version, say --new-contract-version, or keep the old promises."
    )


class TwinError(RefusedError):
    """A synthetic twin that could show somebody, or that cannot be made; nothing is published."""

    code = "publish.twin-refused"
    default_advice = "Run it again, which draws other values; if it fails again, publish no twin of this dataset."


class ReasonNeededError(InputError):
    """A field is confirmed as not personal whose values keep the check of a number of people; `reasons` name each."""

    code = "publish.reason-needed"
    default_advice = "Classify the field as personal, or say with --confirm-reason why it is not."


class DatasetNameError(InputError):
    """A dataset name that is not 1 to 64 small letters, digits and hyphens."""

    code = "publish.name-malformed"
    default_advice = "Use 1 to 64 small letters, digits and hyphens, such as `payments-2011`."


class MarkingError(RefusedError):
    """A security classification that this node must not hold."""

    code = "publish.marking-too-high"
    default_advice = "Keep data above OFFICIAL on a system accredited for it; a node holds OFFICIAL only."


class OpenAccessError(RefusedError):
    """Open access was asked for fields that no steward has confirmed as holding nothing to protect."""

    code = "publish.open-not-confirmed"
    default_advice = "Have the steward confirm every field as not personal, or publish the dataset as shared."


class WithdrawnError(RefusedError):
    """The dataset is withdrawn, so it takes no version and cannot be withdrawn again."""

    code = "publish.withdrawn"
    default_advice = "Publish under another name if the data should be offered again."
