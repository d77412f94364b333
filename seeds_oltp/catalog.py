"""What the company sells: suppliers and products."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seeds_oltp import demand
from seeds_oltp.batch import Batch, Texts, code, utc
from seeds_oltp.draws import Draws, Ints


@dataclass(frozen=True)
class Category:
    """A category: its prices in reais, its mean margin in per cent, its share of sales."""

    name: str
    subcategories: tuple[str, ...]
    low: int
    high: int
    margin: int
    share: int
    perishable: bool = False
    fragile: bool = False
    minimum_age: int = 0


CATEGORIES = (
    Category(
        "Eletrônicos",
        ("Smartphone", "Fone Bluetooth", "Smart TV", "Caixa de Som", "Câmera"),
        89,
        4500,
        24,
        150,
        fragile=True,
    ),
    Category(
        "Informática",
        ("Notebook", "Mouse", "Teclado", "Monitor", "SSD"),
        49,
        4200,
        22,
        120,
        fragile=True,
    ),
    Category(
        "Eletrodomésticos",
        ("Cafeteira", "Liquidificador", "Micro-ondas", "Aspirador", "Geladeira"),
        99,
        3900,
        27,
        110,
    ),
    Category(
        "Casa e Decoração",
        ("Jogo de Cama", "Luminária", "Tapete", "Panela", "Quadro"),
        29,
        690,
        45,
        120,
        fragile=True,
    ),
    Category("Moda", ("Camiseta", "Calça Jeans", "Tênis", "Vestido", "Jaqueta"), 35, 520, 52, 150),
    Category(
        "Beleza e Perfumaria",
        ("Perfume", "Hidratante", "Shampoo", "Maquiagem", "Protetor Solar"),
        19,
        420,
        50,
        110,
    ),
    Category(
        "Esporte e Lazer", ("Bicicleta", "Halter", "Bola", "Mochila", "Barraca"), 39, 2400, 38, 80
    ),
    Category(
        "Brinquedos",
        ("Boneca", "Blocos de Montar", "Quebra-cabeça", "Carrinho", "Jogo de Tabuleiro"),
        25,
        480,
        42,
        60,
    ),
    Category(
        "Livros e Papelaria", ("Romance", "Caderno", "Caneta", "Didático", "Agenda"), 9, 190, 34, 50
    ),
    Category(
        "Alimentos e Bebidas",
        ("Café", "Vinho", "Chocolate", "Azeite", "Queijo"),
        12,
        260,
        30,
        50,
        perishable=True,
    ),
)
CATEGORY_NAMES = np.array([category.name for category in CATEGORIES], dtype=object)

_BRANDS = np.array(
    [
        "Aurora",
        "Bemtevi",
        "Cantareira",
        "Diamantina",
        "Estrela Sul",
        "Figueira",
        "Guará",
        "Horizonte",
        "Itapuã",
        "Jacarandá",
        "Lagoa Azul",
        "Mandacaru",
        "Nativa",
        "Orla",
        "Pampa",
        "Quintal",
        "Ribeira",
        "Serra Alta",
        "Tucano",
        "Urca",
        "Veredas",
        "Xingu",
    ],
    dtype=object,
)
_COLORS = np.array(["Preto", "Branco", "Azul", "Vermelho", "Verde", "Cinza", "Bege"], dtype=object)
_MATERIALS = np.array(
    ["Plástico", "Metal", "Algodão", "Vidro", "Madeira", "Couro", None], dtype=object
)
_ORIGINS = np.array(
    ["Brasil", "Brasil", "Brasil", "China", "China", "Vietnã", "Argentina"], dtype=object
)
_SUPPLIER_KINDS = np.array(["Indústria", "Importadora", "Atacado", "Distribuidora"], dtype=object)
_LAUNCHED_EARLIER = np.datetime64("2019-01-01")


@dataclass(frozen=True)
class Assortment:
    """The products on sale: prices and costs in cents, ``weights`` per period and product.

    A period is a month of the base load; a wave has one.
    """

    product_id: Ints
    category: Ints
    list_cents: Ints
    cost_cents: Ints
    weights: npt.NDArray[np.int64]


def count(orders: int) -> int:
    """How many products a company of that many orders has."""
    return max(60, int(4 * orders**0.5))


def popularity(draws: Draws, product_id: Ints, category: Ints) -> Ints:
    """Weights by which products are drawn: a fifth of them make most of the sales."""
    rank = draws.uniform("product.popularity", product_id)
    share = np.array([c.share for c in CATEGORIES])[category]
    # (rank + 1 %)^-1.25, by square roots, which every machine rounds alike.
    near = 1 / (rank + 0.01)
    return (share * near * np.sqrt(np.sqrt(near))).astype(np.int64) + 1


def suppliers(draws: Draws, number: int) -> Batch:
    """All rows of ``suppliers``."""
    ids = np.arange(1, number + 1)
    created = utc(np.datetime64("2022-06-01T09:00:00") + ids * np.timedelta64(97, "m"))
    return {
        "supplier_id": ids,
        "supplier_code": code("FOR", ids, 5),
        "supplier_name": _supplier_name(draws, ids),
        "country": draws.pick("supplier.country", ids, _ORIGINS),
        "is_active": ~draws.chance("supplier.inactive", ids, 0.05),
        "created_at": created,
        "updated_at": created,
        "deleted_at": np.full(number, "NaT", "M8[s]"),
    }


def _supplier_name(draws: Draws, ids: Ints) -> Texts:
    kind = draws.pick("supplier.kind", ids, _SUPPLIER_KINDS)
    name: Texts = kind + " " + draws.pick("supplier.name", ids, _BRANDS) + " " + code("", ids, 3)
    return name


def products(draws: Draws, number: int, suppliers: int) -> Batch:
    """All rows of ``products``."""
    ids = np.arange(1, number + 1)
    category = (ids - 1) % len(CATEGORIES)
    subcategory = draws.integers("product.subcategory", ids, 0, 5)
    names = np.array([c.subcategories for c in CATEGORIES], dtype=object)[category, subcategory]
    brand = draws.pick("product.brand", ids, _BRANDS)
    model = draws.pick("product.letter", ids, np.array(list("ABCDEFGHKLMNPRSTVXZ"), dtype=object))
    low, high, margin = (
        np.array([getattr(c, field) for c in CATEGORIES])[category]
        for field in ("low", "high", "margin")
    )
    cheap = draws.uniform("product.price", ids)
    list_cents = (low + (high - low) * cheap**2 * cheap**2 * cheap**2).astype(np.int64) * 100 + 90
    margin = margin * 100 + draws.integers("product.margin", ids, -800, 801)
    cost_cents = list_cents * (10_000 - margin) // 10_000

    launch = np.where(
        draws.chance("product.new", ids, 0.2),
        np.datetime64(demand.START) + draws.integers("product.launch", ids, 0, 1000),
        _LAUNCHED_EARLIER + draws.integers("product.earlier", ids, 0, 1400),
    )
    gone = draws.chance("product.gone", ids, 0.06) & (launch < np.datetime64(demand.START))
    discontinued = np.where(
        gone,
        np.datetime64(demand.START) + draws.integers("product.end", ids, 120, 1090),
        np.datetime64("NaT"),
    )
    status = np.where(gone, 2, np.where(draws.chance("product.paused", ids, 0.02), 1, 0))
    created = np.maximum(launch - 20, np.datetime64("2022-06-01")).astype("M8[s]")
    created += draws.integers("product.created", ids, 9 * 3_600, 18 * 3_600)
    # Prices were last revised at some day of the last year.
    revised = np.datetime64("2025-01-02T12:00:00") + draws.integers(
        "product.revised", ids, 0, 360 * 86_400
    )
    deleted = draws.chance("product.deleted", ids, 0.5) & gone
    deleted_at = np.where(deleted, discontinued.astype("M8[s]") + 90_000, np.datetime64("NaT"))
    return {
        "product_id": ids,
        "product_code": code("PRD", ids, 6),
        "sku": code("SKU-", ids * 7 + 100_000, 8),
        "barcode": code("789", ids * 13 + 1_000_000_000, 10),
        "product_name": names + " " + brand + " " + model + code("", ids % 1000, 3),
        "short_description": names + " da linha " + brand,
        "category_name": CATEGORY_NAMES[category],
        "subcategory_name": names,
        "product_line": "Linha " + brand,
        "brand": brand,
        "manufacturer": brand + " Indústria Ltda",
        "supplier_id": np.ma.array(
            draws.integers("product.supplier", ids, 1, suppliers + 1),
            mask=draws.chance("product.unsupplied", ids, 0.01),
        ),
        "country_origin": draws.pick("product.origin", ids, _ORIGINS),
        "weight_kg": draws.integers("product.weight", ids, 50, 9_000),
        "color": draws.pick("product.color", ids, _COLORS),
        "material": draws.pick("product.material", ids, _MATERIALS),
        "cost_price": cost_cents,
        "list_price": list_cents,
        "suggested_margin_percent": margin * 100,
        "is_perishable": np.array([c.perishable for c in CATEGORIES])[category],
        "is_fragile": np.array([c.fragile for c in CATEGORIES])[category],
        "requires_refrigeration": names == "Queijo",
        "minimum_age": np.where(names == "Vinho", 18, 0),
        "min_stock": draws.integers("product.min_stock", ids, 5, 40),
        "max_stock": draws.integers("product.max_stock", ids, 100, 900),
        "reorder_days": draws.integers("product.reorder", ids, 3, 45),
        "product_status": np.array(["Ativo", "Inativo", "Descontinuado"], dtype=object)[status],
        "launch_date": launch,
        "discontinued_date": discontinued,
        "rating_avg": draws.integers("product.rating", ids, 310, 500),
        "rating_count": draws.integers("product.ratings", ids, 0, 2_000),
        "created_at": utc(created),
        "updated_at": utc(np.fmax(np.maximum(created, revised), deleted_at)),
        "deleted_at": utc(deleted_at),
    }


def on_sale(draws: Draws, products: Batch) -> Assortment:
    """What is on sale now: all the given products, in one period."""
    category = np.searchsorted(np.sort(CATEGORY_NAMES), products["category_name"])
    category = np.argsort(CATEGORY_NAMES)[category]
    return Assortment(
        product_id=products["product_id"],
        category=category,
        list_cents=products["list_price"],
        cost_cents=products["cost_price"],
        weights=popularity(draws, products["product_id"], category)[None, :],
    )


def assortment(draws: Draws, products: Batch, months: npt.NDArray[np.datetime64]) -> Assortment:
    """What was on sale in each of ``months``: launched before, discontinued not before its end."""
    ids = products["product_id"]
    category = (ids - 1) % len(CATEGORIES)
    launched = products["launch_date"][None, :] <= months[:, None].astype("M8[D]")
    gone = products["discontinued_date"][None, :] < (months[:, None] + 1).astype("M8[D]")
    return Assortment(
        product_id=ids,
        category=category,
        list_cents=products["list_price"],
        cost_cents=products["cost_price"],
        weights=np.where(launched & ~gone, popularity(draws, ids, category)[None, :], 0),
    )
