"""Classes of `baseline.classes` beside those that the standard library makes of the same fields."""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import pickle
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline import classes
from tests.code.rooms import PACKAGE, modules, tree_of

# For the type checker both are one, so that what is tested is had as a value.
ours: Callable[..., Any] = vars(classes)["dataclass"]
theirs: Callable[..., Any] = dataclasses.dataclass
MAKERS = pytest.mark.parametrize("make", [ours(frozen=True), theirs(frozen=True)], ids=["ours", "theirs"])
LOOSE = pytest.mark.parametrize("make", [ours, theirs], ids=["ours", "theirs"])

VALUES = st.none() | st.integers(0, 2) | st.sampled_from(["", "a", float("nan"), (1, "b"), frozenset({"c"})])

Shape = list[tuple[str, str, dict[str, Any]]]
"""Fields by name and type, with what `dataclasses.field` is told of each."""


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Those with a default come last."""
    names = draw(st.lists(st.sampled_from(["a", "b", "name", "value", "self_", "known", "_hidden"]), unique=True))
    bare: Shape = []
    filled: Shape = []
    for name in names:
        how: dict[str, Any] = {"compare": draw(st.booleans()), "repr": draw(st.booleans())}
        kind = draw(st.sampled_from(["none", "value", "factory"]))
        if kind == "factory":
            how |= {"default_factory": partial(list, ["made"]), "init": draw(st.booleans())}
        elif kind == "value":
            how |= {"default": draw(VALUES)}
        (bare if kind == "none" else filled).append(
            (name, draw(st.sampled_from(["str", "Missing", "int | None"])), how)
        )
    return bare + filled


def made(how: Callable[..., Any], shape: Shape, frozen: bool = True) -> Any:
    space = {name: dataclasses.field(**told) for name, _, told in shape}
    types = {name: kind for name, kind, _ in shape}
    how = how(frozen=True) if frozen else how
    return how(type("Shape", (), {**space, "__annotations__": types, "__module__": __name__}))


def of(what: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What came of it: a value, or an error and its words."""
    try:
        return what(*given, **named)
    except (TypeError, AttributeError) as error:
        return type(error).__name__, str(error)


@given(shapes(), st.booleans())
def test_a_class_tells_of_itself_what_that_of_the_standard_library_tells(shape: Shape, frozen: bool) -> None:
    one, other = made(ours, shape, frozen), made(theirs, shape, frozen)
    assert str(inspect.signature(one)) == str(inspect.signature(other))
    assert one.__init__.__annotations__ == other.__init__.__annotations__
    assert one.__init__.__qualname__ == other.__init__.__qualname__
    assert one.__match_args__ == other.__match_args__
    assert repr(one.__dataclass_params__) == repr(other.__dataclass_params__)
    assert [repr(field) for field in dataclasses.fields(one)] == [repr(field) for field in dataclasses.fields(other)]


@given(shapes(), st.booleans(), st.data())
def test_instances_do_what_those_of_the_standard_library_do(shape: Shape, frozen: bool, data: st.DataObject) -> None:
    one, other = made(ours, shape, frozen), made(theirs, shape, frozen)
    names = [field.name for field in dataclasses.fields(one) if field.init]
    drawn = data.draw(st.lists(st.lists(VALUES, max_size=len(names)), max_size=4))
    pairs = [(of(one, *values), of(other, *values)) for values in drawn]
    pairs += [(of(one, **dict.fromkeys(names, 1)), of(other, **dict.fromkeys(names, 1)))]
    assert [x for x, y in pairs if isinstance(x, tuple)] == [y for x, y in pairs if isinstance(y, tuple)]
    pairs = [(x, y) for x, y in pairs if not isinstance(x, tuple)]
    for x, y in pairs:
        assert repr(x) == repr(y)
        assert repr(dataclasses.asdict(x)) == repr(dataclasses.asdict(y))
        assert of(hash, x) == of(hash, y)
        assert ([x == also for also, _ in pairs], x == y) == ([y == also for _, also in pairs], False)
        assert copy.copy(x) == x
        assert of(dataclasses.replace, x, **dict.fromkeys(names, 2)) == of(one, **dict.fromkeys(names, 2))
    for x, y in pairs:
        for name in [*names, "another"]:
            assert of(setattr, x, name, 1) == of(setattr, y, name, 1)
            assert of(delattr, x, name) == of(delattr, y, name)


T = TypeVar("T")


