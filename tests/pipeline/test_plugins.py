"""Entry points of real little distributions on the path: found, loaded late, broken, doubled."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from spanmem.core.errors import InputError, ModelError
from spanmem.pipeline.plugins import find_plugin, plugin_names

Install = Callable[..., None]
GROUP = "spanmem.readers"


def test_what_no_package_brings_is_none(install: Install) -> None:
    assert find_plugin(GROUP, "nothing") is None
    install("sky", {GROUP: {"sky": "sky_models:make"}}, "def make(*_): return 7")
    assert find_plugin(GROUP, "nothing") is None
    assert find_plugin("spanmem.stores", "sky") is None
    assert "sky" in plugin_names(GROUP)


def test_a_plugin_is_imported_when_its_name_is_met_and_not_before(install: Install) -> None:
    install("sky", {GROUP: {"sky": "sky_late:make"}}, "def make(*args): return args", "sky_late")
    assert plugin_names(GROUP) == ["sky"]
    assert find_plugin(GROUP, "other") is None
    assert "sky_late" not in sys.modules
    make = find_plugin(GROUP, "sky")
    assert make is not None
    assert make("sky:blue", 3) == ("sky:blue", 3)
    assert "sky_late" in sys.modules


@pytest.mark.parametrize(
    ("module", "code", "reason"),
    [
        ("sky_none", None, "ModuleNotFoundError: No module named 'sky_none'"),
        ("sky_bad", "import sky_needs_this", "No module named 'sky_needs_this'"),
        ("sky_lacks", "", "AttributeError: module 'sky_lacks' has no attribute 'make'"),
        ("sky_torn", "def make(:", "SyntaxError"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_named_with_its_package(
    install: Install, module: str, code: str | None, reason: str
) -> None:
    install("sky", {GROUP: {"sky": f"{module}:make"}}, code, module)
    with pytest.raises(InputError) as caught:
        find_plugin(GROUP, "sky")
    message = str(caught.value)
    assert message.startswith(f"the plugin 'sky' of sky 1.2 ({module}:make) cannot be loaded (")
    assert reason in message
    assert message.endswith("; update that package, or name something else")
    assert "\n" not in message


def test_what_is_no_function_is_refused(install: Install) -> None:
    install("sky", {GROUP: {"sky": "sky_value:make"}}, "make = 'a text'", "sky_value")
    with pytest.raises(InputError, match="is no function but 'a text'"):
        find_plugin(GROUP, "sky")


def test_whatever_a_plugin_raises_is_told_in_one_line_and_ours_as_it_is(install: Install) -> None:
    code = (
        "from spanmem.core.errors import ModelError\n"
        "def make(name, error):\n"
        "    raise ModelError('no such star') if error else OSError('the sky\\nis down')\n"
    )
    install("sky", {GROUP: {"sky": "sky_fails:make"}}, code, "sky_fails")
    make = find_plugin(GROUP, "sky")
    assert make is not None
    with pytest.raises(InputError, match=r"sky_fails:make\) failed \(OSError: the sky\); update"):
        make("sky", False)
    with pytest.raises(ModelError, match=r"^no such star$"):
        make("sky", True)


def test_two_packages_with_one_name_are_both_told(install: Install) -> None:
    install("sky", {GROUP: {"sky": "sky_one:make"}}, "def make(): ...", "sky_one")
    install("heaven", {GROUP: {"sky": "sky_two:make"}}, "def make(): ...", "sky_two")
    with pytest.raises(InputError) as caught:
        find_plugin(GROUP, "sky")
    assert "sky 1.2" in str(caught.value)
    assert "heaven 1.2" in str(caught.value)
    assert str(caught.value).endswith("both bring 'sky' for spanmem.readers; uninstall one of them")
