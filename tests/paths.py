"""Where the data of the tests are."""

from __future__ import annotations

from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
EXAMPLES = PROJECT / "examples"
SHARED = PROJECT.parent / "shared"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the larger data sets are not beside the project"
)
