"""What becomes of every block of code of the pages: played, run, loaded, parsed, or left out with a reason.

python -m tests.docs.accounting     prints how many there are of each, and which are left out

A block that nothing here can try says why in its info string, in words joined by hyphens:

    sh unplayed=it-installs-packages
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Mapping

import yaml

from baseline.fabric_tasks.wishes import HELP
from tests.docs.pages import ROOT, Command, Fence, fences, needs_no_host, written

PLAYED: Mapping[tuple[str, str], str] = {
    ("README.md", "console"): "tests/docs/test_tutorial.py",
    ("README.md", "python"): "tests/docs/test_python.py",
    ("docs/tutorial.md", "console"): "tests/docs/test_tutorial.py",
    ("docs/every-morning.md", "console"): "tests/docs/test_every_morning.py",
    ("docs/every-morning.md", "text"): "tests/docs/test_every_morning.py",
    ("docs/ms/index.md", "console"): "tests/docs/test_tutorial.py",
    ("docs/pytest.md", "python"): "tests/docs/test_pytest.py",
    ("docs/pytest.md", "ini"): "tests/docs/test_pytest.py",
    ("docs/pytest.md", "sh"): "tests/docs/test_pytest.py",
    ("docs/fabric.md", "python"): "tests/exchange/test_fabric_tasks.py",
    ("docs/library.md", "python"): "tests/docs/test_python.py",
    ("docs/library.md", "json"): "tests/docs/test_python.py",
    ("docs/history.md", "python"): "tests/docs/test_python.py",
    ("docs/waivers.md", "python"): "tests/docs/test_python.py",
    ("CONTRIBUTING.md", "console"): "tests/docs/test_contributing.py",
    ("CONTRIBUTING.md", "diff"): "tests/docs/test_contributing.py",
}
"""Page and language of blocks -> the test that runs them, or type-checks Python as one program."""

LOADED = (".yml", ".yaml", ".csv", ".ini", ".json", ".service", ".timer", ".j2", ".txt", "allowed_signers")
"""Files that `test_examples` loads, or that a file which it loads names."""

DESK = ("baseline ", "ssh-keygen ", "unzip ", "python3 verify_dossier.py ", "notified=$(")
"""How the commands begin that `test_at_a_desk` runs: nothing but the files of the page and a made-up host is needed."""

ELSEWHERE: Mapping[str, str] = {
    "baseline lab ": "tests/lab",
    "baseline schedule ": "tests/scheduling",
    "baseline probe": "tests/probing",
    "baseline check -i inventory.yml --alerts ": "tests/alerting",
    "baseline apply ": "tests/docs/test_tutorial.py",
    "baseline rollback ": "tests/docs/test_tutorial.py",
    "baseline checklist close ": "tests/cli/test_checklist.py",
    "baseline report mailbox-owners": "tests/cli/test_mailbox_owners.py",
    "baseline evidence import ": "tests/evidence",
}
"""How the commands begin that need what no desk has -> the tests that run them. The page's own words are parsed."""

_TWIN = re.compile(r"^docs/ms/")
_TARGETS = re.compile(r"^([\w-]+):", re.M)


def all_fences() -> Iterator[Fence]:
    """Every block of every page that a person wrote."""
    for page, text in written().items():
        yield from fences(page, text)


def how(fence: Fence) -> str:
    """`played`, `run`, `loaded`, `parsed`, `left out` or `excerpt`; empty for a block that nobody answers for.

    What is played prints what the page says; what is run ends well, and the page does not say what it prints. Excerpts
    are no commands and no files: what a file or a terminal may look like, in part.
    """
    # test_malay: the blocks are those of the English page, and stand or fall with them.
    page = _TWIN.sub("docs/", fence.page) if (ROOT / _TWIN.sub("docs/", fence.page)).is_file() else fence.page
    if why_not(fence):
        return "left out"
    if (page, fence.language) in PLAYED or needs_no_host(fence):
        return "played"
    if desk_commands(fence) == [*fence.commands()] != []:
        return "run"
    if fence.file:
        return "loaded" if fence.file.endswith(LOADED) else ""
    if fence.language in ("sh", "console"):
        return "" if untried(fence) else "parsed"
    if fence.language in ("text", "xml", "jinja", "powershell", "diff", "csv", "ini"):
        return "" if re.search(r"^\$ ", fence.text, re.M) else "excerpt"
    return "parsed" if parses(fence) else ""


def desk_commands(fence: Fence) -> list[Command]:
    """The commands of a block that `test_at_a_desk` runs."""
    if fence.language not in ("sh", "console") or fence.host or why_not(fence):
        return []
    return [one for one in fence.commands() if one.text.startswith(DESK) and not one.text.startswith((*ELSEWHERE,))]


def why_not(fence: Fence) -> str:
    """Why a block is left out; empty where it is not."""
    found = re.search(r"\bunplayed=(\S+)", fence.info)
    return found[1].replace("-", " ") if found else ""


def untried(fence: Fence) -> list[str]:
    """The commands of a block that nothing tries: neither ours, nor a target of the Makefile, nor a module of ours."""
    targets = set(_TARGETS.findall((ROOT / "Makefile").read_text("utf-8")))
    return [command.text for command in fence.commands() if not _tried(shlex.split(command.text), targets)]


def _tried(words: list[str], targets: set[str]) -> bool:
    program = words[0].rpartition("/")[2]
    if program == "make":
        return {word for word in words[1:] if "=" not in word} <= targets
    if program.startswith("python") and words[1:3] == ["-m", "pytest"]:
        files = [word for word in words[3:] if "/" in word]
        return bool(files) and all((ROOT / file).exists() for file in files)
    if program.startswith("python") and words[1:2] == ["-m"]:
        return words[2].startswith(("baseline.", "tests.")) and importlib.util.find_spec(words[2]) is not None
    if program == "fab":
        return {word[2:] for word in words if word.startswith("--")} <= {"help", *HELP}
    # test_commands parses each of ours, and test_at_a_desk runs the others.
    return program == "baseline" or " ".join([*words, ""]).startswith(DESK)


def parses(fence: Fence) -> bool:
    """Whether an excerpt of Python, YAML or JSON is one."""
    if fence.language == "python":
        return isinstance(ast.parse(fence.text), ast.Module)
    if fence.language == "yaml":
        return yaml.safe_load(fence.text) is not None
    return fence.language == "json" and ("…" in fence.text or json.loads(fence.text) is not None)


def main() -> None:
    """Print how many blocks there are of each, and those that are left out."""
    counts = Counter((fence.language, how(fence) or "nobody's") for fence in all_fences())
    for (language, what), number in sorted(counts.items()):
        sys.stdout.write(f"{number:4} {language:10} {what}\n")
    for fence in all_fences():
        if how(fence) in ("", "left out"):
            said = why_not(fence) or "; ".join(untried(fence)) or fence.info
            sys.stdout.write(f"{fence.page}:{fence.line}  {how(fence) or 'nobody'}: {said}\n")


if __name__ == "__main__":
    main()
