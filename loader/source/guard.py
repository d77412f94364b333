"""What the loader does to rows before anyone sees them: keys that name people become pseudonyms,
and people who were erased stay so, however often the source shows them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from core.contract.personal import ANONYMOUS, CUSTOMER_KEY, CUSTOMERS, NATURAL_KEY, PERSONAL
from core.pseudonyms import Pseudonyms
from loader.source.query import Query


@dataclass
class Guard:
    """What may land of the rows of a source."""

    pseudonyms: Pseudonyms
    hidden: frozenset[str] = frozenset()
    """The entities whose keys the mapping calls personal: all of them become pseudonyms.

    Of customers each key does that is a document, an e-mail or a phone number.
    """
    erased: frozenset[str] = frozenset()
    """The marks of people who were erased."""
    replaced: set[str] = field(default_factory=set)
    """The entities of which keys have become pseudonyms."""

    def rows(self, query: Query, table: pa.Table) -> pa.Table:
        """The rows as they may land."""
        name = query.entity.name
        for column in query.entity.columns:
            if column.names is not None:
                table = _with(table, column.name, self._keys(column.names, table[column.name]))
            elif column.name in query.marked and not (
                name == CUSTOMERS and column.name in PERSONAL
            ):
                hidden = self._hidden(f"{name}.{column.name}", table[column.name])
                table = _with(table, column.name, hidden)
        return self._forgotten(query, table) if self.erased else table

    def keys(self, query: Query, table: pa.Table) -> pa.Table:
        """Keys alone, in column ``key``, as they land."""
        return _with(table, "key", self._keys(query.entity.name, table["key"]))

    def key(self, entity: str, key: str) -> str:
        """A key as it lands."""
        found: str = self._keys(entity, pa.chunked_array([[key]], pa.string()))[0].as_py()
        return found

    def _keys(self, entity: str, keys: pa.ChunkedArray) -> pa.ChunkedArray:
        if entity in self.hidden:
            self.replaced.add(entity)
            return self._hidden(entity, keys)
        if entity != CUSTOMERS:
            return keys
        natural = pc.match_substring_regex(keys, NATURAL_KEY)
        if not pc.any(natural).as_py():
            return keys
        self.replaced.add(entity)
        return pc.if_else(natural, self._hidden(entity, keys), keys)

    def _hidden(self, of: str, texts: pa.ChunkedArray) -> pa.ChunkedArray:
        return _each(lambda text: self.pseudonyms.of(of, text))(texts)

    def _forgotten(self, query: Query, table: pa.Table) -> pa.Table:
        """The table without what is personal of people who were erased."""
        columns = query.personal
        if not columns or CUSTOMER_KEY not in table.schema.names:
            return table
        marks = _each(self.pseudonyms.mark)(table[CUSTOMER_KEY])
        gone = pc.is_in(marks, pa.array(sorted(self.erased), pa.string()))
        if not pc.any(gone).as_py():
            return table
        for column in columns:
            instead = ANONYMOUS if column.name == "full_name" else None
            value = pa.scalar(instead, column.type)
            table = _with(table, column.name, pc.if_else(gone, value, table[column.name]))
        return table


def _with(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    position = table.schema.get_field_index(name)
    return table.set_column(position, table.schema.field(position), values)


def _each(change: Callable[[str], str]) -> Callable[[pa.ChunkedArray], pa.ChunkedArray]:
    """A change of texts, computed once for each that occurs; null stays null."""

    def changed(texts: pa.ChunkedArray) -> pa.ChunkedArray:
        encoded = pa.chunked_array([texts.combine_chunks().dictionary_encode()])
        parts = [
            pa.array(
                [None if t is None else change(t) for t in c.dictionary.to_pylist()], pa.string()
            ).take(c.indices)
            for c in encoded.chunks
        ]
        return pa.chunked_array(parts, pa.string())

    return changed
