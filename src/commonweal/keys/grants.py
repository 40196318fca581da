"""Granting and opening: a file key under a key-encryption key, and the header row that says so."""

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import KeyNameError, SealedFileError, UnknownKeyError
from .header import FILE_KEY_SIZE, Header, Stanza, build_header, decode_base64, encode_base64, unwrap_header
from .model import HeaderRow, KekContext, KekReference, KekWrap, require_key_id
from .ports import Custodian
from .recipients import Recipient, seal_header

KEK_STANZA = "commonweal.internal/kek-v1"
_NONCE_SIZE = 12
_WRAPPED_SIZE = FILE_KEY_SIZE + 16


def wrap_with_kek(custodian: Custodian, kek: KekReference, file_key: bytes, context: KekContext) -> Stanza:
    """Return the stanza `commonweal.internal/kek-v1 KEK-ID VERSION NONCE`, bound to `context`.

    The body is AES-256-GCM(file key) with the RFC 8785 JSON of `context` as associated data.

    Raises:
        UnknownKeyError: the custodian does not hold `kek`.
    """
    return kek_stanza(kek, custodian.wrap(kek, file_key, context.associated_data()))


def kek_stanza(kek: KekReference, wrap: KekWrap) -> Stanza:
    """Return the stanza that carries a wrap under `kek`."""
    return Stanza(KEK_STANZA, (kek.kek_id, str(kek.version), encode_base64(wrap.nonce)), wrap.ciphertext)


def unwrap_with_kek(custodian: Custodian, header: Header, context: KekContext) -> bytes:
    """Return the 16-byte file key of `header`, opened by the custodian, with the header's MAC verified.

    Raises:
        SealedFileError: the header was made for another context, another key-encryption key or has been
            changed; or the key-encryption key it names is not (or no longer) held.
    """
    return unwrap_header(header, [KekUnwrapper(custodian, context)])


@dataclass(frozen=True, slots=True)
class KekUnwrapper:
    """Opens key-encryption-key stanzas within one context; an `Unwrapper`."""

    custodian: Custodian
    context: KekContext

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Return the file key, or None when no stanza is of this type; see `Unwrapper.unwrap`."""
        for stanza in stanzas:
            if stanza.type == KEK_STANZA:
                return self._open(stanza)
        return None

    def _open(self, stanza: Stanza) -> bytes:
        kek, wrap = parse_kek_stanza(stanza)
        try:
            return self.custodian.unwrap(kek, wrap, self.context.associated_data())
        except UnknownKeyError:
            raise SealedFileError(
                f"The sealed file needs key-encryption key {kek}, which this custodian does not hold.",
                advice="If the key was destroyed the data is shredded; else use the custodian that holds it.",
            ) from None


def grant_to_kek(
    custodian: Custodian,
    kek: KekReference,
    file_key: bytes,
    context: KekContext,
    *,
    sealed_file: str,
    holder: str,
) -> HeaderRow:
    """Return the row that lets the holder of `kek` open `sealed_file`; errors as `wrap_with_kek`."""
    stanza = wrap_with_kek(custodian, kek, file_key, context)
    return HeaderRow(sealed_file, holder, stanza.type, build_header(file_key, [stanza]), kek.version)


def grant_to_recipient(recipient: Recipient, file_key: bytes, *, sealed_file: str, holder: str) -> HeaderRow:
    """Return the row that lets the identity of `recipient` open `sealed_file` with any age tool."""
    return HeaderRow(sealed_file, holder, recipient.kind, seal_header(file_key, [recipient]))


def parse_kek_stanza(stanza: Stanza) -> tuple[KekReference, KekWrap]:
    """Return which key-encryption key a stanza names, and the wrap that it carries.

    Raises:
        SealedFileError: it is malformed.
    """
    if len(stanza.args) != 3 or len(stanza.body) != _WRAPPED_SIZE:
        raise SealedFileError("The key-encryption-key stanza is malformed.")
    kek_id, version, nonce = stanza.args
    wrap = KekWrap(decode_base64(nonce), stanza.body)
    if len(wrap.nonce) != _NONCE_SIZE:
        raise SealedFileError("The key-encryption-key stanza has a nonce of the wrong length.")
    return KekReference(_sound_kek_id(kek_id), _parse_version(version)), wrap


def _sound_kek_id(kek_id: str) -> str:
    try:
        require_key_id(kek_id)
    except KeyNameError:
        raise SealedFileError("The key-encryption-key stanza names no sound identifier.") from None
    return kek_id


def _parse_version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and text[0] != "0"):
        raise SealedFileError("The key-encryption-key stanza names no sound version.")
    return int(text)
