"""PostgreSQL behind TLS as hosters put it: an endpoint that speaks nothing else, in front of a real server.

The embedded PostgreSQL is built without TLS.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import make_url

# https://www.postgresql.org/docs/18/protocol-message-formats.html
_SSL_REQUEST = (80877103).to_bytes(4)
_REFUSAL = b"SFATAL\0VFATAL\0C28000\0Mthis server takes connections over TLS only\0\0"


class Authority:
    """A certificate authority of its own, made for a test."""

    def __init__(self, folder: Path, name: str = "test authority") -> None:
        self.folder = folder
        folder.mkdir()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._builder(self._name, self._key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
        )
        certificate = certificate.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
                **usage,
            ),
            critical=True,
        )
        self.file = folder / "ca.pem"
        signed = certificate.sign(self._key, hashes.SHA256())
        self.file.write_bytes(signed.public_bytes(Encoding.PEM))
        self._identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())

    def server(self, host: x509.GeneralName) -> ssl.SSLContext:
        """A server's side of TLS, with a certificate for that host."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._builder(x509.Name([]), key.public_key())
            .add_extension(x509.SubjectAlternativeName([host]), critical=True)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self.folder / "server.pem"
        file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(hours=1))
        )


THIS_HOST = x509.IPAddress(ip_address("127.0.0.1"))
OTHER_HOST = x509.DNSName("database.example.com")


@asynccontextmanager
async def tls_endpoint(database_url: str, context: ssl.SSLContext) -> AsyncIterator[str]:
    """Gives `user@host:port/name` of the same database over TLS."""
    place = make_url(database_url)
    upstream = Path(str(place.query["host"])) / ".s.PGSQL.5432"
    tasks = set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError):
            await _serve(reader, writer, context, upstream)
        writer.transport.abort()
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{place.username}@127.0.0.1:{port}/{place.database}"
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    context: ssl.SSLContext,
    upstream: Path,
) -> None:
    if (await reader.readexactly(8))[4:] != _SSL_REQUEST:
        writer.write(b"E" + (len(_REFUSAL) + 4).to_bytes(4) + _REFUSAL)
        await writer.drain()
        return
    writer.write(b"S")
    await writer.start_tls(context)
    from_server, to_server = await asyncio.open_unix_connection(str(upstream))
    try:
        await asyncio.gather(_pass_on(reader, to_server), _pass_on(from_server, writer))
    finally:
        to_server.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError  # and with one direction the other ends
