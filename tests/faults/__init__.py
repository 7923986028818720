"""Everything that can break in an apply, broken on a real host."""

import pytest

# Asserts outside of test modules explain themselves too.
pytest.register_assert_rewrite("tests.faults.bench", "tests.faults.host", "tests.faults.wire", "tests.faults.deeds")
