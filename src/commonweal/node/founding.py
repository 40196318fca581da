"""Founding a node: an empty folder becomes a home with its first keys, its operator and the adopted rule pack."""

import os
import shutil
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import rfc8785

from commonweal.adapters.packaged import load_register
from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import PackAdoption, add_pack
from commonweal.core import Actor, Clock, InputError, SystemClock, new_identifier
from commonweal.identity import Person, Role
from commonweal.law import adopt_pack

from .custody import FILE, make_custodian, make_secret
from .home import open_home
from .parts import LINK_SECRET, NODE_KEY, SOURCE_SECRET, Parts
from .settings import Settings, UnlockSecret, write_settings


def create_home(
    home: Path,
    *,
    body: str,
    operator: str,
    port: int,
    custodian: str = FILE,
    demo: bool = False,
    clock: Clock | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Make a node's home folder for a public body, with its first keys, its operator and the adopted rule pack.

    Args:
        home: the folder; it must be empty or not exist, and is so again when this fails.
        body: any name of the public body whose node it is.
        operator: the full name of the person who runs it, who holds every role of that body at first.
        port: where `serve` will listen.
        custodian: where its keys lie: `file:`, `pkcs11:…`, `openbao:…` or `awskms:…`.
        demo: whether the folder may be thrown away by the next demonstration.
        clock: the source of time.
        environment: where an unlock secret may be given.

    Raises:
        InputError: the folder holds something already, or `custodian` names none.
        UnknownBodyError: no register knows that body.
        CustodianUnavailableError: the device does not answer.
        WrongSecretError: the device does not accept the secret that was given.
    """
    if home.exists() and not (home.is_dir() and not any(home.iterdir())):
        raise InputError(f"{home} is not an empty folder.", advice="Name a new folder with --home.")
    founder = load_register().resolve(body)
    clock = clock or SystemClock()
    with _whole_or_empty(home):
        name = new_identifier("node")
        unlock = make_secret(home, name, custodian, environment)
        settings = Settings(
            node=name,
            origin=f"commonweal/{name}",
            body=founder.slug,
            operator="",
            public_key=_make_first_keys(home, name, custodian, unlock, clock).hex(),
            custodian=custodian,
            port=port,
            demo=demo,
        )
        write_settings(home, settings)
        with open_home(home, clock=clock, unlock=unlock) as node:
            actor = Actor(operator, founder.slug)
            node.bodies.found(founder, actor)
            person = node.bodies.admit(founder.slug, operator, [role.value for role in Role], actor)
            _adopt(node.parts, person)
        settings = replace(settings, operator=person.id)
        write_settings(home, settings)
    return settings


@contextmanager
def _whole_or_empty(home: Path) -> Iterator[None]:
    """Make the folder, and empty it again if the block fails."""
    was_there = home.exists()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        yield
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        if was_there:
            home.mkdir(mode=0o700)
        raise


def _make_first_keys(home: Path, name: str, url: str, unlock: UnlockSecret, clock: Clock) -> bytes:
    """Make the node's signing key and secrets, and return its public key."""
    with closing(make_custodian(home, name, url, unlock, clock)) as custodian:
        for secret in (LINK_SECRET, SOURCE_SECRET):
            custodian.new_secret(secret)
        return custodian.new_signing_key(NODE_KEY)


def _adopt(parts: Parts, person: Person) -> None:
    adopted = adopt_pack(parts.pack, body=person.body, person=person, at=parts.clock.now())
    signature = parts.custodian.sign(NODE_KEY, rfc8785.dumps(adopted.statement()))
    row = PackAdoption(adopted.digest, adopted.body, adopted.person, adopted.at, signature)

    def work(transaction: Transaction) -> None:
        add_pack(transaction.connection, row)
        transaction.record(adopted.event(signature=b64encode(signature).decode()))

    parts.writer.submit(work)