@classes.dataclass(frozen=True)
class Kept(Generic[T]):
    """One of a module, which pickles."""

    content: T
    notes: list[str] = dataclasses.field(default_factory=list, compare=False)
    limit: ClassVar[int] = 3

    def __post_init__(self) -> None:
        if self.content == "wrong":
            raise ValueError("wrong")


def test_it_pickles_copies_and_matches() -> None:
    kept = Kept(("a", 1), ["noted"])
    assert pickle.loads(pickle.dumps(kept)) == kept == copy.copy(kept)
    assert pickle.loads(pickle.dumps(kept)).notes == ["noted"]
    match kept:
        case Kept(content, notes):
            assert (content, notes) == (("a", 1), ["noted"])
    assert Kept(1).notes is not Kept(1).notes
    with pytest.raises(ValueError, match="wrong"):
        Kept("wrong")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'content'"):
        kept.content = 2  # type: ignore[misc, assignment]


@MAKERS
def test_methods_of_its_own_stay(make: Callable[[type], Any]) -> None:
    class Own:
        a: int
        b: int = 2

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own) and other.a == self.a

        def __repr__(self) -> str:
            return "own"

    class Hashed:
        a: list[int]

        def __hash__(self) -> int:
            return 7

    class Begun:
        a: int

        def __init__(self) -> None:
            object.__setattr__(self, "a", 5)

    own = make(Own)
    assert (own(1, 2) == own(1, 3), repr(own(1)), hash(own(1, 2)) == hash(own(1, 3))) == (True, "own", False)
    assert hash(make(Hashed)([1])) == 7
    assert make(Begun)().a == 5


@MAKERS
def test_a_plain_class_that_inherits_from_it_has_attributes_of_its_own(make: Callable[[type], Any]) -> None:
    class Parent:
        a: int

    parent = make(Parent)

    class Child(parent):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__(1)
            self.more = 2

    assert (Child().a, Child().more, Child() == Child(), Child() == parent(1)) == (1, 2, True, False)
    with pytest.raises(FrozenInstanceError):
        Child().a = 2
    assert repr(Child()).endswith("Child(a=1)")


@MAKERS
def test_one_that_holds_itself_is_shown(make: Callable[[type], Any]) -> None:
    class Ring:
        held: list[Any]

    ring = make(Ring)([])
    ring.held.append(ring)
    assert repr(ring).endswith("Ring(held=[...])")


def test_what_inherits_from_one_by_the_standard_library_is_frozen_as_well() -> None:
    parent = made(ours, [("a", "int", {})])
    child = theirs(frozen=True)(type("Child", (parent,), {"__annotations__": {"b": "int"}, "__module__": __name__}))
    assert repr(child(1, 2)) == "Child(a=1, b=2)"
    with pytest.raises(TypeError, match="cannot inherit non-frozen"):
        theirs(type("Child", (parent,), {"__annotations__": {"b": "int"}, "__module__": __name__}))


def test_fields_by_name_alone_are_refused_where_the_class_is_made() -> None:
    with pytest.raises(TypeError, match="Shape: the fields"):
        made(ours, [("a", "int", {"kw_only": True})])


@LOOSE
def test_what_is_not_frozen_has_no_hash_but_its_own_and_sets_its_fields_as_it_says(make: Callable[[type], Any]) -> None:
    class Loose:
        a: int

    class Hashed:
        a: int

        def __hash__(self) -> int:
            return 7

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value + 1)

    loose = make(Loose)(1)
    loose.a = 2
    loose.more = 3
    assert (loose == make(Loose)(2), loose.__hash__) == (True, None)
    assert (hash(make(Hashed)(1)), make(Hashed)(1).a) == (7, 2)


def test_what_is_made_in_another_way_is_made_by_the_standard_library() -> None:
    ordered = ours(frozen=True, order=True)(type("Ordered", (), {"__annotations__": {"a": "int"}}))
    assert ordered(1) < ordered(2)


def test_threads_that_make_the_first_instances_at_once_have_whole_ones() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(50):
                shape = made(ours, [("a", "int", {}), ("b", "list", {"default": 2})])
                assert {(x.a, x.b) for x in pool.map(shape, range(8))} == {(i, 2) for i in range(8)}
    finally:
        sys.setswitchinterval(before)


def test_the_package_makes_its_classes_here() -> None:
    """Those of the standard library would do the same, and take every command half a millisecond each."""
    wrong = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in modules()
        if path != PACKAGE / "classes.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        if "dataclass" in {name.name for name in node.names}
    ]
    assert wrong == []
