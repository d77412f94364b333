"""Print the T-SQL of what the loader lands, with the types that dlt gives it on SQL Server.

For checks without a server: dlt itself creates these tables where there is one.
"""

import pyarrow as pa
from dlt.common.libs.pyarrow import py_arrow_to_table_schema_columns
from dlt.common.schema import TColumnSchema
from dlt.destinations import mssql

from core.audit import ALERT, ALERTS, AUDIT, NODE, NODES, RUN, RUN_ENTITY
from core.contract.entities import ENTITIES, Entity

STAGING = "staging"
LOAD_ID: TColumnSchema = {"name": "_dlt_load_id", "data_type": "text"}
LOADS: list[TColumnSchema] = [
    {"name": "load_id", "data_type": "text"},
    {"name": "schema_name", "data_type": "text"},
    {"name": "status", "data_type": "bigint"},
    {"name": "inserted_at", "data_type": "timestamp"},
    {"name": "schema_version_hash", "data_type": "text"},
]
TYPES = mssql().capabilities().get_type_mapper()


def audited(schema: pa.Schema) -> list[TColumnSchema]:
    """The columns of a table of the audit."""
    return [*py_arrow_to_table_schema_columns(schema).values(), LOAD_ID]


def landed(entity: Entity) -> list[TColumnSchema]:
    """The columns of an entity in staging; texts have the lengths of the contract."""
    columns = audited(entity.arrow_schema)
    for column, contract in zip(columns, entity.columns, strict=False):
        if contract.length:
            column["precision"] = contract.length
    return columns


def create_table(schema: str, table: str, columns: list[TColumnSchema]) -> str:
    body = ",\n".join(
        f"    [{column['name']}] {TYPES.to_destination_type(column, {'name': table})}"
        for column in columns
    )
    return f"create table [{schema}].[{table}] (\n{body}\n);"


def script() -> str:
    """The whole script: schemas, the entities of the contract, dlt's loads, the audit."""
    return "".join(
        f"{statement}\ngo\n"
        for statement in [
            f"create schema [{STAGING}];",
            f"create schema [{AUDIT}];",
            *(create_table(STAGING, e.name, landed(e)) for e in ENTITIES.values()),
            create_table(STAGING, "_dlt_loads", LOADS),
            create_table(AUDIT, "etl_run", audited(RUN)),
            create_table(AUDIT, "etl_run_entity", audited(RUN_ENTITY)),
            create_table(AUDIT, ALERTS, audited(ALERT)),
            create_table(AUDIT, NODES, audited(NODE)),
        ]
    )


if __name__ == "__main__":
    print(script(), end="")
