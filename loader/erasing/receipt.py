"""What the person who asked to be erased is given: in Portuguese, and without their data."""

from collections.abc import Iterable
from datetime import timedelta

from loader.erasing.apply import Done
from loader.erasing.record import Erasure

# Brazil has had no daylight saving time since 2019.
_LOCAL = timedelta(hours=3)
_PLACES = {
    "staging.customers": "cadastro, como veio da origem",
    "staging.orders": "dados pessoais nos pedidos",
    "dim.dim_cliente": "cadastro do data warehouse",
}


def receipt(erasures: Iterable[Erasure], done: Done) -> str:
    """The receipt of an erasure."""
    erasures = list(erasures)
    lines = [
        "RECIBO DE ANONIMIZAÇÃO (LGPD, art. 18, IV e VI)",
        "",
        *(
            f"Protocolo {e.mark[:16]}, registrado em"
            f" {e.erased_at - _LOCAL:%d/%m/%Y às %H:%M} (Brasília) por {e.erased_by}"
            for e in erasures
        ),
        "",
        f"Pessoas no pedido: {len(erasures)}; com dados no data warehouse: {done.known}.",
        *(
            f"- {_PLACES.get(table, table)}: {count} linha(s) anonimizada(s)"
            for table, count in done.rows.items()
        ),
        f"- registros e arquivos que citavam: {done.files} corrigido(s)",
        f"- busca por nome, documento, e-mail e telefone em {done.searched} arquivo(s): nada"
        " encontrado",
        "",
        "Compras, valores e contagens continuam, sem dizer de quem são. O pedido ficou registrado"
        " sem a identidade (código com chave), e vale também para cargas futuras, recargas e cópias"
        " de segurança restauradas.",
        "",
        "Não está aqui: o banco de dados da loja, que tem dono e pedido próprios; cópias de"
        " segurança já feitas, que guardam os dados até vencerem, e em que a anonimização se repete"
        " quando são restauradas.",
        *(f"Falta fazer: {left}" for left in done.left),
    ]
    return "\n".join(lines)
