"""Founding a node: an empty folder becomes a home with its first keys, its operator and the adopted rule pack."""

import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import rfc8785

from commonweal.adapters.new_folder import filling
from commonweal.adapters.packaged import load_register
from commonweal.adapters.sql import Transaction
from commonweal.adapters.sql.agreements import PackAdoption, add_pack
from commonweal.core import Actor, Clock, InputError, SystemClock, new_identifier
from commonweal.identity import Person, PublicBody, Role
from commonweal.law import adopt_pack

from .custody import FILE, make_custodian, make_secret
from .home import open_home
from .parts import LINK_SECRET, NODE_KEY, RECORDS_SECRET, SOURCE_SECRET, Parts
from .publish.fetching import verify_source_hosts
from .settings import Settings, UnlockSecret, write_settings

_COUNTRY_SIZE = 2


def create_home(
    home: Path,
    *,
    body: str,
    operator: str,
    port: int,
    custodian: str = FILE,
    country: str = "",
    source_hosts: Sequence[str] = (),
    partner: PublicBody | None = None,
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
        country: where the custodian stands (ISO 3166, two letters), if it is to be stated.
        source_hosts: hosts, networks and folders, otherwise closed, that sources are read from by address.
        partner: the body itself, where no public register holds it; `body` is not looked up then.
        demo: whether the folder may be thrown away by the next demonstration.
        clock: the source of time.
        environment: where an unlock secret may be given.

    Raises:
        InputError: the folder holds something already, `custodian` names none, or `country` is not two capital letters.
        UnknownBodyError: no register knows that body.
        CustodianUnavailableError: the device does not answer.
        WrongSecretError: the device does not accept the secret that was given.
    """
    _verify_country(country)
    founder = partner or load_register().resolve(body)
    clock = clock or SystemClock()
    with filling(home):
        name = new_identifier("node")
        unlock = make_secret(home, name, custodian, environment)
        settings = Settings(
            node=name,
            origin=f"commonweal/{name}",
            body=founder.slug,
            operator="",
            public_key=_make_first_keys(home, name, custodian, unlock, clock).hex(),
            custodian=custodian,
            country=country,
            source_hosts=verify_source_hosts(source_hosts),
            port=port,
            demo=demo,
        )
        write_settings(home, settings)
        with open_home(home, clock=clock, unlock=unlock) as node:
            actor = Actor(operator, founder.slug)
            if partner is not None:
                node.partners.admit(partner, actor)
            node.bodies.found(founder, actor)
            person = node.bodies.admit(founder.slug, operator, [role.value for role in Role], actor)
            _adopt(node.parts, person)
        settings = replace(settings, operator=person.id)
        write_settings(home, settings)
    return settings


def _verify_country(country: str) -> None:
    if country and not (
        len(country) == _COUNTRY_SIZE and country.isascii() and country.isalpha() and country.isupper()
    ):
        raise InputError("That is no code of a country.", advice="Give two capital letters of ISO 3166, such as GB.")


def _make_first_keys(home: Path, name: str, url: str, unlock: UnlockSecret, clock: Clock) -> bytes:
    """Make the node's signing key and secrets, and return its public key."""
    with closing(make_custodian(home, name, url, unlock, clock)) as custodian:
        for secret in (LINK_SECRET, SOURCE_SECRET, RECORDS_SECRET):
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
