"""Sources in S3 and stores that speak like it: read in parts, each of them of the very object that was found first."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from .address import Address, RemoteSource
from .errors import MissingDriverError, SourceAddressError, SourceChangedError, SourceUnreachableError
from .limits import Limits, Meter
from .web import GuardedClient, read_body, verify_status

if TYPE_CHECKING:
    from httpx import Response

DEFAULT_REGION = "eu-west-2"

_OK, _PART, _CHANGED = 200, 206, 412


def read_object(client: GuardedClient, address: Address, wanted: RemoteSource, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes of an object.

    1. Its entity tag and length are asked for.
    2. Each part is asked for on the condition that the tag is still that (RFC 9110, 13.1.1).

    The access key signs each request and is sent in none; without one the requests are anonymous.

    Raises:
        SourceChangedError: the object was replaced meanwhile.
        SourceBrokenOffError: a part came short.
        SourceUnreachableError: there is no such object, or the key does not open it.
        MissingDriverError: requests have to be signed, and the library for it is not installed.
    """
    sign = _signing(address, wanted)
    # 1
    with client.asked("HEAD", sign("head_object"), {}) as head:
        verify_status(head, _OK)
        tag, size = head.headers.get("etag", ""), head.headers.get("content-length", "")
    if not tag or not size.isdigit():
        raise SourceUnreachableError("The store does not say which version of the object this is, or how long.")
    # 2
    meter = Meter(limits)
    for start in range(0, int(size), limits.part):
        end = min(start + limits.part, int(size)) - 1
        ranged = {"Range": f"bytes={start}-{end}", "If-Match": tag}
        with client.asked("GET", sign("get_object"), ranged) as response:
            _verify_part(response, tag, end - start + 1)
            yield from read_body(response, meter)


def _verify_part(response: "Response", tag: str, length: int) -> None:
    if response.status_code == _CHANGED or response.headers.get("etag", tag) != tag:
        raise SourceChangedError("The object was replaced while it was read.")
    verify_status(response, _PART)
    if response.headers.get("content-length") != str(length):
        raise SourceChangedError("The store gave another part of the object than was asked for.")


def _signing(address: Address, wanted: RemoteSource) -> Callable[[str], str]:
    """Return what makes the address of one request for the object."""
    user = wanted.user or address.user
    if bool(user) != bool(wanted.password):
        raise SourceAddressError(
            "An access key has two parts.", advice="Give its identifier by --user and its secret by --password-file."
        )
    if not address.path:
        raise SourceAddressError("The address names no object.", advice="Give s3://BUCKET/KEY.")
    return _presigning(address, user, wanted.password) if user else lambda _: _plain_url(address)


def _plain_url(address: Address) -> str:
    bucket, key = address.host, quote(address.path)
    if endpoint := address.options.get("endpoint"):
        return f"{endpoint.rstrip('/')}/{bucket}/{key}"
    region = address.options.get("region", DEFAULT_REGION)
    return f"https://s3.{region}.amazonaws.com/{bucket}/{key}"


def _presigning(address: Address, user: str, secret: str) -> Callable[[str], str]:
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError:
        raise MissingDriverError("S3 needs the extra `s3`: pip install 'commonweal[s3]'.") from None
    client = boto3.session.Session(user, secret).client(
        "s3",
        region_name=address.options.get("region", DEFAULT_REGION),
        endpoint_url=address.options.get("endpoint"),
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    named = {"Bucket": address.host, "Key": address.path}
    return lambda act: str(client.generate_presigned_url(act, Params=named, ExpiresIn=900))
