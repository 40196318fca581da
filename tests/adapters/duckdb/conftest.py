"""A bench of sealed files in memory, on which the engine's parts are tried."""

import io
from collections.abc import Collection, Iterable, Sequence

import pytest

from commonweal.adapters.duckdb import Limits, Publisher, Releaser
from commonweal.adapters.duckdb.engine import session
from commonweal.adapters.sealed import SealedFiles
from commonweal.deliver import ReleasePlan
from commonweal.keys import PayloadReader, PayloadWriter, new_file_key
from commonweal.publish import DataContract, Field, FieldProfile, FieldType, QualityResult, SourceFormat, WrittenVersion
from commonweal.request import RowCondition


class Memory:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def pread(self, offset: int, size: int, /) -> bytes:
        return self._data[offset : offset + size]


class Bench:
    """Seals bytes, offers them, and takes what the engine writes."""

    def __init__(self) -> None:
        self.files = SealedFiles()
        self._key = new_file_key()
        self._count = 0

    def seal(self, plain: bytes) -> bytes:
        raw = io.BytesIO()
        with PayloadWriter(raw, self._key) as writer:
            writer.write(plain)
        return raw.getvalue()

    def offer(self, plain: bytes) -> str:
        return self.offer_sealed(self.seal(plain))

    def offer_sealed(self, payload: bytes) -> str:
        self._count += 1
        return self.files.offer(f"file{self._count}", PayloadReader(Memory(payload), self._key, len(payload)))

    def check(self, plain: bytes, contract: DataContract, form: SourceFormat = SourceFormat.CSV) -> QualityResult:
        with Publisher(self.files) as engine:
            return engine.check(self.offer(plain), form, contract)

    def publish(
        self,
        plain: bytes,
        contract: DataContract,
        form: SourceFormat = SourceFormat.CSV,
        fields: Collection[str] = (),
    ) -> tuple[str, WrittenVersion]:
        raw = io.BytesIO()
        url = self._accept(raw)
        with Publisher(self.files) as engine:
            written = engine.write_version(self.offer(plain), form, contract, url, fields)
        return self.offer_sealed(raw.getvalue()), written

    def profile(self, version: str, contract: DataContract) -> dict[str, FieldProfile]:
        with Publisher(self.files) as engine:
            return engine.profile(version, contract.fields)

    def release(
        self,
        version: str,
        fields: Iterable[str],
        rows: Iterable[RowCondition] = (),
        tokenised: Iterable[str] = (),
        key: str | None = None,
        *,
        beside: Sequence[str] = (),
        threads: int = 2,
    ) -> tuple[str, int]:
        raw = io.BytesIO()
        plan = ReleasePlan(tuple(fields), tuple(rows), frozenset(tokenised))
        releaser = Releaser(self.files, Limits(threads=threads))
        count = releaser.release(version, plan, key, self._accept(raw), beside=beside)
        return self.offer_sealed(raw.getvalue()), count

    def parquet(self, query: str) -> bytes:
        raw = io.BytesIO()
        with session(self.files) as connection:
            connection.execute(f"COPY ({query}) TO '{self._accept(raw)}' (FORMAT parquet)")
        return PayloadReader(Memory(raw.getvalue()), self._key, len(raw.getvalue())).read()

    def rows(self, url: str) -> list[tuple[object, ...]]:
        with session(self.files) as connection:
            return connection.execute(f"SELECT * FROM read_parquet('{url}')").fetchall()  # noqa: S608  ours

    def _accept(self, raw: io.BytesIO) -> str:
        self._count += 1
        return self.files.accept(f"file{self._count}", PayloadWriter(raw, self._key))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def contract_of(*fields: Field, minimum_rows: int = 1) -> DataContract:
    return DataContract("test.contract", "1", "Test", "", fields, minimum_rows=minimum_rows)


STOCK = contract_of(
    Field("trust", FieldType.STRING, required=True, pattern="[A-Z0-9]{3}"),
    Field("stock", FieldType.INTEGER, required=True, minimum=0),
)
