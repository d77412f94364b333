"""dlt in a folder whose path holds a ``%``.

dlt names its files by ``template % id``, and the template is a whole path, with links resolved.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from dlt.common.storages.load_storage import LoadItemStorage
from dlt.extract.storage import ExtractorItemStorage


def allow_percent_signs() -> None:
    """Have dlt take folders as they are called."""
    for storage in (ExtractorItemStorage, LoadItemStorage):
        template: Callable[..., str] = storage._get_data_item_path_template
        if not hasattr(template, "__wrapped__"):
            setattr(storage, template.__name__, _escaped(template))


def _escaped(template: Callable[..., str]) -> Callable[..., str]:
    @wraps(template)
    def escaped(*arguments: Any) -> str:
        folder, separator, name = template(*arguments).rpartition("/")
        return folder.replace("%", "%%") + separator + name

    return escaped
