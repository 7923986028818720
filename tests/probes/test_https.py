"""Documents over HTTPS, from a server on loopback that a name server on loopback names."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator

import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from baseline.model.probes import Fetch, Fetched, Lookup, Records
from baseline.probes.dns import look_up
from baseline.probes.https import fetch
from baseline.probes.patience import Patience
from baseline.probes.tls import Contexts
from tests.probes.servers import Credentials, Script, credentials, listening, name_server

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return credentials(tmp_path_factory.mktemp("https"))


@pytest.fixture
def trusting(mine: Credentials) -> Contexts:
    contexts = Contexts()
    contexts.checking.load_verify_locations(mine.certificate)
    return contexts


def answering(mine: Credentials, reply: bytes, heard: list[bytes] | None = None) -> Script:
    """A web server that answers one request with these bytes, and closes."""

    def script(connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(mine.certificate, mine.key)
        with context.wrap_socket(connection, server_side=True) as secured:
            request = b""
            while b"\r\n\r\n" not in request:
                request += secured.recv(4096)
            if heard is not None:
                heard.append(request)
            secured.sendall(reply)
            # What has no length is at its end when TLS says so (RFC 8446, section 6.1).
            secured.unwrap()

    return script


@contextlib.contextmanager
def resolver(*addresses: str) -> Iterator[list[str]]:
    """A resolver that knows these addresses (A) of every name."""

    def mind(query: dns.message.Message) -> dns.message.Message:
        made = dns.message.make_response(query)
        question = query.question[0]
        if addresses and question.rdtype == dns.rdatatype.A:
            made.answer = [dns.rrset.from_text(question.name, 300, "IN", "A", *addresses)]
        return made

    with name_server(mind) as server:
        yield [server]


def asking(servers: list[str]) -> Callable[[Lookup], Records]:
    """How a server is found by name: by these resolvers."""
    return lambda question: look_up(question, servers, Patience(5))


def fetched(script: Script, contexts: Contexts, path: str = "/.well-known/mta-sts.txt") -> Fetched:
    with listening(script, 1) as port, resolver("127.0.0.1") as servers:
        return fetch(Fetch(f"https://mx.example.test:{port}{path}"), asking(servers), contexts, Patience(5))


def test_a_document_with_its_status_and_type(mine: Credentials, trusting: Contexts) -> None:
    heard: list[bytes] = []
    seen = fetched(answering(mine, HEAD + b"version: STSv1\n", heard), trusting)
    assert seen == Fetched(200, "text/plain", "version: STSv1\n")
    assert heard[0].startswith(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mx.example.test")
    assert b"\r\nUser-Agent: mail-baseline\r\n" in heard[0]


def test_a_redirect_is_not_followed(mine: Credentials, trusting: Contexts) -> None:
    moved = b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example.test/\r\nContent-Length: 0\r\n\r\n"
    assert fetched(answering(mine, moved), trusting).status == 301


def test_a_long_document_is_cut_and_bytes_that_are_no_text_are_shown(mine: Credentials, trusting: Contexts) -> None:
    assert len(fetched(answering(mine, HEAD + b"x" * 200_000), trusting).body) == 64 * 1024
    assert fetched(answering(mine, HEAD + b"a\xffb"), trusting).body == "a\\xffb"


def test_a_server_that_nobody_vouches_for_is_trouble(mine: Credentials) -> None:
    seen = fetched(answering(mine, HEAD), Contexts())
    assert "mx.example.test: its certificate is not trusted: self" in seen.trouble
    assert seen.status == 0


@pytest.mark.parametrize("reply", [b"", b"no HTTP at all\r\n\r\n"])
def test_a_server_that_does_not_speak_http_is_trouble(mine: Credentials, trusting: Contexts, reply: bytes) -> None:
    assert fetched(answering(mine, reply), trusting).trouble.startswith("mx.example.test: ")


def test_a_name_without_an_address_is_trouble(trusting: Contexts) -> None:
    with resolver() as servers:
        seen = fetch(Fetch("https://mx.example.test/"), asking(servers), trusting, Patience(5))
    assert seen.trouble.startswith("mx.example.test has no address: ")


@pytest.mark.parametrize("url", ["http://mx.example.test/", "https:///path", "mx.example.test"])
def test_only_https_is_fetched(url: str, trusting: Contexts) -> None:
    assert fetch(Fetch(url), asking([]), trusting, Patience(5)).trouble == f"{url} is no https address"


def test_a_port_that_nobody_listens_on_is_trouble(trusting: Contexts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with resolver("127.0.0.1") as servers:
        seen = fetch(Fetch(f"https://mx.example.test:{port}/"), asking(servers), trusting, Patience(5))
    assert "refused" in seen.trouble
