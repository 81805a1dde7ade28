"""Versions and machine: what is needed to compare, and no name that tells whose it is."""

from __future__ import annotations

import getpass
import json
import platform
from importlib.metadata import version

from spanmem.evaluation.environment import about_machine, installed


def test_versions_are_those_installed() -> None:
    assert installed("numpy") == version("numpy")
    assert installed("spanmem-of-nowhere") == "0+uninstalled"


def test_the_machine_is_told_by_kind_alone() -> None:
    about = about_machine()
    assert about["versions"]["python"] == platform.python_version()
    assert about["versions"]["torch"] == version("torch")
    assert platform.machine() in about["machine"]
    assert "CPUs" in about["machine"]
    whole = json.dumps(about)
    if len(platform.node()) > 5:
        assert platform.node() not in whole
    if len(getpass.getuser()) > 5:
        assert getpass.getuser() not in whole
