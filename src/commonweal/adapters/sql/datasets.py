"""Stores of what is published: datasets, their versions, sealed files and who can open them."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from commonweal.core import NotFoundError
from commonweal.identity import TenantScope
from commonweal.insight import Opening
from commonweal.keys import HeaderRow
from commonweal.publish import Dataset, DatasetVersion

from .documents import dump, load
from .state import dataset, dataset_version, header_row, sealed_file


@dataclass(frozen=True, slots=True)
class SealedFile:
    """One payload blob and the context its file key is bound to; `agreement` is empty for a dataset version."""

    id: str
    body: str
    dataset: str
    version: int
    agreement: str
    digest: str
    payload_size: int


def save_dataset(connection: Connection, scope: TenantScope, value: Dataset) -> None:
    """Store a dataset of the scope's body, new or changed."""
    row = {
        "contract": value.contract.id,
        "access": value.access.value,
        "status": value.status,
        "document": dump(value),
    }
    changed = connection.execute(
        update(dataset).where(dataset.c.id == value.id, dataset.c.body == scope.body).values(row)
    )
    if not changed.rowcount:
        connection.execute(insert(dataset).values(id=value.id, body=scope.body, **row))


def find_dataset(connection: Connection, dataset_id: str) -> Dataset | None:
    """Return a dataset by identifier, or None; that it exists is public."""
    text = connection.execute(_ONE_DATASET, {"wanted": dataset_id}).scalar_one_or_none()
    return None if text is None else load(Dataset, text)


_ONE_DATASET = select(dataset.c.document).where(dataset.c.id == bindparam("wanted"))


def get_dataset(connection: Connection, dataset_id: str) -> Dataset:
    """Return a dataset by identifier.

    Raises:
        NotFoundError: this node holds no such dataset.
    """
    found = find_dataset(connection, dataset_id)
    if found is None:
        raise NotFoundError(f"This node holds no dataset called {dataset_id}.")
    return found


def list_datasets(connection: Connection, *, contract: str = "", status: str = "live") -> list[Dataset]:
    """Return datasets in the order of their identifiers, all or those of one data contract."""
    query = select(dataset.c.document).where(dataset.c.status == status).order_by(dataset.c.id)
    if contract:
        query = query.where(dataset.c.contract == contract)
    return [load(Dataset, text) for text in connection.execute(query).scalars()]


def add_version(connection: Connection, scope: TenantScope, value: DatasetVersion) -> None:
    """Store a new version of a dataset of the scope's body."""
    connection.execute(
        insert(dataset_version).values(
            id=value.id, body=scope.body, dataset=value.dataset, number=value.number, document=dump(value)
        )
    )


def next_version_number(connection: Connection, dataset_id: str) -> int:
    """Return the number of a dataset's next version; that of a shredded one is never given again."""
    query = select(func.max(dataset_version.c.number)).where(dataset_version.c.dataset == dataset_id)
    return int(connection.execute(query).scalar_one() or 0) + 1


def shred_version(connection: Connection, version_id: str) -> None:
    """Note that a version's files can no longer be opened, and forget the values that its profile shows."""
    this = dataset_version.c.id == version_id
    text = connection.execute(select(dataset_version.c.document).where(this)).scalar_one_or_none()
    if text is None:
        return
    found = load(DatasetVersion, text)
    counts = {name: each.without_values() for name, each in found.profile.items()}
    document = dump(replace(found, profile=counts))
    connection.execute(update(dataset_version).where(this).values(held=0, document=document))


def is_held(connection: Connection, version_id: str) -> bool:
    """Say whether a version of a dataset is there and has not been shredded."""
    query = select(dataset_version.c.held).where(dataset_version.c.id == version_id)
    return connection.execute(query).scalar_one_or_none() == 1


def find_newest_version(connection: Connection, dataset_id: str) -> DatasetVersion | None:
    """Return the newest version of a dataset that has not been shredded, or None."""
    query = (
        select(dataset_version.c.document)
        .where(dataset_version.c.dataset == dataset_id, dataset_version.c.held == 1)
        .order_by(dataset_version.c.number.desc())
        .limit(1)
    )
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else load(DatasetVersion, text)


