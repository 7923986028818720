"""A small Internet of mail domains in a network namespace of its own, which is looked at from outside.

- `internet`: The world as data: domains, who has their zones and their mail, and how these behave.
- `name_servers`: All of its name servers and its resolver, over UDP and TCP.
- `mail_servers`: All of its mail servers, and the web servers of its MTA-STS policies.
- `place`: The namespace, and what goes on in it.
- `measured`: `make outside`: how many domains a minute, and what it costs.

What is here:

- `internet`: A world as data: mail domains, the servers of their zones and of their mail, and how these behave.
- `look`: A look from outside at all domains of the made-up Internet, inside of its namespace; says what it found and
  cost.
- `mail_servers`: All mail servers of the made-up Internet, and the web servers of its policies; they count who is there
  at once.
- `name_servers`: All name servers of the made-up Internet, each at its own addresses, and its resolver; they count what
  they hear.
- `place`: The namespace of the made-up Internet: nothing goes out of it, and all of its addresses are this machine.
- `run`: A check of mail domains from outside: `python -m tests.outside.run [DOMAINS] [FORKS]`, in a namespace of its
  own.
- `servers`: All servers of the made-up Internet, as one process that ends when its standard input does.
- `test_outside`: Twenty domains of a made-up Internet, with a mail server of each manner: `make outside` has 500 of
  them.
"""
