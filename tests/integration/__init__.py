"""The hub as processes. Modules with proofs that several test modules inherit explain their failures, too."""

import pytest

pytest.register_assert_rewrite("tests.integration.kills", "tests.integration.stage")
