"""The commands of a node's operator: init, serve, join, people, audit, doctor, demo."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from cyclopts import App, Parameter
from cyclopts.validators import Number

from commonweal.core import InputError, UnreadableFileError, words_of

from .rendering import say, show_json, show_table
from .session import APPLICATION, Folder, Target, connect

if TYPE_CHECKING:
    from commonweal.adapters.http_server import Address
    from commonweal.node import Front, Settings

HERE = Target()
HOME = Folder()
Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def register(app: App) -> None:
    """Add the commands to the command line."""
    for command in (init, join, doctor, demo):
        app.command(command)
    serving = App(name="serve", help="Serve the node, or make a sign-in link for it.")
    serving.default(serve)
    serving.command(link)
    people = App(name="people", help="Who may act on this node.")
    people.command(list_people, name="list")
    people.command(add_person, name="add")
    audit = App(name="audit", help="The log that proves itself.")
    audit.command(verify)
    for group in (serving, people, audit):
        app.command(group)


def init(
    body: str,
    /,
    *,
    operator: str = "Local Operator",
    port: Port = 8400,
    custodian: str = "file:",
    country: str = "",
    allow_source: list[str] | None = None,
    partner: str = "",
    kind: str = "",
    nation: str = "",
    place: Folder = HOME,
) -> None:
    """Make a node for a public body, with its keys and the rule pack adopted.

    Args:
        body: any name of the body: register key, GOV.UK slug, abbreviation, ODS or GSS code, official name.
        operator: the full name of the person who runs the node; they hold every role of that body at first.
        port: where `serve` will listen.
        custodian: where its keys lie: file: (a keystore in the folder), pkcs11:token=LABEL?module-path=FILE,
            openbao:https://HOST:PORT/MOUNT or awskms:KEY. A device's PIN or token is given by COMMONWEAL_UNLOCK.
        country: where the custodian stands, two capital letters (ISO 3166) such as GB; the key register shows it.
        allow_source: a host, a network or a folder that sources are read from by address: databases and private
            networks are closed until they are named here or in node.json; repeat for more.
        partner: the number of a body that no public register holds, such as charity-eng:263710; `body` is its name.
        kind: of such a body: charity, supplier, university, school, housing-provider or utility.
        nation: of such a body: E, W, S or NI, where it works in one alone.
        place: the folder to make.
    """
    from commonweal.identity import parse_partner
    from commonweal.node import create_home

    folder = place.folder()
    settings = create_home(
        folder,
        body=body,
        operator=operator,
        port=port,
        custodian=custodian,
        country=country,
        source_hosts=tuple(allow_source or ()),
        partner=parse_partner(number=partner, name=body, kind=kind, nation=nation) if partner else None,
    )
    if place.json:
        return show_json({"home": str(folder), "node": settings.node, "operator": settings.operator})
    return say(
        f"Made node {settings.node} of {settings.body} in {folder}, run by {settings.operator}.",
        where_the_secret_is(settings),
        "Next: `commonweal serve`.",
    )


def where_the_secret_is(settings: "Settings") -> str:
    """Say where the secret is that unlocks a node's keys."""
    from commonweal.node import secret_folder

    folder = secret_folder(settings.node)
    if (folder / "unlock").exists():
        return f"The secret that unlocks its keys is in {folder}: back it up apart from the folder."
    return f"Its keys ({settings.custodian}) unlock as they did now: every start needs the same secret or credentials."


def serve(
    *,
    host: str = "127.0.0.1",
    port: Port | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    behind_proxy: bool = False,
    allow_host: list[str] | None = None,
    public_url: str = "",
    place: Folder = HOME,
) -> None:
    """Serve the node until it is stopped; prints a sign-in link when it listens on loopback.

    Args:
        host: the interface; beyond loopback it takes TLS or --behind-proxy.
        port: the port (default: the node's own).
        tls_cert: PEM file of the certificate chain.
        tls_key: PEM file of its private key.
        behind_proxy: a proxy in front terminates TLS.
        allow_host: a host name by which readers call the node, beside those of node.json; repeat for more.
        public_url: the address by which readers reach the node, for profiles (default: the one it listens on).
        place: the node's folder.
    """
    from commonweal.adapters.http_server import Address, Tls, serve
    from commonweal.node import Serving, open_home

    on_loopback = host in LOOPBACK
    tls = Tls(*pair) if (pair := _tls_files(tls_cert, tls_key)) else None
    if not (on_loopback or behind_proxy or tls):
        raise InputError(
            f"Beyond loopback ({host}) a node is reached by TLS only.",
            advice="Give --tls-cert and --tls-key, or --behind-proxy if a proxy terminates TLS.",
        )
    with open_home(place.folder()) as node:
        serving, settings = Serving(node), node.parts.settings
        at = Address(host, settings.port if port is None else port, tls is not None)

        def started(address: Address) -> None:
            sign_in = serving.announce(address.url)
            _greet(settings, address.url, sign_in if on_loopback else "", as_json=place.json)

        try:
            serve(
                APPLICATION,
                node,
                _front(at, [*settings.hosts, *(allow_host or [])], public_url, behind_proxy=behind_proxy),
                host=at.host,
                port=at.port,
                tls=tls,
                trusted_proxies="127.0.0.1" if behind_proxy else "",
                on_started=started,
            )
        finally:
            serving.close()


