"""What the warehouse must hold, computed in plain Python from rows that plain SQL has read.

Nothing here comes from the models: statuses, rules of quarantine, roundings and names are written
a second time, so that a mistake must be made twice to pass.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import md5
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.contract import tables
from tests.soak.company import TABLES, Company, Row

SALES = {"Pago", "Faturado", "Enviado", "Entregue", "Devolvido"}
STATUSES = SALES | {"Pendente", "Cancelado"}
PHASES = {"Pendente": "Criado", "Pago": "Aprovado", "Faturado": "Aprovado", "Enviado": "Enviado",
          "Cancelado": "Cancelado", "Entregue": "Entregue", "Devolvido": "Entregue"}  # fmt: skip
MONTHS = {"Mensal": 1, "Trimestral": 3, "Anual": 12}
ACCENTS = {"Pessoa Fisica": "Pessoa Física", "Promocao Automatica": "Promoção Automática",
           "Frete Gratis": "Frete Grátis", "Pessoa Juridica": "Pessoa Jurídica",
           "Produto Especifico": "Produto Específico"}  # fmt: skip
UNKNOWN = "Não informado"
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2049, 12, 31)
TOO_GREAT = 10**12
# What a row cannot do without; of another column that does not fit only the value is left out.
DECISIVE = {"order_status", "order_date", "order_id", "product_id", "quantity", "unit_price",
            "gross_amount", "discount_amount", "net_amount", "order_item_id", "discount_id",
            "base_amount", "final_amount", "approved", "seller_id", "target_month",
            "target_amount", "period_type"}  # fmt: skip
ALWAYS, FOREVER = datetime(1900, 1, 1), datetime(9999, 12, 31)

Table = list[Row]


@dataclass
class Member:
    """A row as the last load saw it."""

    values: Row
    unfit: frozenset[str]
    """Columns whose value their type cannot hold: they land as null."""
    gone: bool = False
    """The source no longer has it."""
    repeats: bool = False
    """Another row, live and before it, says the same."""

    @property
    def deleted(self) -> bool:
        """Deleted in either way."""
        return self.gone or self.values["deleted_at"] is not None

    @property
    def live(self) -> bool:
        """Neither deleted nor in quarantine."""
        return self.believed and not self.repeats

    @property
    def believed(self) -> bool:
        """Neither deleted nor odd in itself."""
        return not self.deleted and not self.unfit & DECISIVE and not self.odd

    @property
    def odd(self) -> bool:
        """Whether a value breaks a rule of its entity."""
        key = next(iter(self.values))
        rule = _ODD.get(key)
        return bool(rule and rule(self.values))


State = dict[str, dict[int, Member]]


def landed(before: State, company: Company) -> State:
    """The state after a complete load: the source's rows, and those that it had once."""
    after: State = {}
    for table, key in TABLES.items():
        now = {row[key]: _member(table, row) for row in company.rows(table)}
        lost = {k: Member(m.values, m.unfit, gone=True) for k, m in before.get(table, {}).items()
                if k not in now}  # fmt: skip
        after[table] = now | lost
    _mark_repeated(after["seller_targets_monthly"])
    return after


def _mark_repeated(targets: dict[int, Member]) -> None:
    """Of the believable targets of a seller and period all but the one of the smallest key."""
    seen: set[tuple[Any, ...]] = set()
    for _, member in sorted(targets.items()):
        t = member.values
        period = (t["seller_id"], t["target_month"], t["period_type"])
        member.repeats = member.believed and period in seen
        if member.believed:
            seen.add(period)


def _member(table: str, row: Row) -> Member:
    columns = tables.metadata.tables[f"core.{table}"].columns
    values: Row = {}
    unfit = set()
    for column in columns:
        try:
            values[column.name] = _typed(row[column.name], column)
        except (ValueError, ArithmeticError):
            values[column.name] = None
            unfit.add(column.name)
    _leave_out(table, values)
    return Member(values, frozenset(unfit))


