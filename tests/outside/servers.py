"""All servers of the made-up Internet, as one process that ends when its standard input does.

python -m tests.outside.servers DOMAINS FOLDER EVERY
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path

from tests.outside.internet import internet
from tests.outside.mail_servers import Authority, MailServers
from tests.outside.name_servers import NameServers


async def serve(domains: int, folder: Path, *, every: bool) -> None:
    """Serve, and write what was counted."""
    world = internet(domains, every=every)
    authority = Authority(folder)
    names, mail = NameServers(world, authority.digest), MailServers(world, authority)
    await names.serve()
    await mail.serve()
    sys.stdout.write(f"{authority.file}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    told = {
        "questions": names.heard,
        "dead": sorted(world.dead),
        "most at once": mail.most,
        "began": mail.began,
        "messages": mail.sent,
        "cpu": sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),
    }
    (folder / "heard.json").write_text(json.dumps(told))


def main(arguments: list[str]) -> None:
    """Serve until nobody is there any more."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(serve(int(arguments[0]), Path(arguments[1]), every=arguments[2] == "1"))


if __name__ == "__main__":
    main(sys.argv[1:])
