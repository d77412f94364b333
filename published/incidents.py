"""What can be wrong with the pipeline, and what people read of it."""

from enum import StrEnum


class Rule(StrEnum):
    """What can be wrong; the value is the section of docs/RUNBOOK.md that says what to do."""

    PIPELINE_FAILED = "pipeline-failed"
    RUN_FAILED = "run-failed"
    ENTITY_FAILED = "entity-failed"
    SLA_MISSED = "sla-missed"
    NO_RECENT_RUN = "no-recent-run"
    WATERMARK_STALLED = "watermark-stalled"
    REPEATED_FAILURES = "repeated-failures"
    TESTS_FAILED = "tests-failed"
    RECONCILIATION_MISMATCH = "reconciliation-mismatch"
    TABLE_REPAIRED = "table-repaired"
    QUARANTINE_GREW = "quarantine-grew"
    WAREHOUSE_AWAY = "warehouse-away"
    LOGIN_FAILURES = "login-failures"


TITLES = {
    Rule.PIPELINE_FAILED: "Etapa falhou",
    Rule.RUN_FAILED: "Execução diária falhou",
    Rule.ENTITY_FAILED: "Entidade falhou",
    Rule.SLA_MISSED: "SLA não cumprido",
    Rule.NO_RECENT_RUN: "Sem execução recente",
    Rule.WATERMARK_STALLED: "Marca d'água parada",
    Rule.REPEATED_FAILURES: "Falhas repetidas",
    Rule.TESTS_FAILED: "Testes falharam",
    Rule.RECONCILIATION_MISMATCH: "Reconciliação com diferenças",
    Rule.TABLE_REPAIRED: "Tabela alterada por fora e refeita",
    Rule.QUARANTINE_GREW: "Quarentena cresceu",
    Rule.WAREHOUSE_AWAY: "Armazém fora de alcance",
    Rule.LOGIN_FAILURES: "Logins errados repetidos",
}
"""What people read of each."""
