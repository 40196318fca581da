"""Rivals that seal a file by hand: the owner writes and seals the slice, the recipient opens and reads it."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow
import pyrage
import pyzipper
from pyarrow import csv, parquet

from benchmarks.delivery_slice import Plain
from benchmarks.rivals.programs import get_program

Route = Callable[[], pyarrow.Table]
_PASSWORD = "a password for the length of one measurement"


def read_csv(path: Path, schema: pyarrow.Schema) -> pyarrow.Table:
    """Read a CSV file with the types of the limit's table."""
    types = {field.name: field.type for field in schema}
    return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=types))


class SealedByHand:
    """The rivals over one plain dataset; `schema` is that of the limit's table."""

    def __init__(self, plain: Plain, schema: pyarrow.Schema, folder: Path) -> None:
        self._plain = plain
        self._schema = schema
        self._folder = folder
        self._identity = pyrage.x25519.Identity.generate()
        self._gpg = [str(get_program("gpg")), "--homedir", str(folder / "gnupg"), "--batch", "--yes", "--quiet"]
        self._make_gpg_key()

    def routes(self) -> dict[str, Route]:
        """Return each rival under its name."""
        return {
            "parquet_age": self._parquet_age,
            "csv_age": self._csv_age,
            "csv_gpg": self._csv_gpg,
            "csv_7z_fast": lambda: self._csv_7z(["-mx1"]),
            "csv_7z_default": lambda: self._csv_7z([]),
            "csv_zip_aes": self._csv_zip_aes,
        }

    def close(self) -> None:
        """End the key agent that gpg started."""
        subprocess.run(["gpgconf", "--homedir", str(self._folder / "gnupg"), "--kill", "all"], check=False)

    def _make_gpg_key(self) -> None:
        (self._folder / "gnupg").mkdir(mode=0o700)
        key = ["--passphrase", "", "--quick-generate-key", "recipient@example.org", "default", "default", "never"]
        self._run([*self._gpg, *key])

    def _parquet_age(self) -> pyarrow.Table:
        plain, opened = self._place("slice.parquet"), self._place("opened.parquet")
        self._plain.write_parquet(plain)
        self._pass_by_age(plain, opened)
        return parquet.read_table(opened)

    def _csv_age(self) -> pyarrow.Table:
        plain, opened = self._place("slice.csv"), self._place("opened.csv")
        self._plain.write_csv(plain)
        self._pass_by_age(plain, opened)
        return read_csv(opened, self._schema)

    def _pass_by_age(self, plain: Path, opened: Path) -> None:
        sealed = self._place("slice.age")
        pyrage.encrypt_file(str(plain), str(sealed), [self._identity.to_public()])
        pyrage.decrypt_file(str(sealed), str(opened), [self._identity])

    def _csv_gpg(self) -> pyarrow.Table:
        plain, sealed, opened = self._place("slice.csv"), self._place("slice.gpg"), self._place("opened.csv")
        self._plain.write_csv(plain)
        whom = ["--recipient", "recipient@example.org", "--trust-model", "always"]
        self._run([*self._gpg, *whom, "--output", str(sealed), "--encrypt", str(plain)])
        self._run([*self._gpg, "--output", str(opened), "--decrypt", str(sealed)])
        return read_csv(opened, self._schema)

    def _csv_7z(self, level: Sequence[str]) -> pyarrow.Table:
        plain, sealed, opened = self._place("slice.csv"), self._place("slice.7z"), self._folder / "opened"
        sealed.unlink(missing_ok=True)
        self._plain.write_csv(plain)
        program, password = str(get_program("7zz")), f"-p{_PASSWORD}"
        self._run([program, "a", *level, "-mhe=on", password, str(sealed), str(plain)])
        self._run([program, "x", "-y", password, f"-o{opened}", str(sealed)])
        return read_csv(opened / plain.name, self._schema)

    def _csv_zip_aes(self) -> pyarrow.Table:
        plain, sealed, opened = self._place("slice.csv"), self._place("slice.zip"), self._folder / "opened"
        self._plain.write_csv(plain)
        with pyzipper.AESZipFile(sealed, "w", pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
            archive.setpassword(_PASSWORD.encode())
            archive.write(plain, plain.name)
        with pyzipper.AESZipFile(sealed) as archive:
            archive.setpassword(_PASSWORD.encode())
            archive.extractall(opened)
        return read_csv(opened / plain.name, self._schema)

    def _place(self, name: str) -> Path:
        return self._folder / name

    @staticmethod
    def _run(command: Sequence[str]) -> None:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
