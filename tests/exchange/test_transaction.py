"""All of a plan or nothing of it: the host's side run by a real shell on local directories."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from baseline import bundle, transaction
from baseline.errors import BadReply
from baseline.local import LocalSession
from baseline.model import Action, Answer, FileChange, FileState, HostPlan
from baseline.transaction import Note, Transaction, TransactionReply, Validator, read
from tests.conftest import Eventually, processes_about
from tests.exchange.place import GROUP, OWNER, Place, furnish, mark, session, tree, wide_plan

pytestmark = pytest.mark.slow


def unchanged(place: Place, before: dict[str, tuple[object, ...]]) -> bool:
    return tree(place.etc) == before and place.leftovers() == []


class TestPackages:
    @pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="another apt-get takes root")
    @pytest.mark.skipif(not Path("/usr/bin/apt-get").exists(), reason="there is no apt-get to put another one over")
    @pytest.mark.parametrize(
        ("says", "words"),
        [
            (
                "echo 'Reading package lists...'; echo 'E: Unable to locate package nosuch'",
                "E: Unable to locate package nosuch",
            ),
            ("echo 'the disk is on fire'", "the disk is on fire"),
        ],
    )
    def test_what_cannot_be_installed_is_refused_in_apts_own_words(self, tmp_path: Path, says: str, words: str) -> None:
        apt = tmp_path / "apt-get"
        apt.write_text(f"#!/bin/sh\n{says} >&2\nexit 100\n")
        apt.chmod(0o755)
        mounts = f"mount -t tmpfs none /run/systemd; mount --bind {apt} /usr/bin/apt-get && exec sh -s"
        furnish(tmp_path / "etc")
        place = Place(tmp_path, LocalSession("unshare", "--mount", "--propagation", "private", "sh", "-c", mounts))
        before = tree(place.etc)
        _, reply = place.begin(replace(wide_plan(place), packages=("nosuch-package-of-ours",)))
        assert (reply.code, reply.about("refused:")) == (10, f"refused: packages could not be installed: {words}")
        assert unchanged(place, before)


class TestApply:
    def test_files_and_actions_are_as_planned_once_confirmed(self, place: Place) -> None:
        plan = wide_plan(place)
        begun, reply = place.begin(plan)
        assert reply.code == 0, reply
        assert reply.steps[-1] == "waiting for confirmation"
        for change in plan.files:
            found = place.present(change.path)
            assert (found == change.after) if change.after.content is not None else (found.content is None)
        assert sorted(path.name for path in (place.base / "marks").iterdir()) == ["log", "one", "two"]
        assert place.end(begun, "confirm") == TransactionReply(0, ("confirmed",))
        assert place.journal(begun, "state") == "confirmed"
        assert place.leftovers() == []

    def test_a_confirmed_transaction_leaves_no_watcher(self, place: Place, eventually: Eventually) -> None:
        begun, _ = place.begin(wide_plan(place))
        assert processes_about(place.base), "somebody has to watch until it is confirmed"
        place.end(begun, "confirm")
        assert eventually(lambda: not processes_about(place.base))

    def test_restored_byte_for_byte_with_owner_mode_time_and_attributes(self, place: Place) -> None:
        try:
            os.setxattr(place.etc / "changed", "user.baseline", b"kept")
        except OSError:
            pytest.skip("the file system keeps no extended attributes")
        before, inode = tree(place.etc), (place.etc / "changed").stat().st_ino
        begun, reply = place.begin(wide_plan(place))
        assert reply.code == 0, reply
        assert os.getxattr(place.etc / "changed", "user.baseline") == b"kept"
        assert place.end(begun, "restore") == TransactionReply(0, ("restored",))
        assert unchanged(place, before)
        assert (place.etc / "changed").stat().st_ino == inode
        log = (place.base / "marks/log").read_text().split("\n")[:-1]
        assert log == ["do one", "do two", "undo two", "undo one"]

    def test_restored_from_the_journal_when_the_link_is_gone(self, place: Place) -> None:
        before = tree(place.etc)
        begun, _ = place.begin(wide_plan(place))
        for kept in place.etc.glob(".*.old"):
            kept.unlink()
        assert place.end(begun, "restore").code == 0
        assert unchanged(place, before)

    def test_restored_from_the_journal_when_someone_wrote_into_the_link(self, place: Place) -> None:
        before = {name: entry[-1] for name, entry in tree(place.etc).items()}
        begun, _ = place.begin(wide_plan(place))
        for kept in place.etc.glob(".*.old"):
            kept.write_text("scribbled")
        assert place.end(begun, "restore").code == 0
        assert {name: entry[-1] for name, entry in tree(place.etc).items()} == before

    def test_odd_names(self, place: Place) -> None:
        names = [
            "with space",
            "with'quote",
            'with"quotes',
            "$(touch x)",
            "-rf",
            "*",
            "a;b&c|d",
            "back\\slash",
            "é",
            " x ",
        ]
        plan = HostPlan("here", files=tuple(place.change(name, name.encode()) for name in names))
        begun, reply = place.begin(plan)
        assert reply.code == 0, reply
        assert all((place.etc / name).read_bytes() == name.encode() for name in names)
        assert place.end(begun, "restore").code == 0
        assert sorted(path.name for path in place.etc.iterdir()) == ["changed", "deleted", "kept"]

    @pytest.mark.parametrize("word", ["confirm", "restore"])
    def test_files_that_are_new_in_one_directory_or_in_several(self, place: Place, word: str) -> None:
        """Also hidden ones, and in directories that do not follow each other."""
        before = tree(place.etc)
        names = ("a", "b/.hidden", "b/old", "c", "d/e/f", "d/g", ".h", "z z")
        plan = HostPlan("here", files=tuple(place.change(name, name.encode(), 0o640) for name in (*names, "changed")))
        begun, reply = place.begin(plan)
        assert reply.code == 0, reply
        for name in names:
            assert (place.etc / name).read_bytes() == name.encode()
            assert stat.S_IMODE((place.etc / name).stat().st_mode) == 0o640
        assert not [path for path in place.etc.rglob("*") if ".new.baseline-" in path.name]
        assert place.end(begun, word).code == 0
        assert place.leftovers() == []
        assert not (Path(begun.directory) / "beside").exists()
        assert (tree(place.etc) == before) == (word == "restore")

    def test_a_place_with_a_space(self, tmp_path: Path, eventually: Eventually) -> None:
        odd = Place(tmp_path / "odd 'place'")
        odd.etc.mkdir(parents=True)
        begun, reply = odd.begin(HostPlan("here", files=(odd.change("new", b"x"),)))
        assert reply.code == 0, reply
        assert odd.end(begun, "confirm").code == 0
        assert eventually(lambda: not processes_about(tmp_path))

    def test_only_actions(self, place: Place) -> None:
        plan = wide_plan(place, files=())
        before = tree(place.etc)
        begun, reply = place.begin(plan)
        assert reply.code == 0, reply
        assert place.end(begun, "restore").code == 0
        assert unchanged(place, before)
        assert [path.name for path in (place.base / "marks").iterdir()] == ["log"]

    def test_a_directory_that_was_made_stays_when_something_else_is_in_it(self, place: Place) -> None:
        begun, _ = place.begin(wide_plan(place))
        (place.etc / "sub/not-ours").write_text("")
        assert place.end(begun, "restore").code == 0
        assert [path.name for path in (place.etc / "sub").iterdir()] == ["not-ours"]

    def test_a_large_file_and_an_empty_one(self, place: Place) -> None:
        files = (place.change("large", os.urandom(3_000_000)), place.change("changed", b""))
        begun, reply = place.begin(HostPlan("here", files=files))
        assert reply.code == 0, reply
        assert [(place.etc / name).read_bytes() for name in ("large", "changed")] == [
            files[0].after.content,
            files[1].after.content,
        ]
        place.end(begun, "restore")
        assert not (place.etc / "large").exists()

    def test_the_journal_is_for_nobody_else(self, place: Place) -> None:
        begun, _ = place.begin(wide_plan(place))
        assert (place.state / "tx").stat().st_mode & 0o077 == 0
        assert Path(begun.directory).stat().st_mode & 0o077 == 0


class TestRefused:
    """Refused means: nothing was changed, nothing is left, and the reason says what to do."""

    def refused(self, place: Place, plan: HostPlan, *words: str) -> TransactionReply:
        before = tree(place.etc)
        _, reply = place.begin(plan)
        assert reply.code == 10, reply
        assert all(word in " ".join(reply.steps) for word in words), reply
        assert unchanged(place, before)
        assert not list(place.state.glob("tx/*/armed"))
        return reply

    def test_changed_since(self, place: Place) -> None:
        plan = wide_plan(place)
        (place.etc / "changed").write_text("someone else's")
        self.refused(place, plan, str(place.etc / "changed"), "has changed since", "plan again")

    def test_vanished_since(self, place: Place) -> None:
        plan = wide_plan(place)
        (place.etc / "deleted").unlink()
        self.refused(place, plan, str(place.etc / "deleted"), "has changed since")

    def test_appeared_since(self, place: Place) -> None:
        plan = wide_plan(place)
        (place.etc / "sub/dir").mkdir(parents=True)
        (place.etc / "sub/dir/created").write_text("")
        self.refused(place, plan, "has changed since")

    @pytest.mark.parametrize("what", ["directory", "fifo"])
    def test_no_regular_file_any_more(self, place: Place, what: str) -> None:
        plan = wide_plan(place)
        (place.etc / "changed").unlink()
        (place.etc / "changed").mkdir() if what == "directory" else os.mkfifo(place.etc / "changed")
        self.refused(place, plan, "has changed since")

    def test_changed_while_the_validators_run(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """An administrator's edit in the middle of an apply is not lost."""
        plan = wide_plan(place)
        # As somebody else does it: the checker's own view of the tree cannot be written.
        meddle = Validator(str(place.etc), f"echo meddled >/proc/$PPID/root{place.etc}/changed")
        monkeypatch.setattr(transaction, "VALIDATORS", (meddle,))
        _, reply = place.begin(plan)
        assert reply.code == 10
        assert "a file has changed meanwhile" in reply.last
        assert (place.etc / "changed").read_text() == "meddled\n"
        assert place.leftovers() == []

    @pytest.mark.parametrize("target", ["kept", "nowhere"])
    def test_a_symbolic_link(self, place: Place, target: str) -> None:
        plan = wide_plan(place)
        content = (place.etc / "changed").read_bytes()
        (place.etc / "kept").write_bytes(content)
        (place.etc / "changed").unlink()
        (place.etc / "changed").symlink_to(target)
        self.refused(place, plan, "changed is a symbolic link")

    def test_a_parent_that_is_a_link(self, place: Place) -> None:
        plan = wide_plan(place)
        (place.base / "elsewhere").mkdir()
        (place.etc / "sub").symlink_to(place.base / "elsewhere")
        self.refused(place, plan, "sub/dir/created is a symbolic link or writable by others")
        assert list((place.base / "elsewhere").iterdir()) == []

    def test_a_parent_that_others_may_write(self, place: Place) -> None:
        plan = wide_plan(place)
        place.etc.chmod(0o777)
        self.refused(place, plan, "writable by others")

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a directory away")
    def test_a_parent_of_another_user(self, place: Place) -> None:
        """Its owner could put a link in the place of what is staged, and have root write through it."""
        plan = wide_plan(place)
        (place.etc / "sub").mkdir()
        os.chown(place.etc / "sub", 65534, 65534)
        self.refused(place, plan, "a directory above", "sub/dir/created")

    def test_an_owner_that_the_host_does_not_know(self, place: Place) -> None:
        change = place.change("changed", b"new")
        owned = replace(change, after=replace(change.after, owner="nobody-of-that-name"))
        self.refused(place, HostPlan("here", files=(owned,)), "nobody-of-that-name", "is not known on this host")

    def test_a_parent_that_is_a_file(self, place: Place) -> None:
        self.refused(place, HostPlan("here", files=(place.change("kept/below", b""),)), "no directory for")

    def test_a_validator_that_fails(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        strict = Validator(str(place.etc), 'grep -q "^old" "$TREE/changed" || { echo line 7: bad; exit 1; }')
        monkeypatch.setattr(transaction, "VALIDATORS", (strict,))
        reply = self.refused(place, wide_plan(place), "line 7: bad", "nothing was changed")
        assert reply.about("validate:").startswith(f"validate: {place.etc}: line 7: bad")

    def test_a_validator_whose_program_is_not_there(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transaction, "VALIDATORS", (Validator(str(place.etc), "no-such-checker"),))
        self.refused(place, wide_plan(place), "validate:", "no-such-checker")

    def test_a_second_begin_of_the_same_transaction(self, place: Place) -> None:
        begun, _ = place.begin(wide_plan(place))
        reply = read({"": self._again(place, begun)})
        assert (reply.code, reply.last) == (10, "refused: this transaction was begun before")
        assert place.journal(begun, "state") == "swapped"
        assert place.end(begun, "confirm").code == 0

    @staticmethod
    def _again(place: Place, begun: Transaction) -> Answer:
        request = bundle.ask([f"sh {begun.directory}/host.sh apply {begun.directory}"])
        (answer,) = bundle.answers(request, place.session.exchange(request.script)).values()
        return answer

    def test_too_little_room(self, place: Place, private_mounts: tuple[str, ...]) -> None:
        small = self._with_mount(place, private_mounts, "size=1m")
        _, reply = small.begin(HostPlan("here", files=(small.change("mnt/new", b"x" * 100),)))
        assert reply.code == 10
        assert "too little room" in reply.last
        assert small.leftovers() == []

    def test_too_few_inodes(self, place: Place, private_mounts: tuple[str, ...]) -> None:
        small = self._with_mount(place, private_mounts, "size=50m,nr_inodes=20")
        _, reply = small.begin(HostPlan("here", files=(small.change("mnt/new", b"x" * 100),)))
        assert reply.code == 10
        assert "inodes free, 200 needed" in reply.last

    def test_a_read_only_tree(self, place: Place, private_mounts: tuple[str, ...]) -> None:
        small = self._with_mount(place, private_mounts, "ro")
        files = (place.change("changed", b"new"), place.change("mnt/new", b"x"))
        _, reply = small.begin(HostPlan("here", files=files))
        assert reply.code == 10
        assert reply.about("stage:").startswith(f"stage: cp: cannot create directory '{place.etc}/mnt/")
        assert reply.about("stage:").endswith("Read-only file system")
        assert (place.etc / "changed").read_bytes() == b"old\n" * 1000
        assert small.leftovers() == []

    @staticmethod
    def _with_mount(place: Place, private_mounts: tuple[str, ...], options: str) -> Place:
        (place.etc / "mnt").mkdir()
        mount = f'mount -t tmpfs -o mode=0755,{options} none {place.etc}/mnt && exec "$@"'
        return Place(place.base, session((*private_mounts, "sh", "-c", mount, "sh")))


class TestValidators:
    def test_they_see_the_whole_tree_as_it_would_be(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        look = "find . -type f | sort; cat changed kept sub/dir/created"
        see = f'cd "$TREE" && {{ {look}; }} >{place.base}/seen'
        monkeypatch.setattr(transaction, "VALIDATORS", (Validator(str(place.etc), see),))
        _, reply = place.begin(wide_plan(place))
        assert f"validated {place.etc}" in reply.steps
        seen = (place.base / "seen").read_text()
        assert seen == "./changed\n./kept\n./sub/dir/created\n" + "new\n" * 900 + "not ours\ncreated\n"

    def test_only_those_whose_tree_is_touched_run(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        others = (Validator("/nowhere", "false"), Validator(f"{place.etc}/chang", "false"))
        monkeypatch.setattr(transaction, "VALIDATORS", others)
        assert place.begin(wide_plan(place))[1].code == 0

    def test_of_a_tree_that_is_not_there_yet_they_see_what_is_new(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = f"{place.etc}/sub"
        monkeypatch.setattr(transaction, "VALIDATORS", (Validator(root, 'cat "$TREE/main.conf"'),))
        _, reply = place.begin(wide_plan(place))
        assert reply.code == 10
        assert "main.conf: No such file" in reply.about("validate:")
        assert not Path(root).exists()

    def test_a_single_file_that_is_to_be_created(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        path = f"{place.etc}/sub/dir/created"
        monkeypatch.setattr(transaction, "VALIDATORS", (Validator(path, 'grep -q created "$TREE"'),))
        _, reply = place.begin(wide_plan(place))
        assert reply.code == 0, reply
        assert f"validated {path}" in reply.steps

    def test_a_single_file_that_is_to_go(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transaction, "VALIDATORS", (Validator(f"{place.etc}/deleted", "false"),))
        assert place.begin(wide_plan(place))[1].code == 0

    def test_what_they_write_does_not_reach_the_host(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transaction, "VALIDATORS", (Validator(str(place.etc), 'rm -rf "$TREE"'),))
        begun, reply = place.begin(wide_plan(place))
        assert reply.code == 0, reply
        assert place.end(begun, "restore").code == 0
        assert (place.etc / "kept").exists()


class TestFailing:
    """What fails after the swap is undone in reverse, and exit code 20 says that everything is as it was."""

    def test_an_action_in_the_middle(self, place: Place) -> None:
        plan = wide_plan(place)
        bad = Action("break", do="echo half >>$HOME/x; echo it broke >&2; exit 3", undo="true")
        marks = place.base / "marks"
        plan = replace(
            plan, actions=(mark(marks, "one"), replace(bad, do="echo it broke >&2; exit 3"), mark(marks, "two"))
        )
        before = tree(place.etc)
        begun, reply = place.begin(plan)
        assert reply.code == 20, reply
        assert reply.about("action:").startswith("action: break: it broke")
        assert reply.last == "restored"
        assert unchanged(place, before)
        assert (marks / "log").read_text().split() == ["do", "one", "undo", "one"]
        assert place.journal(begun, "state") == "restored"

    def test_an_action_that_failed_half_way_is_undone_too(self, place: Place) -> None:
        half = place.base / "half"
        bad = Action("break", do=f"touch {half}; exit 1", undo=f"rm {half}")
        _, reply = place.begin(wide_plan(place, actions=(bad,)))
        assert reply.code == 20, reply
        assert not half.exists()

    def test_an_undo_that_fails_is_told(self, place: Place) -> None:
        bad = Action("break", do="exit 1", undo="exit 1")
        before = tree(place.etc)
        begun, reply = place.begin(wide_plan(place, actions=(bad,)))
        assert reply.code == 30, reply
        assert "could not undo: break" in reply.steps
        assert reply.last == f"not wholly restored: look at {begun.directory}"
        assert tree(place.etc) == before, "the files go back all the same"
        assert place.journal(begun, "state") == "broken"

    def test_nothing_more_is_applied_where_something_was_not_restored(self, place: Place) -> None:
        begun, _ = place.begin(wide_plan(place, actions=(Action("break", do="exit 1", undo="exit 1"),)))
        _, reply = place.begin(wide_plan(place))
        assert reply.code == 10
        assert f"{begun.id} was not wholly restored" in reply.last
        assert place.leftovers() == []

    def test_an_action_that_hangs_is_stopped_and_undone(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self._shorten(monkeypatch, tmp_path)
        hang = Action("hang", do=f"touch {place.base}/half; sleep 600", undo=f"rm {place.base}/half")
        before = tree(place.etc)
        _, reply = place.begin(wide_plan(place, actions=(hang,)))
        assert reply.code == 20, reply
        assert reply.about("action:").startswith("action: hang:")
        assert unchanged(place, before)
        assert not (place.base / "half").exists()

    def test_an_action_that_leaves_something_running_is_not_waited_for(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """It holds its standard output open, and must not hold the transaction by it."""
        pid = place.base / "pid"
        daemon = Action("daemon", do=f"setsid sh -c 'echo $$ >{pid}; exec sleep 600' &", undo="true")
        begun, reply = place.begin(wide_plan(place, actions=(daemon,)))
        try:
            assert reply.code == 0, reply
            assert place.end(begun, "restore").code == 0
        finally:
            subprocess.run(["kill", pid.read_text().strip()], check=True)

    @staticmethod
    def _shorten(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        shutil.copytree(Path(transaction.__file__).parent, tmp_path / "package")
        found = 0
        for part in (tmp_path / "package").glob("*.sh"):
            text = part.read_text()
            found += text.count("timeout -k 10 120 sh")
            part.write_text(text.replace("timeout -k 10 120 sh", "timeout -k 10 1 sh"))
        assert found == 3
        monkeypatch.setattr(transaction, "files", lambda _: tmp_path / "package")

    @pytest.mark.skipif(not Path("/usr/bin/systemctl").exists(), reason="nothing to call before the swap")
    def test_a_file_that_cannot_be_replaced(self, place: Place, private_mounts: tuple[str, ...]) -> None:
        """The second of two swaps fails, on a tree that turned read-only when everything was ready."""
        (place.etc / "mnt").mkdir()
        fake = place.base / "systemctl"
        fake.write_text(f"#!/bin/sh\nmount -o remount,ro {place.etc}/mnt\nexit 3\n")
        fake.chmod(0o755)
        fake_bound = f"mount --bind {fake} /usr/bin/systemctl"
        mount = f'mount -t tmpfs -o mode=0755 none {place.etc}/mnt && {fake_bound} && exec "$@"'
        turning = Place(place.base, session((*private_mounts, "sh", "-c", mount, "sh")))
        before = tree(place.etc)
        files = (place.change("changed", b"new"), place.change("mnt/new", b"x"))
        _, reply = turning.begin(HostPlan("here", files=files, reloads=("postfix",)))
        assert reply.code == 20, reply
        assert f"change {place.etc}/changed" in reply.steps
        assert reply.about("swap:") == f"swap: {place.etc}/mnt/new cannot be replaced"
        assert unchanged(place, before)

    def test_a_disk_that_fills_up_after_the_swap(self, place: Place, private_mounts: tuple[str, ...]) -> None:
        """Going back needs no room: the former files are kept by a link until the decision."""
        (place.etc / "mnt").mkdir()
        old = b"o" * 200_000
        check = place.base / "check"
        check.write_text(f"cmp -s {place.base}/old {place.etc}/mnt/file && ls -A {place.etc}/mnt")
        (place.base / "old").write_bytes(old)
        mount = (
            f"mount -t tmpfs -o mode=0755,size=8m none {place.etc}/mnt && mkdir {place.etc}/mnt/state && "
            f"cp {place.base}/old {place.etc}/mnt/file && sh -s; sh {check} >{place.base}/told"
        )
        full = Place(place.base, session((*private_mounts, "sh", "-c", mount)))
        path = f"{place.etc}/mnt/file"
        change = FileChange(path, FileState(old, OWNER, GROUP), FileState(b"new", OWNER, GROUP, 0o600), ())
        fill = Action("fill", do=f"head -c 20m /dev/zero >{place.etc}/mnt/fill; exit 1", undo="true")
        begun = Transaction(root=f"{place.etc}/mnt/state")
        request = begun.begin(HostPlan("here", files=(change,), actions=(fill,)), Note(), confirm_within=60)
        reply = read(bundle.answers(request, full.session.exchange(request.script)))
        assert reply.code == 20, reply
        assert (place.base / "told").read_text().split() == ["file", "fill", "state"]


class TestDecision:
    def test_without_a_word_the_host_restores_itself(self, place: Place, eventually: Eventually) -> None:
        before = tree(place.etc)
        begun, reply = place.begin(wide_plan(place), confirm_within=1)
        assert reply.code == 0, reply
        assert eventually(lambda: place.journal(begun, "state") == "restored")
        assert eventually(lambda: not processes_about(place.base))
        assert unchanged(place, before)
        assert not (place.base / "marks/one").exists()

    def test_a_confirmation_after_that_comes_too_late(self, place: Place, eventually: Eventually) -> None:
        begun, _ = place.begin(wide_plan(place), confirm_within=1)
        assert eventually(lambda: place.journal(begun, "state") == "restored")
        assert place.end(begun, "confirm") == TransactionReply(40, ("cannot be confirmed: restored",))
        assert (place.etc / "changed").read_bytes() == b"old\n" * 1000

    def test_a_restoration_after_the_confirmation_changes_nothing(self, place: Place) -> None:
        begun, _ = place.begin(wide_plan(place))
        place.end(begun, "confirm")
        after = tree(place.etc)
        assert place.end(begun, "restore") == TransactionReply(40, ("was confirmed",))
        assert unchanged(place, after)

    def test_the_same_word_twice_is_the_same_answer(self, place: Place) -> None:
        """A reply may be lost, and its word sent again."""
        begun, _ = place.begin(wide_plan(place))
        assert [place.end(begun, "confirm").code for _ in range(2)] == [0, 0]
        begun, _ = place.begin(HostPlan("here", files=(place.change("changed", b"newer"),)))
        assert [place.end(begun, "restore").code for _ in range(2)] == [0, 0]

    @pytest.mark.parametrize("word", ["confirm", "restore"])
    def test_about_a_transaction_that_the_host_never_saw(self, place: Place, word: str) -> None:
        reply = place.end(place.transaction(), word)
        assert reply.code == 10
        assert "no journal of this transaction" in reply.last

    def test_confirm_and_restore_at_once_agree(self, place: Place) -> None:
        for _ in range(6):
            before = tree(place.etc)
            begun, _ = place.begin(HostPlan("here", files=(place.change("changed", os.urandom(9)),)))
            after = tree(place.etc).get("changed")
            with ThreadPoolExecutor(2) as pool:
                kept, undone = pool.map(lambda word, begun=begun: place.end(begun, word), ["confirm", "restore"])
            assert (kept.code, undone.code) in [(0, 40), (40, 0)]
            assert tree(place.etc).get("changed") == (after if kept.code == 0 else before["changed"])
            assert place.leftovers() == []

    def test_a_dead_man_that_comes_while_an_apply_is_at_work_waits_for_it(
        self, place: Place, eventually: Eventually
    ) -> None:
        slow = Action("slow", do="sleep 3", undo="true")
        before = tree(place.etc)
        begun, reply = place.begin(wide_plan(place, actions=(slow,)), confirm_within=1)
        assert reply.code == 0, reply
        assert eventually(lambda: place.journal(begun, "state") == "restored")
        assert eventually(lambda: not processes_about(place.base))
        assert unchanged(place, before)


class TestLock:
    def test_two_at_once(self, place: Place) -> None:
        first, reply = place.begin(wide_plan(place), who="ana@desk")
        assert reply.code == 0
        second, refused = place.begin(HostPlan("here", files=(place.change("changed", b"x"),)), who="ben@desk")
        assert refused.code == 10
        assert "another apply holds this host: ana@desk, until 20" in refused.last
        assert place.end(first, "confirm").code == 0
        # The one that was refused has left nothing, and the way is free.
        assert place.end(second, "restore").code == 10
        _, reply = place.begin(HostPlan("here", files=(place.change("changed", b"x"),)), who="ben@desk")
        assert reply.code == 0, reply

    def test_many_at_once_one_works(self, place: Place) -> None:
        plans = [HostPlan("here", files=(place.change("changed", f"{n}".encode()),)) for n in range(6)]
        with ThreadPoolExecutor(6) as pool:
            results = list(pool.map(lambda plan: place.begin(plan), plans))
        winners = [begun for begun, reply in results if reply.code == 0]
        assert len(winners) == 1, results
        assert all(reply.code in (0, 10) for _, reply in results)
        assert place.end(winners[0], "restore").code == 0
        assert (place.etc / "changed").read_bytes() == b"old\n" * 1000
        assert place.leftovers() == []

    def test_a_lock_past_its_time_is_taken_over_and_its_transaction_restored(self, place: Place) -> None:
        """The dead-man failed to come; the next contact does its work."""
        before = tree(place.etc)
        begun, _ = place.begin(wide_plan(place), who="ana@desk")
        journal = Path(begun.directory)
        (journal / "armed").unlink()
        (journal / "until").write_text("1\n")
        fields = (place.state / "lock").read_text().split("\t")
        (place.state / "lock").write_text("\t".join([fields[0], "1", *fields[2:]]))
        plan = HostPlan(
            "here", files=(FileChange(str(place.etc / "new"), FileState(None), FileState(b"", OWNER, GROUP), ()),)
        )
        second, reply = place.begin(plan)
        assert reply.code == 0, reply
        assert reply.steps[0] == f"transaction {begun.id} was left unfinished: restored"
        assert place.end(second, "restore").code == 0
        assert unchanged(place, before)

    @pytest.mark.parametrize("rubbish", ["", "x", "a\tb\tc\n", "\t\t\n"])
    def test_a_lock_that_names_nobody_holds_nothing(self, place: Place, rubbish: str) -> None:
        place.state.mkdir()
        (place.state / "lock").write_text(rubbish)
        begun, reply = place.begin(wide_plan(place))
        assert reply.code == 0, reply
        assert place.end(begun, "confirm").code == 0

    def test_an_upload_still_going_on_is_left_alone(self, place: Place) -> None:
        uploading = place.state / "tx/20990101T000000Z-00000000"
        uploading.mkdir(parents=True)
        (uploading / "files").write_text("")
        assert place.begin(wide_plan(place))[1].code == 0
        assert uploading.exists()
        os.utime(uploading, (time.time() - 7200,) * 2)
        place.pending()
        assert not uploading.exists()


class TestTables:
    @pytest.mark.parametrize(
        "path", ["/a\nb", "/a\tb", "/a\0b", "", "relative", "/a/../b", "/a//b", "/a/./b", "/", "/a/"]
    )
    def test_a_path_that_no_table_can_hold(self, path: str) -> None:
        change = FileChange(path, FileState(None), FileState(b""), ())
        with pytest.raises(ValueError, match=r"cannot stand|plain path"):
            Transaction().begin(HostPlan("here", files=(change,)), Note(), confirm_within=1)

    def test_who_is_one_line(self, place: Place) -> None:
        begun, _ = place.begin(wide_plan(place), who="ana\nseconds\t1\tx")
        assert (Path(begun.directory) / "meta").read_text().splitlines()[:2] == ["who\tana seconds 1 x", "seconds\t60"]

    def test_a_truncated_upload_runs_nothing(self, place: Place) -> None:
        before = tree(place.etc)
        plan = wide_plan(place)
        script = place.transaction().begin(plan, Note(), confirm_within=1).script
        for offset in range(0, len(script) - 1, len(script) // 40):
            place.session.exchange(b"exec 2>/dev/null\n" + script[:offset])
        assert unchanged(place, before)
        assert not place.state.exists()

    @pytest.mark.parametrize("code", [1, 2, 124, 126, 127, 137, 255])
    def test_an_exit_code_that_the_hosts_side_never_gives_is_no_reply(self, code: int) -> None:
        with pytest.raises(BadReply, match=f"exit code {code}: it said so"):
            read({"": Answer(code, b"x", b"it said so\n")})

    def test_shells(self) -> None:
        """The script is POSIX sh: others than the one that runs it here parse it too."""
        for path in (Path(transaction.__file__).parent / part for part in transaction.PARTS):
            for shell in (["dash"], ["bash", "--posix"], ["busybox", "sh"]):
                if shutil.which(shell[0]):
                    subprocess.run([*shell, "-n", str(path)], check=True)
            if shutil.which("shellcheck"):
                subprocess.run(["shellcheck", str(path)], check=True)
