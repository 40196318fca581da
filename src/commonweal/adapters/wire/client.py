"""A client of a node's API: problem documents become errors with the same code, reasons and advice."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from commonweal.core import CommonwealError, InputError, Outcome, UnreadableFileError

_CHUNK = 1 << 20
_BY_NAME = Outcome.__members__
_BY_STATUS = {each.status: each for each in reversed(Outcome)}


class UnreachableError(CommonwealError):
    """The node does not answer."""

    code = "wire.unreachable"
    outcome = Outcome.UNREACHABLE
    default_advice = "Start it with `commonweal serve`, or check the address."


class AddressError(InputError):
    """What was given as a node's address is not one."""

    code = "wire.address"
    default_advice = "Give it as http://HOST:PORT or https://HOST."


class RemoteError(CommonwealError):
    """What a node answered when it could not or would not; code, reasons and advice are the node's own."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        reasons = _told(problem.get("findings")) or problem.get("reasons")
        super().__init__(
            str(problem.get("detail") or problem.get("title") or f"The node answered with status {status}."),
            advice=str(problem.get("advice") or ""),
            reasons=tuple(str(each) for each in reasons) if isinstance(reasons, list) else (),
        )
        self.code = str(problem.get("code") or "wire.answer")
        self.outcome = _BY_NAME.get(str(problem.get("outcome")).upper()) or _BY_STATUS.get(status, Outcome.FAILED)
        self.status = status


class NodeClient:
    """Speaks to one node with one token, for one acting person.

    Raises:
        AddressError: `url` is not the address of a node.
    """

    def __init__(self, url: str, token: str = "", *, acting_as: str = "") -> None:
        if not url.startswith(("http://", "https://")):
            raise AddressError(f"{url[:100]!r} is not the address of a node.")
        headers = {"User-Agent": "commonweal"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if acting_as:
            headers["Commonweal-Person"] = acting_as
        try:
            self._client = httpx.Client(
                base_url=url,
                headers=headers,
                timeout=httpx.Timeout(600, connect=10),
                verify=url.startswith("https:"),  # reading the certificate store takes 30 ms: not for plain loopback
                trust_env=False,
            )
        except httpx.InvalidURL:
            raise AddressError(f"{url[:100]!r} is not the address of a node.") from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, **query: str | int) -> Any:
        """Return the JSON answer of a GET.

        Raises:
            RemoteError: the node refused or failed; it says why.
            UnreachableError: it does not answer.
        """
        return self._json("GET", path, params=query)

    def post(self, path: str, form: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON answer of a POST of a form; errors as `get`."""
        return self._json("POST", path, json=dict(form or {}))

    def upload(self, source: Path, sent: Callable[[int], None] = lambda _: None) -> str:
        """Send a file's bytes as they are read and return the upload's identifier; `sent` hears of each piece's size.

        Raises:
            UnreadableFileError: the file cannot be read.
            RemoteError: as `get`.
        """
        try:
            with source.open("rb") as file:
                answer = self._json("POST", "/api/v1/uploads", content=_pieces(file, sent))
        except OSError as error:
            raise UnreadableFileError(f"{source} cannot be read: {error.strerror}.") from None
        return str(answer["upload"])

    @contextmanager
    def stream(self, path: str, **query: str) -> Iterator[Iterator[bytes]]:
        """Give the answer's bytes as they arrive; errors as `get`."""
        with self._explained(), self._client.stream("GET", path, params=query) as response:
            if response.status_code >= 400:
                response.read()
                raise _error(response)
            yield response.iter_bytes(_CHUNK)

    def fetch(self, path: str, *, most: int, **query: str) -> bytes:
        """Return the bytes of a GET's answer, of which there may be `most`; errors as `get`."""
        found = bytearray()
        with self.stream(path, **query) as pieces:
            for piece in pieces:
                found += piece
                if len(found) > most:
                    raise UnreachableError(f"The node's answer is longer than {most:,} bytes.")
        return bytes(found)

    def _json(self, method: str, path: str, **arguments: Any) -> Any:
        with self._explained():
            response = self._client.request(method, path, **arguments)
        if response.status_code >= 400:
            raise _error(response)
        try:
            return response.json()
        except ValueError:
            raise UnreachableError(
                f"What answers at {self._client.base_url} is not a Commonweal node.", advice="Check the address."
            ) from None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise UnreachableError(
                f"The node at {self._client.base_url} does not answer ({type(error).__name__})."
            ) from None


def _pieces(file: BinaryIO, sent: Callable[[int], None]) -> Iterator[bytes]:
    while piece := file.read(_CHUNK):
        yield piece
        sent(len(piece))


def _told(findings: object) -> list[str]:
    """Return what the gate found, each finding with what to do about it; nothing where an answer has no findings."""
    found = findings if isinstance(findings, list) else []
    return [str(each["told"]) for each in found if isinstance(each, dict) and "told" in each]


def _error(response: httpx.Response) -> RemoteError:
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    return RemoteError(response.status_code, problem if isinstance(problem, dict) else {})
