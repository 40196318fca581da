"""What a person names on their own machine, a file or an address, as the table it holds; without a node."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from commonweal.publish import FileChoice, FileForm

from .plain_file import PlainFile, opened_file
from .remote import RemoteSource, find_source
from .sources import Table, opened_table, rewriting_in_a_temporary_file

if TYPE_CHECKING:
    from commonweal.keys import PayloadReader, PayloadWriter

    from .remote import Remote

LocalSource: TypeAlias = Path | RemoteSource
LocalTable: TypeAlias = "Table[PlainFile] | Table[PayloadReader]"


@contextmanager
def opened_local(source: LocalSource, choice: FileChoice) -> Iterator[LocalTable]:
    """Give the table of a file, or of what an address names, read with the rights of whoever runs this.

    What an address gives lies on the disk sealed, under a key that is never stored, and is gone after the block.

    Raises:
        UnreadableFileError: the file cannot be read, or was changed meanwhile.
        SourceError: there is no such table in it.
        CommonwealError: as `Remote.read`.
    """
    if isinstance(source, Path):
        with opened_file(source) as content, opened_table(content, choice, rewriting_in_a_temporary_file) as table:
            yield table
        return
    remote = find_source(source)
    if remote.is_table and choice.form is FileForm.AUTO:
        choice = replace(choice, form=FileForm.CSV)
    with (
        rewriting_in_a_temporary_file(lambda output: _fetch(remote, output)) as (fetched, _),
        opened_table(fetched, choice, rewriting_in_a_temporary_file) as found,
    ):
        yield found


def _fetch(remote: "Remote", output: "PayloadWriter") -> None:
    from .remote import OwnGuard

    with closing(remote.read(OwnGuard())) as pieces:
        for piece in pieces:
            output.write(piece)
