"""Web addresses and stores of objects: what is let through, what is refused, and what breaks off."""

import ipaddress
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.backends import get_backend
from tests.adapters.remote.web import Answer, ask_moto, serving
from tests.story.certificates import make_certificate

from commonweal.adapters.remote import (
    AddressRefusedError,
    Guard,
    Limits,
    QueryError,
    RemoteSource,
    SourceAddressError,
    SourceBrokenOffError,
    SourceChangedError,
    SourceLimitError,
    SourceUnreachableError,
    find_source,
    is_public,
    parse_address,
)
from commonweal.core import CommonwealError, InputError

CANARY = "QUARTZCANARY"
CONTENT = b"a,b\n1,2\n" * 1000
LOOPBACK = Guard(["127.0.0.1"])
QUICK = Limits(stall=10, redirects=2, size=1 << 20, part=1000)


class Site:
    """A web server whose pages a test sets; it keeps what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.port = 0

    def __call__(self, _: str, path: str, headers: Mapping[str, str], __: bytes) -> Answer:
        self.asked.append((path, {name.lower(): value for name, value in headers.items()}))
        return self.pages.get(path.partition("?")[0], (404, {"Content-Length": "0"}, b""))

    def put(self, path: str, content: bytes = CONTENT, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"Content-Length": str(len(content)), **named}, content)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    with serving(found) as found.port:
        yield found


def read(address: str, guard: Guard = LOOPBACK, limits: Limits = QUICK, **wanted: str) -> bytes:
    return b"".join(find_source(RemoteSource(address, **wanted)).read(guard, limits))


def test_a_source_comes_as_it_lies(site: Site) -> None:
    site.put("/beds.csv")
    assert read(site.url("/beds.csv?day=1")) == CONTENT
    path, headers = site.asked[0]
    assert path == "/beds.csv?day=1"
    assert headers["host"] == f"127.0.0.1:{site.port}"
    assert "authorization" not in headers


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",  # noqa: S104  asked, not bound
        "127.1",
        "2130706433",
        "0x7f000001",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "255.255.255.255",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[ff02::1]",
    ],
)
def test_an_address_that_is_not_public_is_not_asked(site: Site, host: str) -> None:
    site.put("/")
    with pytest.raises(AddressRefusedError):
        read(site.url("/", host), Guard())
    assert not site.asked


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_no_form_of_an_address_hides_one_that_is_not_public(
    address: "ipaddress.IPv4Address | ipaddress.IPv6Address",
) -> None:
    if isinstance(address, ipaddress.IPv4Address):
        for form in (f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
            assert not is_public(ipaddress.ip_address(form))
    if is_public(address):
        assert address.is_global
        assert not any((address.is_loopback, address.is_private, address.is_link_local, address.is_multicast))


def test_a_name_is_resolved_once_and_connected_to_as_judged(site: Site) -> None:
    site.put("/beds.csv")
    answers = iter([["127.0.0.1"], ["93.184.216.34"]])
    guard = Guard(["127.0.0.1"], resolve=lambda *_: next(answers))
    assert read(site.url("/beds.csv", "data.example.gov.uk"), guard) == CONTENT
    assert site.asked[0][1]["host"] == f"data.example.gov.uk:{site.port}"
    assert next(answers) == ["93.184.216.34"]


def test_one_bad_address_among_several_is_enough(site: Site) -> None:
    guard = Guard(resolve=lambda *_: ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(AddressRefusedError):
        read(site.url("/", "data.example.gov.uk"), guard)
    assert not site.asked


def test_an_allowed_name_may_lie_anywhere(site: Site) -> None:
    site.put("/beds.csv")
    guard = Guard(["data.lambeth.internal"], resolve=lambda *_: ["127.0.0.1"])
    assert read(site.url("/beds.csv", "Data.Lambeth.internal"), guard) == CONTENT


def test_each_redirect_is_judged_again(site: Site) -> None:
    site.put("/moved", b"", 302, Location="/beds.csv")
    site.put("/beds.csv")
    assert read(site.url("/moved")) == CONTENT
    for to in (site.url("/beds.csv", "localhost.example"), "http://169.254.169.254/latest/", "file:///etc/passwd"):
        site.put("/moved", b"", 302, Location=to)
        with pytest.raises((AddressRefusedError, SourceAddressError)):
            read(site.url("/moved"), Guard(["127.0.0.1"], resolve=_everywhere_private))
    site.put("/moved", b"", 301, Location="/moved")
    with pytest.raises(SourceLimitError):
        read(site.url("/moved"))


def _everywhere_private(host: str, _: int) -> Sequence[str]:
    return [host if host[0].isdigit() else "10.0.0.1"]


@pytest.mark.parametrize(
    ("headers", "content", "error"),
    [
        ({"Content-Length": "9000"}, CONTENT, SourceBrokenOffError),
        ({}, CONTENT, SourceBrokenOffError),
        ({"Transfer-Encoding": "chunked"}, b"5\r\nab", SourceBrokenOffError),
        ({"Transfer-Encoding": "chunked"}, b"zz\r\nab", SourceBrokenOffError),
        ({"Content-Length": str(2 << 20)}, b"x" * (2 << 20), SourceLimitError),
    ],
)
def test_what_does_not_come_whole_is_refused(
    site: Site, headers: Mapping[str, str], content: bytes, error: type[CommonwealError]
) -> None:
    site.pages["/"] = (200, headers, content)
    with pytest.raises(error):
        read(site.url("/"))


@pytest.mark.parametrize("status", [204, 206, 401, 403, 404, 500])
def test_what_is_no_answer_is_refused(site: Site, status: int) -> None:
    site.put("/", CANARY.encode(), status)
    with pytest.raises(SourceUnreachableError) as refused:
        read(site.url("/"))
    assert CANARY not in str(refused.value)


def test_a_server_that_says_nothing_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(SourceUnreachableError):
        read(f"http://127.0.0.1:{silent.getsockname()[1]}/", limits=Limits(stall=0.2))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "beds.csv",
        "file:///etc/passwd",
        "ftp://example.org/a",
        "http://user:QUARTZCANARY@example.org/",
        "http://user@example.org/",
        "postgresql://user:QUARTZCANARY@db/x",
        "postgresql://db/x?passfile=/etc/passwd",
        "postgresql://db/x?host=other",
        "postgresql://db/x?tls=maybe",
        "postgresql:///x",
        "postgresql://a,b/x",
        "mysql://db/x?local_infile=1",
        "s3://bucket/key?profile=default",
        "sqlite:///relative.db",
        "sqlite://host/x.db",
        "http://example.org/a b",
        "http://example.org/\x00",
        "http://example.org:99999/",
        "https:///nohost",
        f"http://example.org/{'a' * 5000}",
    ],
)
def test_what_is_no_address_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(SourceAddressError) as refused:
        find_source(RemoteSource(address, table="t" if "sql" in address else ""))
    assert CANARY not in str(refused.value) + refused.value.advice()


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for each in (text, f"https://{text}", f"postgresql://{text}", f"s3://{text}"):
        try:
            parse_address(each)
        except SourceAddressError:
            continue


def test_an_address_is_shown_without_what_might_be_secret() -> None:
    shown = {
        "postgresql://reader@db.example:5433/beds?tls=off": "postgresql://db.example:5433/beds",
        "https://store.example/x.csv?sig=QUARTZCANARY": "https://store.example/x.csv",
        "s3://bucket/a/b.csv?region=eu-west-2": "s3://bucket/a/b.csv",
        "sqlite:////srv/beds.db": "sqlite:////srv/beds.db",
    }
    assert {address: parse_address(address).shown for address in shown} == shown
    assert CANARY not in repr(RemoteSource("https://x", password=CANARY))


def test_a_table_is_chosen_from_a_database_only() -> None:
    with pytest.raises(QueryError):
        find_source(RemoteSource("https://example.org/beds.csv", table="beds"))


@pytest.mark.parametrize("entry", ["", "https://example.org", "a b", "*.example.org", "relative/folder"])
def test_what_is_allowed_is_a_host_a_network_or_a_folder(entry: str) -> None:
    with pytest.raises(InputError):
        Guard([entry])


def test_a_password_goes_over_https_only(site: Site) -> None:
    with pytest.raises(AddressRefusedError):
        read(site.url("/"), password=CANARY)
    assert not site.asked


def test_certificates_are_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, _ = make_certificate(tmp_path)
    site = Site()
    guard = Guard(["127.0.0.1"], resolve=lambda *_: ["127.0.0.1"])
    with serving(site, (tmp_path / "node.pem", tmp_path / "node.key")) as site.port:
        site.put("/beds.csv")
        site.put("/moved", b"", 307, Location=site.url("/beds.csv"))
        address = site.url("/beds.csv", "localhost", "https")
        with pytest.raises(SourceUnreachableError, match="certificate"):
            read(address, guard)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert read(address, guard, password="token") == CONTENT
        assert site.asked[-1][1]["authorization"] == "Bearer token"
        assert read(address, guard, user="me", password="token") == CONTENT
        assert site.asked[-1][1]["authorization"].startswith("Basic ")
        with pytest.raises(SourceUnreachableError, match="certificate"):
            read(site.url("/beds.csv", "other.example", "https"), guard)
        with pytest.raises(AddressRefusedError, match="from https to http"):
            read(site.url("/moved", "localhost", "https"), guard)


class Store:
    """moto's S3, which can be asked to change an object after so many parts."""

    def __init__(self) -> None:
        self.port, self.parts, self.change_after = 0, 0, -1
        self.asked: list[str] = []

    def __call__(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.asked.append(f"{path} {dict(headers)}")
        if "Range" in headers:
            self.parts += 1
            if self.parts == self.change_after:
                self.put(CONTENT[::-1])
        return ask_moto(method, path, headers, body)

    def put(self, content: bytes) -> None:
        backend = get_backend("s3")["123456789012"]["aws"]
        if not self.port:
            backend.create_bucket("bodies", "eu-west-2")
        backend.put_object("bodies", "returns/beds one.csv", content)

    @property
    def address(self) -> str:
        return f"s3://bodies/returns/beds%20one.csv?endpoint=http://127.0.0.1:{self.port}"


@pytest.fixture
def store() -> Iterator[Store]:
    get_backend("s3").reset()
    found = Store()
    found.put(CONTENT)
    with serving(found) as found.port:
        yield found


def test_an_object_comes_in_parts(store: Store) -> None:
    assert read(store.address, user="AKIAEXAMPLE", password=CANARY) == CONTENT
    assert store.parts == 8
    assert all("X-Amz-Signature" in each for each in store.asked)
    assert not [each for each in store.asked if CANARY in each]


def test_an_object_that_changes_meanwhile_is_refused(store: Store) -> None:
    store.change_after = 4
    with pytest.raises(SourceChangedError):
        read(store.address, user="AKIAEXAMPLE", password=CANARY)


def test_an_object_that_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(SourceUnreachableError):
        read(store.address.replace("one", "two"), user="AKIAEXAMPLE", password=CANARY)
    with pytest.raises(SourceAddressError):
        read(store.address, user="AKIAEXAMPLE")


def test_a_store_of_a_private_network_is_not_asked(store: Store) -> None:
    with pytest.raises(AddressRefusedError):
        read(store.address, Guard(), user="AKIAEXAMPLE", password=CANARY)
    assert not store.asked
