"""Sources behind web addresses: each hop judged, connected to as judged, verified, bounded and counted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self

import httpx

from .address import WEB, Address, RemoteSource
from .errors import (
    AddressRefusedError,
    SourceAddressError,
    SourceBrokenOffError,
    SourceLimitError,
    SourceUnreachableError,
)
from .guard import Guard
from .limits import Limits, Meter

_PIECE = 1 << 18
_CONNECT_SECONDS = 10.0
_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}
_REFUSALS = frozenset({401, 403})


class GuardedClient:
    """Asks web servers, none but those that a guard lets through. Close it after."""

    def __init__(self, guard: Guard, limits: Limits) -> None:
        self._guard = guard
        self._limits = limits
        self._client = httpx.Client(
            verify=httpx.create_ssl_context(),
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=httpx.Timeout(limits.stall, connect=_CONNECT_SECONDS),
            headers={"User-Agent": "commonweal", "Accept-Encoding": "identity", "Accept": "*/*"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @contextmanager
    def asked(
        self, method: str, url: str, headers: Mapping[str, str], *, follow: bool = False
    ) -> Iterator[httpx.Response]:
        """Give the answer to one request, whatever its status; `follow` goes on to where it redirects.

        Credentials in `headers` do not go along to another origin, and nothing goes from https to http.

        Raises:
            AddressRefusedError: the guard stops it, at the first hop or a later one.
            SourceUnreachableError: no answer, or no certificate that can be verified.
            SourceLimitError: it redirects without end.
        """
        at = _url(url)
        kept = dict(headers)
        for _ in range(self._limits.redirects + 1):
            response = self._send(method, at, kept)
            try:
                if not (follow and response.status_code in _REDIRECTS):
                    yield response
                    return
                to = _next(at, response)
            finally:
                response.close()
            if (to.scheme, to.raw_host, to.port) != (at.scheme, at.raw_host, at.port):
                kept.pop("Authorization", None)
            at = to
        raise SourceLimitError(f"The address redirects more than {self._limits.redirects} times.")

    def _send(self, method: str, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Response:
        host = url.raw_host.decode("ascii")
        addresses = self._guard.require(host, url.port or _PORTS[url.scheme])
        failure: httpx.TransportError | None = None
        for each in addresses:
            request = self._client.build_request(
                method,
                url.copy_with(host=each),
                headers={"Host": url.netloc.decode("ascii"), **headers},
                extensions={"sni_hostname": host, "timeout": self._client.timeout.as_dict()},
            )
            try:
                return self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
            except httpx.TransportError as error:
                raise _unreachable(error) from None
        raise _unreachable(failure) from None


def _unreachable(error: Exception | None) -> SourceUnreachableError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return SourceUnreachableError(
            "The server's certificate cannot be verified.",
            advice="If a private authority signed it, name its PEM file by SSL_CERT_FILE when the node is started.",
        )
    return SourceUnreachableError("The server does not answer.")


def _url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise SourceAddressError("That is not a web address.") from None
    if url.scheme not in WEB or not url.raw_host:
        raise SourceAddressError("That is not a web address.")
    if url.userinfo:
        raise AddressRefusedError("An address with a user or a password in it is not followed.")
    return url


def _next(at: httpx.URL, response: httpx.Response) -> httpx.URL:
    try:
        to = _url(str(at.join(response.headers.get("Location", ""))))
    except (httpx.InvalidURL, ValueError):
        raise SourceUnreachableError("The address redirects to what is no address.") from None
    if (at.scheme, to.scheme) == ("https", "http"):
        raise AddressRefusedError("The address redirects from https to http.")
    return to


def read_web(client: GuardedClient, address: Address, wanted: RemoteSource, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes behind a web address, as they are sent.

    Raises:
        SourceBrokenOffError: fewer bytes came than were announced, or nothing says how many there are.
        CommonwealError: as `GuardedClient.asked`.
    """
    meter = Meter(limits)
    with client.asked("GET", wanted.address, _credentials(address, wanted), follow=True) as response:
        verify_status(response, _OK)
        if "content-length" not in response.headers and "chunked" not in response.headers.get("transfer-encoding", ""):
            raise SourceBrokenOffError("The server does not say where the source ends, so it cannot be known whole.")
        yield from read_body(response, meter)


def _credentials(address: Address, wanted: RemoteSource) -> dict[str, str]:
    if not wanted.password:
        return {}
    if address.scheme != "https":
        raise AddressRefusedError("A password or token is sent over https only.")
    if wanted.user:
        request = next(httpx.BasicAuth(wanted.user, wanted.password).auth_flow(httpx.Request("GET", "https://x")))
        return {"Authorization": request.headers["Authorization"]}
    return {"Authorization": f"Bearer {wanted.password}"}


def verify_status(response: httpx.Response, *wanted: int) -> None:
    """Accept an answer of the wanted status.

    Raises:
        SourceUnreachableError: it is of another.
    """
    if response.status_code in wanted:
        return
    if response.status_code in _REFUSALS:
        raise SourceUnreachableError(f"The server does not let this reader in (status {response.status_code}).")
    raise SourceUnreachableError(f"The server answered with status {response.status_code}.")


def read_body(response: httpx.Response, meter: Meter) -> Iterator[bytes]:
    """Yield an answer's bytes as they came, and make sure that all announced ones did.

    Raises:
        SourceBrokenOffError: they did not.
    """
    announced, before = response.headers.get("content-length"), meter.size
    try:
        for piece in response.iter_raw(_PIECE):
            meter.count(len(piece))
            yield piece
    except httpx.TransportError as error:
        raise SourceBrokenOffError(f"The source broke off ({type(error).__name__}).") from None
    if announced is not None and announced != str(meter.size - before):
        raise SourceBrokenOffError("The source broke off: fewer bytes came than were announced.")
