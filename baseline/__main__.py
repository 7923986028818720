"""Where the command `baseline` begins, also as `python -m baseline`: before anything large is imported."""

import gc
import os
import sys

COLLECTED_AFTER = (200_000, 20, 20)
"""How many objects are made before Python looks for rings among them. It looks after 700, which takes half of the time
in which an inventory of 30 000 hosts is read, and a fifteenth of that of `--help`. The modules of a check, which take
most of the time of one host, are 70 000 objects and no ring."""


def main() -> None:
    """The entry point."""
    gc.set_threshold(*COLLECTED_AFTER)
    _with_all_streams()
    from baseline.cli import main as command
    from baseline.cli.leaving import leave

    try:
        command()
    except SystemExit as end:
        code = end.code
    else:
        code = 0
    leave(code)


def _with_all_streams() -> None:
    """Put nothing in place of a stream that was closed: else what is opened next, a history, would be written to."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest number that is free, which is that of this stream: those before it are open by now.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


if __name__ == "__main__":
    main()
