"""Finds the rooms: each top-level folder with an `__init__.py` installs as `spanmem.<room>`."""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
ROOMS = sorted(
    path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "spanmem"
)

setup(
    packages=[
        "spanmem",
        *(f"spanmem.{room}" for room in ROOMS),
        *(f"spanmem.{room}.{sub}" for room in ROOMS for sub in find_packages(str(ROOT / room))),
    ],
    package_dir={"spanmem": "spanmem", **{f"spanmem.{room}": room for room in ROOMS}},
)
