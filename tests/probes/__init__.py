"""Looks from outside, at servers on loopback.

What is here:

- `servers`: Small servers on loopback that say what a test wants to be said.
- `test_dead_name_servers`: A domain whose name servers are dead is looked at in bounded time: what is waited for is
  counted, not measured.
- `test_dns`: Look-ups against a server on loopback that answers as told.
- `test_https`: Documents over HTTPS, from a server on loopback that a name server on loopback names.
- `test_mail`: Dialogues and handshakes with servers on loopback.
- `test_sharing`: What looks of one run share: each question goes out once, and what it is answered with is told of
  nothing else.
"""
