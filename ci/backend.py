"""The build backend: setuptools, for a project that runs from its folder and is no wheel.

dbt's models, mappings, settings and data have their places in that folder; a wheel would hold the
modules alone, and fail at its first command.
"""

from setuptools import build_meta  # type: ignore[import-untyped]

build_editable = build_meta.build_editable
get_requires_for_build_editable = build_meta.get_requires_for_build_editable
get_requires_for_build_wheel = build_meta.get_requires_for_build_wheel
prepare_metadata_for_build_editable = build_meta.prepare_metadata_for_build_editable
# What an installation in place asks for too.
prepare_metadata_for_build_wheel = build_meta.prepare_metadata_for_build_wheel

REFUSAL = (
    "dw-ecommerce is no wheel: it runs from its own folder. Clone it and run `make setup` there,"
    " or install it in place with `pip install -e .`"
)


def build_wheel(*_: object, **__: object) -> str:
    """Refuse. Raises SystemExit."""
    raise SystemExit(REFUSAL)


def build_sdist(*_: object, **__: object) -> str:
    """Refuse. Raises SystemExit."""
    raise SystemExit(REFUSAL)
