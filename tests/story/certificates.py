"""A certificate for a node of tests, the authority that signed it, and clients that trust nobody else."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "localhost"


def trusting(authority: Path) -> Callable[[str], httpx.Client]:
    """Return what makes clients that trust this authority alone and call the node by its name."""

    def opened(url: str) -> httpx.Client:
        address = url.replace(urlsplit(url).hostname or "", NAME)
        context = ssl.create_default_context(cafile=authority)
        return httpx.Client(base_url=address, timeout=30, trust_env=False, verify=context)

    return opened


def make_certificate(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Make an authority and a certificate of the node; return the authority's file and the options to serve with."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = sign("An authority of tests", authority_key, authority_key, None)
    certificate = sign(NAME, key, authority_key, authority)
    files = {
        "authority.pem": authority.public_bytes(serialization.Encoding.PEM),
        "node.pem": certificate.public_bytes(serialization.Encoding.PEM),
        "node.key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder / "authority.pem", ("--tls-cert", str(folder / "node.pem"), "--tls-key", str(folder / "node.key"))


def sign(
    name: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, issuer: x509.Certificate | None
) -> x509.Certificate:
    """Return a certificate of a week, of the node or, without an issuer, of the authority itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    signs = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=not issuer,
        crl_sign=not issuer,
        encipher_only=False,
        decipher_only=False,
        **usage,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(signs, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if issuer:
        names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(by, hashes.SHA256())
