"""What the loader must know before it reads: secret, marked keys, people who were erased."""

from core.audit import Audit
from core.contract.entities import ENTITIES
from core.pseudonyms import pseudonyms
from core.settings import Settings
from loader.erasing import record
from loader.erasing.people import People
from loader.source.guard import Guard
from loader.source.mapping import Mapping
from loader.staging import Staging


def guard(settings: Settings, audit: Audit, mapping: Mapping) -> Guard:
    """What may land of the rows of a source. Raises LoaderError."""
    names = pseudonyms(settings)
    hidden = {n for n, mapped in mapping.present.items() if ENTITIES[n].key in mapped.personal}
    erased = set(record.merged(settings, audit, names))
    inactive = People(Staging(settings), names).inactive(settings)
    erased |= {names.mark(key) for key in inactive}
    return Guard(names, frozenset(hidden), frozenset(erased))
