"""The commands of sealed files, which need no node: keygen, seal and open, in the manner of the `age` tool."""

import os
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from commonweal.core import InputError, UnreadableFileError

from .profiles import beside, read_profile
from .rendering import say
from .streams import STANDARD, reading, writing

if TYPE_CHECKING:
    from commonweal.keys import Identity, Recipient, Unwrapper

Source = Annotated[Path, Parameter(allow_leading_hyphen=True)]
Output = Annotated[Path | None, Parameter(name=("--output", "-o"), allow_leading_hyphen=True)]
Passphrase = Annotated[Path | None, Parameter(allow_leading_hyphen=True)]
_LARGEST_KEY_FILE = 1024 * 1024
_PIECE = 1024 * 1024


def register(app: App) -> None:
    """Add the commands to the command line."""
    app.command(keygen)
    app.command(seal)
    app.command(open_, name="open")


def keygen(*, output: Output = None, classical: bool = False) -> None:
    """Make an identity, the secret that opens what is sealed to its recipient.

    Args:
        output: the file to write, mode 0600; it must not exist yet (default: standard output).
        classical: make an X25519 identity, for tools that know no post-quantum ones.
    """
    from commonweal.keys import HybridIdentity, X25519Identity

    identity = X25519Identity.generate() if classical else HybridIdentity.generate()
    text = f"# public key: {identity.recipient}\n{identity.reveal()}\n"
    if output is None:
        return say(text.rstrip("\n"))
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(
            f"{output} exists already.", advice="Choose another name: a lost identity opens nothing."
        ) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return say(f"Wrote {output}: keep it private. Its first line has the public key, the recipient to seal to.")


def seal(
    source: Source,
    /,
    *,
    to: Annotated[list[str] | None, Parameter(name=("--to", "-r"), consume_multiple=True)] = None,
    recipients: Annotated[Path | None, Parameter(name=("--recipients", "-R"))] = None,
    passphrase: Passphrase = None,
    armor: bool = False,
    output: Output = None,
) -> None:
    """Seal a file, so that only its recipients can open it, with `commonweal open` or any `age` tool.

    Args:
        source: the file; - is standard input.
        to: recipients: `age1pq1…` (post-quantum), `age1…`, `age1tag1…` or `age1tagpq1…`.
        recipients: a file with one recipient a line.
        passphrase: a file whose first line is a passphrase, in place of recipients; - asks for it.
        armor: write text, for places that take no bytes.
        output: the file to write (default: SOURCE.age); - is standard output.
    """
    from commonweal.keys import ArmorWriter, seal_file

    wanted = _recipients(to or [], recipients, passphrase)
    target = output or (STANDARD if source == STANDARD else source.with_name(f"{source.name}.age"))
    with reading(source) as content, writing(target) as file:
        if not armor:
            return seal_file(content, file, wanted)
        with ArmorWriter(file) as text:
            seal_file(content, text, wanted)
    return None


def open_(
    source: Source,
    /,
    *,
    identity: Annotated[list[Path] | None, Parameter(name=("--identity", "-i"))] = None,
    passphrase: Passphrase = None,
    profile: Path | None = None,
    output: Output = None,
) -> None:
    """Open a sealed file. Nothing is kept of one that does not prove itself to its end.

    Args:
        source: the file, armored or not; - is standard input.
        identity: a file of identities, as `keygen` writes it; may be given again.
        passphrase: a file whose first line is the passphrase; - asks for it.
        profile: the .share file of the agreement that the file was read under, to hold it against its manifest first.
        output: the file to write (default: standard output).
    """
    from commonweal.keys import open_file

    unwrappers = unwrappers_of(identity or [], passphrase)
    with reading(source) as content:
        if profile is not None:
            _verify_kept(source, content, profile)
        with writing(output or STANDARD) as file:
            for piece in open_file(content, unwrappers):
                file.write(piece)


def _verify_kept(source: Path, content: BufferedReader, profile: Path) -> None:
    """Hold a sealed file that was kept against the manifest beside it, and go back to its beginning."""
    from commonweal.deliver import ArrivingFile

    sealed = read_profile(profile).sealed
    if sealed is None or source == STANDARD:
        raise InputError(
            "A file is held against its manifest by the profile of a sealed agreement.",
            advice="Give the file by its name, and the profile that it was read with.",
        )
    arriving = ArrivingFile(sealed.verify(_signed(beside(source))))
    while piece := content.read(_PIECE):
        arriving.add(piece)
    arriving.finish()
    content.seek(0)


def _signed(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_KEY_FILE + 1)
    except OSError:
        raise UnreadableFileError(
            f"The manifest {path} cannot be read.", advice="Keep it beside its file; `read --format age` writes both."
        ) from None


def _recipients(words: list[str], listed: Path | None, passphrase: Path | None) -> "list[Recipient]":
    from commonweal.keys import PassphraseRecipient, parse_recipient

    texts = [*words, *(_lines(listed) if listed else [])]
    wanted: list[Recipient] = [parse_recipient(each) for each in texts]
    if passphrase:
        wanted.append(PassphraseRecipient(_passphrase(passphrase, again=True)))
    if not wanted:
        raise InputError("Nobody is named to seal to.", advice="Give --to RECIPIENT, or --passphrase FILE.")
    return wanted


def unwrappers_of(files: list[Path], passphrase: Path | None = None) -> "list[Unwrapper]":
    """Return what opens sealed files, from files of identities or of a passphrase.

    Raises:
        InputError: there is nothing to open with, or an identity is none.
    """
    from commonweal.keys import PassphraseIdentity, parse_identity

    found: list[Identity | PassphraseIdentity] = [parse_identity(line) for file in files for line in _lines(file)]
    if passphrase:
        found.append(PassphraseIdentity(_passphrase(passphrase)))
    if not found:
        raise InputError("No identity is given to open with.", advice="Give --identity FILE, or --passphrase FILE.")
    return [*found]


def _lines(path: Path) -> list[str]:
    """Return the lines of a file of recipients or identities, without comments and blank ones."""
    lines = (line.strip() for line in _text(path).splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _passphrase(path: Path, *, again: bool = False) -> str:
    first = _asked(again=again) if path == STANDARD else next(iter(_text(path).splitlines()), "")
    if not first:
        raise InputError("The passphrase is empty.", advice="Use a long one: whoever guesses it opens the file.")
    return first


def _asked(*, again: bool) -> str:
    from getpass import getpass

    first = getpass("Passphrase: ")
    if again and getpass("Again: ") != first:
        raise InputError("The two passphrases differ.", advice="Type the same one twice.")
    return first


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_KEY_FILE).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnreadableFileError(f"{path} cannot be read as text.") from None