def get_newest_version(connection: Connection, dataset_id: str) -> DatasetVersion:
    """Return the newest version of a dataset.

    Raises:
        NotFoundError: nothing has been published yet.
    """
    found = find_newest_version(connection, dataset_id)
    if found is None:
        raise NotFoundError(f"{dataset_id} has no published version.")
    return found


def list_versions(connection: Connection, dataset_id: str, most: int | None = None) -> list[DatasetVersion]:
    """Return the versions of a dataset that have not been shredded, newest first: the `most` newest, or every one."""
    query = (
        select(dataset_version.c.document)
        .where(dataset_version.c.dataset == dataset_id, dataset_version.c.held == 1)
        .order_by(dataset_version.c.number.desc())
        .limit(most)
    )
    return [load(DatasetVersion, text) for text in connection.execute(query).scalars()]


def add_sealed_file(connection: Connection, value: SealedFile, rows: list[HeaderRow]) -> None:
    """Store a sealed file's description and one header row for each holder."""
    connection.execute(
        insert(sealed_file).values(
            id=value.id,
            body=value.body,
            dataset=value.dataset,
            version=value.version,
            agreement=value.agreement,
            digest=value.digest,
            payload_size=value.payload_size,
        )
    )
    for row in rows:
        connection.execute(
            insert(header_row).values(
                sealed_file=value.id, holder=row.holder, kind=row.kind, header=row.header, version=row.version
            )
        )


def get_sealed_file(connection: Connection, sealed_file_id: str) -> SealedFile:
    """Return a sealed file's description.

    Raises:
        NotFoundError: it was shredded or never was.
    """
    row = connection.execute(select(sealed_file).where(sealed_file.c.id == sealed_file_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"No sealed file {sealed_file_id} is held here.")
    return SealedFile(*row)


def list_sealed_files(
    connection: Connection, *, body: str = "", dataset: str = "", version: int = 0, agreement: str = ""
) -> list[SealedFile]:
    """Return the sealed files that are held: all, or those of a body, a dataset, one of its versions, an agreement."""
    wanted = {"body": body, "dataset": dataset, "version": version, "agreement": agreement}
    conditions = [sealed_file.c[name] == value for name, value in wanted.items() if value]
    query = select(sealed_file).where(*conditions).order_by(sealed_file.c.id)
    return [SealedFile(*row) for row in connection.execute(query)]


def find_header_row(connection: Connection, sealed_file_id: str, kind: str) -> HeaderRow | None:
    """Return a sealed file's header row whose stanza is of this type, or None."""
    query = select(header_row).where(header_row.c.sealed_file == sealed_file_id, header_row.c.kind == kind)
    row = connection.execute(query.limit(1)).one_or_none()
    if row is None:
        return None
    return HeaderRow(*row)


def list_openings(connection: Connection) -> list[Opening]:
    """Return every header row with what it opens, without the header: the key register's answer to "what opens?"."""
    query = (
        select(
            header_row.c.sealed_file,
            header_row.c.holder,
            header_row.c.kind,
            header_row.c.version,
            sealed_file.c.body,
            sealed_file.c.dataset,
            sealed_file.c.version,
            sealed_file.c.agreement,
        )
        .join(sealed_file, sealed_file.c.id == header_row.c.sealed_file)
        .order_by(header_row.c.sealed_file, header_row.c.holder)
    )
    return [Opening(*row) for row in connection.execute(query)]


def remove_sealed_file(connection: Connection, sealed_file_id: str) -> list[HeaderRow]:
    """Remove a sealed file's wraps and its description, and return those wraps; nothing else can open its payload."""
    this = header_row.c.sealed_file == sealed_file_id
    gone = [HeaderRow(*row) for row in connection.execute(select(header_row).where(this))]
    connection.execute(delete(header_row).where(this))
    connection.execute(delete(sealed_file).where(sealed_file.c.id == sealed_file_id))
    return gone
