"""What can go wrong with keys and sealed files, each with its code and its advice."""

from commonweal.core import CommonwealError, InputError, NotFoundError, Outcome, ProofError, RefusedError, StoreError


class SealedFileError(ProofError):
    """A sealed file, its header or its context does not prove itself."""

    code = "keys.sealed-file"
    default_advice = "Fetch the file again from its discloser; if it fails again, keep it as evidence."


class NotARecipientError(SealedFileError):
    """The header is well formed, but none of the keys at hand opens a stanza of it."""

    code = "keys.not-a-recipient"
    default_advice = "Use the identity the file was sealed to, or ask the discloser for a grant to yours."


class RecipientError(InputError):
    """A recipient or an identity that is not an age string this node can use."""

    code = "keys.recipient"
    default_advice = "Give an age recipient (`age1pq1…` or `age1…`) or identity, copied whole."


class KeyNameError(InputError):
    """A key identifier that is malformed or already in use."""

    code = "keys.key-name"
    default_advice = "Choose another identifier: letters, digits and `. _ : / -`, at most 200 characters."


class UnknownKeyError(NotFoundError):
    """The custodian holds no such key, or has destroyed it."""

    code = "keys.unknown-key"
    default_advice = "`commonweal keys list` shows every key this node's custodian holds."


class KeySpentError(RefusedError):
    """A key was destroyed, and no key of its name can ever be made again."""

    code = "keys.spent"
    default_advice = "Publish under the body's key (`--key-class body`), or under another dataset name."


class KeyDestroyedError(RefusedError):
    """The key under which a sealed file lies was destroyed."""

    code = "keys.destroyed"
    default_advice = "Nobody can undo this; ask the discloser whether it publishes the data again."


class ManifestError(ProofError):
    """A delivery's manifest is malformed or not signed by the key expected."""

    code = "keys.manifest"
    default_advice = "Do not use the delivery; ask its discloser for the manifest and the key fingerprint."


class WrongSecretError(CommonwealError):
    """The unlock secret does not open the keystore."""

    code = "keys.wrong-secret"
    outcome = Outcome.FAILED
    default_advice = "Give the secret the keystore was made with; a backup of it belongs to that same backup set."


class CustodianUnavailableError(CommonwealError):
    """The device or service that holds the keys does not answer, is sealed or is locked; nothing was half done."""

    code = "keys.custodian-unavailable"
    outcome = Outcome.UNREACHABLE
    default_advice = "Bring the device or service back; the node goes on by itself once it answers."


class KeystoreDamagedError(StoreError):
    """The keystore is not the file that was written."""

    code = "keys.keystore-damaged"
    default_advice = "Restore the keystore from a backup; without it no sealed file of this node can be opened."


class BlobNameError(InputError):
    """A blob identifier that is malformed or already in use."""

    code = "keys.blob-name"
    default_advice = "Use an identifier the node made: lower-case letters, digits and inner hyphens."


class UnknownBlobError(NotFoundError):
    """The store holds no blob of that identifier."""

    code = "keys.unknown-blob"
    default_advice = "Run `commonweal doctor`: it compares the blobs with the database."