def _front(at: "Address", allowed: list[str], public_url: str, *, behind_proxy: bool) -> "Front":
    from commonweal.node import Front

    own_url = at.url if at.port and not behind_proxy else ""
    hosts = (at.host, urlsplit(public_url).hostname or at.host, *allowed)
    return Front(hosts, is_secure=behind_proxy or at.tls, url=public_url.rstrip("/") or own_url)


def _tls_files(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    if certificate and key:
        return certificate, key
    if certificate or key:
        raise InputError("A certificate and its private key go together.", advice="Give --tls-cert and --tls-key.")
    return None


def _greet(settings: "Settings", url: str, sign_in: str, *, as_json: bool) -> None:
    if as_json:
        return show_json({"node": settings.node, "body": settings.body, "url": url, "sign_in": sign_in or None})
    say(f"Commonweal node {settings.node} of {settings.body}: {url}")
    return say(f"Sign in: {sign_in}") if sign_in else None


def link(*, target: Target = HERE) -> None:
    """Print a fresh sign-in link of a node that serves: one use, ten minutes.

    Args:
        target: the node.
    """
    with connect(target, serving=True) as node:
        answer = node.post("/api/v1/sign-in-links")
    show_json(answer) if target.json else say(f"Sign in: {answer['link']}")


def join(body: str, /, *, target: Target = HERE) -> None:
    """Give another public body a tenancy on this node, with its own key-encryption key.

    Args:
        body: any name of the body.
        target: the node.
    """
    with connect(target) as node:
        answer = node.post("/api/v1/bodies", {"body": body})
    show_json(answer) if target.json else say(f"{answer['name']} is on this node as {answer['body']}.")


def list_people(*, target: Target = HERE) -> None:
    """List the bodies and people of the node.

    Args:
        target: the node.
    """
    with connect(target) as node:
        answer = node.get("/api/v1/bodies")
    if target.json:
        return show_json(answer)
    rows = [
        {"person": each["person"], "name": each["name"], "body": body["body"], "roles": ", ".join(each["roles"])}
        for body in answer["bodies"]
        for each in body["people"]
    ]
    return show_table(rows, ("person", "name", "body", "roles"))


def add_person(name: str, /, *, body: str, roles: str, target: Target = HERE) -> None:
    """Add a named person to a body.

    Args:
        name: the full name.
        body: the body.
        roles: roles, with commas: operator, steward, information-governance, asset-owner, analyst, auditor.
        target: the node.
    """
    form = {"body": body, "name": name, "roles": words_of(roles)}
    with connect(target) as node:
        answer = node.post("/api/v1/people", form)
    show_json(answer) if target.json else say(f"Added {answer['person']}: {', '.join(answer['roles'])}.")


def verify(*, against: Path | None = None, key: str = "", place: Folder = HOME) -> None:
    """Prove the log of a home folder, or of a stopped copy of one anywhere; needs no secret.

    Args:
        against: a checkpoint kept from before, which the log must extend.
        key: the fingerprint of the log's key that is expected.
        place: the folder.
    """
    from commonweal.node import verify_home

    report = verify_home(place.folder(), against=read_checkpoint(against), fingerprint=key)
    if place.json:
        return show_json(
            {
                "verified": True,
                "size": report.log.size,
                "pending": report.log.pending,
                "root": report.log.root.hex(),
                "sealed_files": report.sealed_files,
                "key": report.fingerprint,
            }
        )
    say(f"Verified: {report.log.size} events under the signed checkpoint; sealed files: {report.sealed_files}.")
    return say(f"{report.log.pending} events are pending and will be signed.") if report.log.pending else None


def read_checkpoint(path: Path | None) -> bytes | None:
    """Return the checkpoint in a file, if one is named.

    Raises:
        UnreadableFileError: the file cannot be read.
    """
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"The checkpoint {path} cannot be read: {error.strerror}.") from None


def doctor(*, place: Folder = HOME) -> int:
    """Check a home folder: settings, unlock secret, custodian of keys, database, log, backups, free space.

    Args:
        place: the folder.
    """
    from commonweal.node import examine_home

    findings = examine_home(place.folder())
    if place.json:
        show_json(
            [{"check": each.check, "ok": each.ok, "warns": each.warns, "detail": each.detail} for each in findings]
        )
    else:
        say(*(f"{each.verdict:4} {each.check}: {each.detail}" for each in findings))
    return 0 if all(each.ok for each in findings) else 1


def demo(*, home: Path | None = None, once: bool = False, port: Port = 8400) -> int:
    """Tell the whole story on real input, verify each step by reading back, and leave the node serving.

    Args:
        home: the folder to make; a former demonstration's is replaced (default: ./commonweal-home).
        once: end after the story; the last line is one JSON document.
        port: where the node listens; another free one is taken if it is in use.
    """
    from .story import tell

    place = Folder(home)
    outcome = tell(place.folder(), port=port)
    print_outcome(outcome)
    if not outcome["ok"]:
        return 1
    if not once:
        serve(place=place)
    return 0


def print_outcome(outcome: dict[str, Any]) -> None:
    """Print the story's outcome as one line of JSON."""
    say(json.dumps(outcome, default=str))
