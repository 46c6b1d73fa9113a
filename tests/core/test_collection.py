"""The collector of cycles is off for a while, and then as it was."""

from __future__ import annotations

import gc

import pytest

from archcalc.core.collection import no_cycles


@pytest.mark.parametrize("before", [True, False])
def test_the_collector_is_as_it_was_before(before: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if before else gc.disable)()
        with no_cycles():
            assert not gc.isenabled()
            with no_cycles():
                assert not gc.isenabled()
            assert not gc.isenabled()
        assert gc.isenabled() is before
        with pytest.raises(KeyError), no_cycles():
            raise KeyError
        assert gc.isenabled() is before
    finally:
        (gc.enable if was else gc.disable)()