def _leave_out(table: str, row: Row) -> None:
    """Make null what cannot be believed and a row can do without; balance last decimals."""
    for moment in ("approved_at", "shipped_at", "delivered_at", "canceled_at", "applied_at"):
        if table in ("orders", "order_item_discounts") and _outside(row.get(moment)):
            row[moment] = None
    for amount in ("cost_amount", "return_quantity", "returned_amount", "target_quantity"):
        value = row.get(amount)
        if value is not None and not 0 <= value < TOO_GREAT:
            row[amount] = None
    returned, sold = row.get("return_quantity"), row.get("quantity")
    if returned is not None and sold is not None and returned > sold:
        row["return_quantity"] = None
    for whole, rest in (("gross_amount", "net_amount"), ("base_amount", "final_amount")):
        amounts = row.get(whole), row.get("discount_amount"), row.get(rest)
        if None not in amounts:
            all_of_it, off, left = amounts
            if abs(all_of_it - off - left) == Decimal("0.0001"):
                if left <= all_of_it:
                    row["discount_amount"] = all_of_it - left
                else:
                    row[rest] = all_of_it - off


def _typed(value: Any, column: sa.Column[Any]) -> Any:
    if value is None:
        return None
    match column.type:
        case sa.Unicode():
            return str(value)
        case sa.Numeric():
            if isinstance(value, str):
                raise ValueError("text")
            return Decimal(repr(value)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        case sa.Boolean():
            return bool(value)
        case sa.Integer() if "quantity" in column.name:
            if isinstance(value, str):
                raise ValueError("text")
            return Decimal(repr(value)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        case sa.Integer():
            if isinstance(value, str):
                raise ValueError("text")
            return int(value)
        case sa.DateTime():
            return _moment(value)
        case sa.Date():
            return _moment(value).date()
    raise TypeError(column)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.year in (1, 9999):
        raise ValueError("no believable year")
    return moment


def _outside(moment: datetime | date | None) -> bool:
    if moment is None:
        return False
    day = moment.date() if isinstance(moment, datetime) else moment
    return not FIRST_DAY <= day <= LAST_DAY


def _later(moment: datetime) -> bool:
    """Whether it is of a day that has not come."""
    return moment.date() > datetime.now(ZoneInfo("America/Sao_Paulo")).date()


def _odd_order(o: Row) -> bool:
    placed = o["order_date"]
    return o["order_status"] not in STATUSES or placed is None or _outside(placed) or _later(placed)


def _odd_item(i: Row) -> bool:
    needed = ("quantity", "unit_price", "gross_amount", "discount_amount", "net_amount")
    if i["order_id"] is None or i["product_id"] is None:
        return True
    if any(i[column] is None for column in needed) or i["quantity"] <= 0:
        return True
    return (
        any(not 0 <= i[column] < TOO_GREAT for column in needed)
        or i["discount_amount"] > i["gross_amount"]
        or i["net_amount"] != i["gross_amount"] - i["discount_amount"]
    )


def _odd_application(a: Row) -> bool:
    amounts = [a[column] for column in ("discount_amount", "base_amount", "final_amount")]
    if None in (*amounts, a["approved"], a["order_item_id"], a["discount_id"]):
        return True
    off, base, final = amounts
    return any(not 0 <= amount < TOO_GREAT for amount in amounts) or final != base - off


def _odd_target(t: Row) -> bool:
    month = t["target_month"]
    return (
        t["seller_id"] is None
        or t["target_amount"] is None
        or not 0 < t["target_amount"] < TOO_GREAT
        or t["period_type"] not in MONTHS
        or month is None
        or month.day != 1
        or _outside(month)
        or _outside(_after(month, MONTHS[t["period_type"]]) - timedelta(days=1))
    )


def _after(first: date, months: int) -> date:
    """The first day after so many months."""
    month = first.month - 1 + months
    return date(first.year + month // 12, month % 12 + 1, 1)


_ODD: dict[str, Callable[[Row], bool]] = {
    "order_id": _odd_order,
    "order_item_id": _odd_item,
    "order_item_discount_id": _odd_application,
    "seller_target_id": _odd_target,
}


# ---------------------------------------------------------------------------------- history


@dataclass
class Version:
    """What was true of a member from ``start`` until ``end``, local time."""

    state: tuple[Any, ...]
    start: datetime = ALWAYS
    end: datetime = FOREVER


@dataclass
class History:
    """All versions of the members of one dimension, as builds have seen them."""

    name: str
    versions: dict[int, list[Version]] = field(default_factory=dict)

    def observe(self, key: int, state: tuple[Any, ...], changed: datetime) -> None:
        """A build sees ``state``, which the source says to be so since ``changed``."""
        self.versions[key] = seen(self.versions.get(key, []), state, changed)

    def at(self, key: int, moment: datetime) -> tuple[int, Version | None]:
        """The key of the version that is valid at a moment, and the version; -1 without one."""
        for number, version in enumerate(self.versions.get(key, []), start=1):
            if version.start <= moment < version.end:
                return version_key(key, number), version
        return -1, None

    def rows(self) -> Table:
        """The table, without the loads."""
        return [
            {"chave": version_key(key, number), "membro": key, "versao": number,
             "valido_de": v.start, "valido_ate": v.end, "eh_atual": v.end == FOREVER,
             "estado": v.state}
            for key, versions in self.versions.items()
            for number, v in enumerate(versions, start=1)
        ]  # fmt: skip


def seen(versions: list[Version], state: tuple[Any, ...], changed: datetime) -> list[Version]:
    """The versions of one member once a build has seen ``state``."""
    if not versions:
        return [Version(state)]
    *closed, current = versions
    if state == current.state:
        return versions
    if changed > current.start:
        return [*closed, Version(current.state, current.start, changed), Version(state, changed)]
    return [*closed, Version(state, current.start, current.end)]


def version_key(member: int, number: int) -> int:
    """The key of a version: 62 bits of the MD5 of both."""
    if member == -1:
        return -1
    digest = md5(f"{member}|{number}".encode(), usedforsecurity=False).hexdigest()
    return -2 - (int(digest[:16], 16) & (2**62 - 1))


# --------------------------------------------------------------------------- dimensions


def _or_unknown(value: Any) -> Any:
    return UNKNOWN if value is None else ACCENTS.get(value, value)


# Column of the dimension: column of the source, and whether null is shown as unknown.
_DIMENSIONS: dict[str, tuple[str, str, dict[str, tuple[str, bool]]]] = {
    "cliente": ("customers", "customer_id", {
        "nome_cliente": ("full_name", True), "cpf_cnpj": ("document_number", False),
        "email": ("email", False), "telefone": ("phone", False),
        "data_nascimento": ("birth_date", False), "endereco": ("address_line", False),
        "bairro": ("district", False), "cep": ("zip_code", False),
        "codigo_cliente": ("customer_code", False), "genero": ("gender", False),
        "tipo_cliente": ("customer_type", True), "segmento": ("segment", True),
        "categoria_valor": ("value_category", True), "cidade": ("city", True),
        "estado": ("state", True), "pais": ("country", True),
        "pontuacao_credito": ("credit_score", False),
        "data_cadastro": ("first_signup_date", False),
        "data_ultima_compra": ("last_purchase_date", False),
        "aceita_email_marketing": ("accepts_email_marketing", False),
        "eh_vip": ("is_vip", False), "eh_ativo": ("is_active", False),
        "atualizado_em": ("updated_at", False),
    }),
    "produto": ("products", "product_id", {
        "codigo_produto": ("product_code", False), "sku": ("sku", False),
        "nome_produto": ("product_name", True), "categoria": ("category_name", True),
        "subcategoria": ("subcategory_name", True), "linha_produto": ("product_line", True),
        "marca": ("brand", True), "situacao_produto": ("product_status", True),
        "peso_kg": ("weight_kg", False), "preco_custo": ("cost_price", False),
        "preco_sugerido": ("list_price", False), "estoque_minimo": ("min_stock", False),
        "eh_fragil": ("is_fragile", False), "atualizado_em": ("updated_at", False),
    }),
    "vendedor": ("sellers", "seller_id", {
        "codigo_vendedor": ("seller_code", False), "nome_vendedor": ("seller_name", True),
        "estado": ("home_state", True), "cidade": ("home_city", True),
        "situacao_vendedor": ("seller_status", True),
        "meta_mensal": ("monthly_goal_amount", False), "data_admissao": ("hire_date", False),
        "atualizado_em": ("updated_at", False),
    }),
    "regiao": ("regions", "region_id", {
        "codigo_regiao": ("region_code", False), "regiao_pais": ("region_name", True),
        "estado": ("state", True), "nome_estado": ("state_name", True), "cidade": ("city", True),
        "pais": ("country", True), "codigo_ibge": ("ibge_code", False),
        "eh_ativa": ("is_active", False),
    }),
    "equipe": ("teams", "team_id", {
        "codigo_equipe": ("team_code", False), "nome_equipe": ("team_name", True),
        "tipo_equipe": ("team_type", True), "categoria_equipe": ("team_category", True),
        "eh_ativa": ("is_active", False),
    }),
    "desconto": ("discount_campaigns", "discount_id", {
        "codigo_desconto": ("discount_code", True), "nome_campanha": ("campaign_name", True),
        "descricao": ("description", False), "tipo_desconto": ("discount_type", True),
        "metodo_desconto": ("discount_method", True), "aplica_em": ("apply_scope", True),
        "valor_desconto": ("discount_value", False), "inicio_validade": ("start_at", False),
        "fim_validade": ("end_at", False), "eh_cumulativo": ("is_stackable", False),
        "requer_aprovacao": ("approval_required", False), "eh_ativo": ("is_active", False),
    }),
}  # fmt: skip
# Who names a member that may not have arrived.
_NAMED_BY = {
    "cliente": [("orders", "customer_id")],
    "produto": [("order_items", "product_id")],
    "vendedor": [("orders", "seller_id"), ("order_items", "seller_id"),
                 ("seller_targets_monthly", "seller_id"), ("sellers", "manager_seller_id")],
    "regiao": [("orders", "region_id"), ("teams", "region_id")],
    "equipe": [("sellers", "team_id")],
    "desconto": [("order_item_discounts", "discount_id")],
}  # fmt: skip
HISTORIES = {
    "cliente": ("tipo_cliente", "segmento", "categoria_valor", "cidade", "estado", "pais",
                "eh_vip", "eh_ativo"),
    "produto": ("nome_produto", "categoria", "subcategoria", "linha_produto", "marca",
                "situacao_produto", "preco_custo", "preco_sugerido"),
    "vendedor": ("equipe_id", "gerente_id", "estado", "cidade", "situacao_vendedor",
                 "meta_mensal"),
}  # fmt: skip


def dimensions(state: State) -> dict[str, Table]:
    """The six dimensions with current values."""
    dims = {name: _dimension(name, state) for name in _DIMENSIONS}
    regions, sellers = _by_key(dims, "regiao"), _by_key(dims, "vendedor")
    teams = _by_key(dims, "equipe")
    _complete_products(dims["produto"], state)
    _complete_teams(dims["equipe"], state, regions)
    for row in dims["vendedor"]:
        source = _values(state, "sellers", row["vendedor_id"])
        row["equipe_id"] = _key(source.get("team_id"))
        row["gerente_id"] = _key(source.get("manager_seller_id"))
        manager = sellers.get(row["gerente_id"], {})
        row["nome_gerente"] = manager.get("nome_vendedor", UNKNOWN)
        team = teams[row["equipe_id"]]
        row["nome_equipe"], row["regional"] = team["nome_equipe"], team["regional"]
    return {f"dim.dim_{name}": rows for name, rows in dims.items()}


def _dimension(name: str, state: State) -> Table:
    table, _, columns = _DIMENSIONS[name]
    members = state[table]
    named = {m.values[column] for child, column in _NAMED_BY[name] for m in state[child].values()}
    inferred = named - members.keys() - {None}
    rows = []
    for key in [*members, *inferred, -1]:
        member = members.get(key)
        source: Row = member.values if member else {}
        row = {
            column: _or_unknown(source.get(origin)) if shown else source.get(origin)
            for column, (origin, shown) in columns.items()
        }
        row |= {
            f"{name}_id": key,
            f"{name}_original_id": str(key),
            "eh_inferido": key in inferred,
            "eh_excluido": bool(member and member.deleted),
        }
        rows.append(row)
    return rows


def _complete_products(products: Table, state: State) -> None:
    for row in products:
        product = _values(state, "products", row["produto_id"])
        supplier = _values(state, "suppliers", product.get("supplier_id"))
        row["codigo_fornecedor"] = supplier.get("supplier_code")
        row["nome_fornecedor"] = _or_unknown(supplier.get("supplier_name"))
        row["pais_fornecedor"] = supplier.get("country")


def _complete_teams(teams: Table, state: State, regions: dict[int, Row]) -> None:
    live = [m.values for m in state["sellers"].values() if m.live]
    for row in teams:
        region = _values(state, "teams", row["equipe_id"]).get("region_id")
        row["regiao_id"] = _key(region)
        row["regional"] = regions[row["regiao_id"]]["regiao_pais"]
        inside = [s for s in live if s["team_id"] == row["equipe_id"]]
        row["quantidade_membros"] = len(inside)
        reports = [
            (-sum(s["manager_seller_id"] == boss["seller_id"] for s in inside), boss)
            for boss in inside
        ]
        bosses = [(n, str(boss["seller_id"]), boss) for n, boss in reports if n < 0]
        leader: Row = min(bosses, key=lambda b: b[:2])[2] if bosses else {}
        row["lider_id"] = _key(leader.get("seller_id"))
        row["nome_lider"] = _or_unknown(leader.get("seller_name"))


def _by_key(dims: dict[str, Table], name: str) -> dict[int, Row]:
    return {row[f"{name}_id"]: row for row in dims[name]}


def _values(state: State, table: str, key: int | None) -> Row:
    member = state[table].get(key) if key is not None else None
    return member.values if member else {}


def _key(value: int | None) -> int:
    return -1 if value is None else int(value)


def histories_seen(state: State) -> dict[str, dict[int, tuple[tuple[Any, ...], datetime]]]:
    """Per dimension and member: the state that a build sees, and since when it says to be."""
    dims = dimensions(state)
    return {
        name: {
            row[f"{name}_id"]: (
                tuple(row[column] for column in columns),
                (row["atualizado_em"] or ALWAYS) - timedelta(hours=3),
            )
            for row in dims[f"dim.dim_{name}"]
            if not row["eh_inferido"]
        }
        for name, columns in HISTORIES.items()
    }


# --------------------------------------------------------------------------------- facts


def facts(state: State, histories: dict[str, History]) -> dict[str, Table]:
    """The facts and, from them alone, the aggregates."""
    sales = _sales(state, histories)
    orders = _orders(state)
    discounts = _discounts(state, {row["venda_id"]: row for row in sales})
    return {
        "fact.fact_vendas": sales,
        "fact.fact_pedidos": orders,
        "fact.fact_descontos": discounts,
        "fact.fact_metas": _targets(state, histories["vendedor"], sales),
        **_daily(sales, orders, discounts, histories["produto"]),
    }


def _sales(state: State, histories: dict[str, History]) -> Table:
    rows = []
    for key, member in state["order_items"].items():
        i = member.values
        order = state["orders"].get(i["order_id"])
        if not (member.live and order and order.live and order.values["order_status"] in SALES):
            continue
        o = order.values
        when = o["order_date"]
        client, product = _key(o["customer_id"]), _key(i["product_id"])
        seller = _key(i["seller_id"] if i["seller_id"] is not None else o["seller_id"])
        seller_version, as_was = histories["vendedor"].at(seller, when)
        cost = i["cost_amount"]
        rows.append({
            "venda_id": key, "venda_original_id": str(key), "data_id": _day(when),
            "cliente_id": client, "cliente_versao_id": histories["cliente"].at(client, when)[0],
            "produto_id": product, "produto_versao_id": histories["produto"].at(product, when)[0],
            "regiao_id": _key(o["region_id"]), "vendedor_id": seller,
            "vendedor_versao_id": seller_version,
            "equipe_id": as_was.state[0] if as_was else -1,
            "pedido_id": i["order_id"], "numero_pedido": o["order_number"],
            "numero_item": i["item_number"], "canal_venda": _or_unknown(o["sales_channel"]),
            "status_pedido": o["order_status"], "data_pedido": when,
            "quantidade_vendida": i["quantity"], "preco_unitario_tabela": i["unit_price"],
            "valor_total_bruto": i["gross_amount"], "valor_total_descontos": i["discount_amount"],
            "valor_total_liquido": i["net_amount"], "custo_total": cost,
            "margem_bruta": None if cost is None else i["net_amount"] - cost,
            "quantidade_devolvida": i["return_quantity"], "valor_devolvido": i["returned_amount"],
            "percentual_comissao": i["commission_percent"],
            "valor_comissao": i["commission_amount"], "teve_desconto": i["discount_amount"] > 0,
        })  # fmt: skip
    return rows


def _orders(state: State) -> Table:
    inside: dict[int, list[Row]] = defaultdict(list)
    for member in state["order_items"].values():
        if member.live:
            inside[member.values["order_id"]].append(member.values)
    rows = []
    for key, member in state["orders"].items():
        if not member.live:
            continue
        o, items = member.values, inside[key]
        phase = PHASES[o["order_status"]]
        created, approved = o["order_date"], o["approved_at"]
        shipped, delivered, canceled = o["shipped_at"], o["delivered_at"], o["canceled_at"]
        rows.append({
            "pedido_id": key, "pedido_original_id": str(key), "data_id": _day(created),
            "data_aprovado_id": _day(approved), "data_enviado_id": _day(shipped),
            "data_entregue_id": _day(delivered), "data_cancelado_id": _day(canceled),
            "cliente_id": _key(o["customer_id"]), "vendedor_id": _key(o["seller_id"]),
            "regiao_id": _key(o["region_id"]), "numero_pedido": o["order_number"],
            "canal_venda": _or_unknown(o["sales_channel"]), "status_pedido": o["order_status"],
            "status_pagamento": _or_unknown(o["payment_status"]), "fase_atual": phase,
            "eh_aberto": phase in {"Criado", "Aprovado", "Enviado"}, "criado_em": created,
            "aprovado_em": approved, "enviado_em": shipped, "entregue_em": delivered,
            "cancelado_em": canceled,
            "duracao_aprovado_horas": _hours(created, approved),
            "duracao_enviado_horas": _hours(approved, shipped),
            "duracao_entregue_horas": _hours(shipped, delivered),
            "duracao_total_horas": _hours(created, delivered),
            "duracao_cancelado_horas": _hours(created, canceled),
            "quantidade_itens": len(items),
            "valor_total_bruto": _sum(items, "gross_amount"),
            "valor_total_descontos": _sum(items, "discount_amount"),
            "valor_total_liquido": _sum(items, "net_amount"),
        })  # fmt: skip
    return rows


def _discounts(state: State, sales: dict[int, Row]) -> Table:
    rows = []
    shared = ("data_id", "cliente_id", "cliente_versao_id", "produto_id", "produto_versao_id",
              "vendedor_id", "vendedor_versao_id", "equipe_id", "regiao_id", "pedido_id",
              "venda_id", "canal_venda")  # fmt: skip
    for key, member in state["order_item_discounts"].items():
        a = member.values
        sale = sales.get(a["order_item_id"])
        if not (member.live and sale):
            continue
        cost, off, base, final = (sale["custo_total"], a["discount_amount"], a["base_amount"],
                                  a["final_amount"])  # fmt: skip
        before = None if cost is None else base - cost
        after = None if cost is None else final - cost
        rows.append({column: sale[column] for column in shared} | {
            "aplicacao_id": key, "aplicacao_original_id": str(key),
            "desconto_id": _key(a["discount_id"]),
            "data_aplicacao_id": _day(a["applied_at"] or sale["data_pedido"]),
            "nivel_aplicacao": _or_unknown(a["application_level"]),
            "motivo_rejeicao": a["rejection_reason"], "status_margem": _band(before, after),
            "valor_desconto_aplicado": off, "valor_sem_desconto": base,
            "valor_com_desconto": final, "margem_antes_desconto": before,
            "margem_apos_desconto": after,
            "impacto_margem": None if cost is None else final - base,
            "percentual_desconto_efetivo": _ratio(off * 100, base),
            "desconto_aprovado": a["approved"],
        })  # fmt: skip
    return rows


def _band(before: Decimal | None, after: Decimal | None) -> str | None:
    if before is None or after is None:
        return None
    if after < 0:
        return "Prejuízo"
    if after < Decimal("0.3") * before:
        return "Margem crítica"
    return "Margem reduzida" if after < Decimal("0.6") * before else "Margem saudável"


def _targets(state: State, sellers: History, sales: Table) -> Table:
    rows = []
    for key, member in state["seller_targets_monthly"].items():
        t = member.values
        if not member.live:
            continue
        first = t["target_month"]
        after = _after(first, MONTHS[t["period_type"]])
        seller, amount = _key(t["seller_id"]), t["target_amount"]
        own = [sale for sale in sales if sale["vendedor_id"] == seller]
        mine = [sale for sale in own if first <= sale["data_pedido"].date() < after]
        orders = len({s["pedido_id"] for s in mine})
        realized = _sum(mine, "valor_total_liquido")
        version, as_was = sellers.at(seller, datetime(first.year, first.month, 1))
        rows.append({
            "meta_id": key, "meta_original_id": str(key), "vendedor_id": seller,
            "vendedor_versao_id": version, "equipe_id": as_was.state[0] if as_was else -1,
            "data_id": _day(first), "data_fim_id": _day(after - timedelta(days=1)),
            "tipo_periodo": t["period_type"], "valor_meta": amount,
            "quantidade_meta": t["target_quantity"], "valor_realizado": realized,
            "quantidade_realizada": _sum(mine, "quantidade_vendida"),
            "pedidos_realizados": orders, "percentual_atingido": _ratio(realized * 100, amount),
            "gap_meta": amount - realized, "ticket_medio_realizado": _ratio(realized, orders),
            "meta_batida": realized >= amount,
            "meta_superada": realized >= Decimal("1.2") * amount,
            "eh_periodo_fechado": t["period_closed"],
        })  # fmt: skip
    for period in {(r["tipo_periodo"], r["data_id"]) for r in rows}:
        peers = [r for r in rows if (r["tipo_periodo"], r["data_id"]) == period]
        peers.sort(key=lambda r: (-r["percentual_atingido"], r["meta_original_id"]))
        for place, row in enumerate(peers):
            better = sum(p["percentual_atingido"] > row["percentual_atingido"] for p in peers)
            row["ranking_periodo"] = better + 1
            row["quartil_performance"] = f"Q{_quarter(place, len(peers))}"
    return rows


def _quarter(place: int, of: int) -> int:
    """The quarter of a sorted list that a place is in; the first quarters take what is over."""
    size, over = divmod(of, 4)
    edges = [size * n + min(n, over) for n in range(1, 5)]
    return next(n for n, edge in enumerate(edges, start=1) if place < edge)


# ---------------------------------------------------------------------------- aggregates


def _daily(sales: Table, orders: Table, discounts: Table, products: History) -> dict[str, Table]:
    states = {row["chave"]: row["estado"] for row in products.rows()}
    category = HISTORIES["produto"].index("categoria")
    for sale in sales:
        sale["categoria"] = states.get(sale["produto_versao_id"], states[-1])[category]
    by_cell = _grouped(sales, "data_id", "categoria", "regiao_id", "vendedor_id", "equipe_id",
                       "canal_venda")  # fmt: skip
    by_seller = _grouped(sales, "data_id", "vendedor_id", "equipe_id")
    by_status = _grouped(orders, "data_id", "regiao_id", "vendedor_id", "canal_venda",
                         "status_pedido")  # fmt: skip
    summed = ("quantidade_vendida", "valor_total_bruto", "valor_total_descontos",
              "valor_total_liquido", "custo_total", "margem_bruta", "quantidade_devolvida",
              "valor_devolvido", "valor_comissao")  # fmt: skip
    daily: dict[str, Table] = {
        "agg.agg_vendas_diario": [
            cell | {"linhas": len(rows)} | {column: _total(rows, column) for column in summed}
            for cell, rows in by_cell
        ],
        "agg.agg_vendedor_diario": [
            cell | {
                "linhas": len(rows), "pedidos": len({r["pedido_id"] for r in rows}),
                "quantidade_vendida": _sum(rows, "quantidade_vendida"),
                "valor_total_liquido": _sum(rows, "valor_total_liquido"),
            }
            for cell, rows in by_seller
        ],
        "agg.agg_pedidos_diario": [
            cell | {
                "pedidos": len(rows), "quantidade_itens": _sum(rows, "quantidade_itens"),
                "valor_total_liquido": _sum(rows, "valor_total_liquido"),
            }
            for cell, rows in by_status
        ],
        "agg.agg_fases_diario": [
            {"data_id": cell["data_id"], "pedidos": len(rows)} | _phase(rows, phase)
            for cell, rows in _grouped(orders, "data_id")
            for phase in ("Aprovado", "Enviado", "Entregue", "Total", "Cancelado")
        ],
        "agg.agg_qualidade_diario": _quality(sales, orders, discounts),
        "agg.agg_wip_atual": _in_progress(orders),
    }  # fmt: skip
    for sale in sales:
        del sale["categoria"]
    return daily


def _phase(orders: Table, phase: str) -> Row:
    hours = [h for o in orders if (h := o[f"duracao_{phase.lower()}_horas"]) is not None]
    hours.sort()
    n = len(hours)
    return {
        "fase": phase,
        "n": n,
        "media_horas": _ratio(sum(hours, Decimal(0)), n),
        "p50_horas": hours[-(-n // 2) - 1] if n else None,
        "p90_horas": hours[-(-n * 9 // 10) - 1] if n else None,
    }


def _quality(sales: Table, orders: Table, discounts: Table) -> Table:
    rows = []
    for cell, placed in _grouped(orders, "data_id", "canal_venda"):
        sold = [s for s in sales if _same(s, cell)]
        applied = [d for d in discounts if _same(d, cell)]
        rows.append(cell | {
            "pedidos": len(placed),
            "pedidos_cancelados": sum(o["status_pedido"] == "Cancelado" for o in placed),
            "quantidade_vendida": _sum(sold, "quantidade_vendida"),
            "quantidade_devolvida": _total(sold, "quantidade_devolvida"),
            "valor_devolvido": _total(sold, "valor_devolvido"),
            "descontos_aplicados": len(applied),
            "descontos_rejeitados": sum(not d["desconto_aprovado"] for d in applied),
        })  # fmt: skip
    return rows


def _in_progress(orders: Table) -> Table:
    newest = max((o["criado_em"].date() for o in orders), default=None)
    aged = [
        o | {"dias": days, "faixa_idade": _age(days)}
        for o in orders
        if o["eh_aberto"] and newest and (days := (newest - o["criado_em"].date()).days) >= 0
    ]
    return [
        cell | {
            "pedidos": len(rows), "valor_total_liquido": _sum(rows, "valor_total_liquido"),
            "dias_mais_antigo": max(r["dias"] for r in rows),
        }
        for cell, rows in _grouped(aged, "fase_atual", "faixa_idade")
    ]  # fmt: skip


def _age(days: int) -> str:
    bands = {1: "0-1 dia", 3: "2-3 dias", 7: "4-7 dias", 15: "8-15 dias", 30: "16-30 dias"}
    return next((name for last, name in bands.items() if days <= last), "mais de 30 dias")


def _grouped(rows: Table, *columns: str) -> Iterable[tuple[Row, Table]]:
    groups: dict[tuple[Any, ...], Table] = defaultdict(list)
    for row in rows:
        groups[tuple(row[column] for column in columns)].append(row)
    return [(dict(zip(columns, cell, strict=True)), members) for cell, members in groups.items()]


def _same(row: Row, cell: Row) -> bool:
    return all(row[column] == value for column, value in cell.items())


def _sum(rows: Table, column: str) -> Any:
    return sum((row[column] for row in rows if row[column] is not None), Decimal(0))


def _total(rows: Table, column: str) -> Any:
    """The sum as SQL has it: null when there is nothing to add."""
    known = [row[column] for row in rows if row[column] is not None]
    return sum(known, Decimal(0)) if known else None


def _ratio(part: Decimal, whole: Decimal | int) -> Decimal | None:
    if not whole:
        return None
    return (part / Decimal(whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _hours(start: datetime | None, end: datetime | None) -> Decimal | None:
    if start is None or end is None or end < start:
        return None
    return _ratio(Decimal(int((end - start).total_seconds())), 3600)


def _day(moment: date | None) -> int:
    return -1 if moment is None else moment.year * 10000 + moment.month * 100 + moment.day
