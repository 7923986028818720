"""What is the agency's own where mail is judged by its way: the document says it, and the inventory."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from baseline.load.probed import ProbedMailbox, ProbesDocument
from baseline.model import Target
from baseline.probing.rounds import own_of

DOCUMENT = ProbesDocument(
    "outside",
    (ProbedMailbox("probe@agensi.example.my", "site"),),
    networks=(ip_network("203.0.113.0/28"),),
    other_networks=(ip_network("10.20.0.0/16"),),
)
HOST = Target("mx1", "198.51.100.7", fqdn="mx.gate.example", domains=("cawangan.example.my",))


def test_own_networks_hosts_and_domains_are_known_from_both() -> None:
    own = own_of(DOCUMENT, [HOST])
    for mine in ("203.0.113.3", "198.51.100.7", "10.1.1.1", "127.0.0.1"):
        assert own.has_address(ip_address(mine)), mine
    for name in ("mx.gate.example", "mx.agensi.example.my", "Mail.Cawangan.example.my."):
        assert own.has_name(name), name
    assert not own.has_name("notagensi.example.my")


def test_private_networks_of_others_and_public_addresses_are_outside() -> None:
    own = own_of(DOCUMENT, [HOST])
    for other in ("10.20.3.4", "8.8.8.8", "2001:4860::1"):
        assert not own.has_address(ip_address(other)), other
