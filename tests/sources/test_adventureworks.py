"""The mapping of Adventure Works against figures computed from the CSV files themselves."""

import csv
import gzip
import io
from collections import Counter
from decimal import Decimal

import pytest

from tests.sources.foreign import DATA, Foreign, foreign, problems


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Foreign:
    return foreign("adventureworks", tmp_path_factory.mktemp("adventureworks"))


def _csv(table: str) -> list[dict[str, str]]:
    with gzip.open(DATA / "adventureworks" / f"{table}.csv.gz") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig")))


def test_rows_meet_the_contract(company: Foreign) -> None:
    assert problems(company) == []


def test_row_counts(company: Foreign) -> None:
    assert {entity: len(rows) for entity, rows in company.rows.items()} == {
        "regions": 587 + 3,
        "teams": 10,
        "suppliers": 0,
        "customers": 18_484 + 701,
        "products": 504,
        "sellers": 17,
        "discount_campaigns": 15,
        "orders": 3_796 + 27_659,
        "order_items": 60_855 + 60_398,
        "order_item_discounts": 3_282,
        "seller_targets_monthly": 163,
    }


@pytest.mark.parametrize(
    ("channel", "table", "revenue"),
    [
        ("Revenda", "FactResellerSales", Decimal("80450596.98")),
        ("Internet", "FactInternetSales", Decimal("29358677.22")),
    ],
)
def test_revenue_and_cost_are_those_of_the_files(
    company: Foreign, channel: str, table: str, revenue: Decimal
) -> None:
    orders = company.by_key("orders")
    items = [
        item
        for item in company.rows["order_items"]
        if orders[item["order_id"]]["sales_channel"] == channel
    ]
    lines = _csv(table)

    net = sum(item["net_amount"] for item in items)
    assert round(net, 2) == revenue
    assert net == sum(Decimal(line["SalesAmount"]) for line in lines)
    assert sum(item["cost_amount"] for item in items) == sum(
        Decimal(line["TotalProductCost"]) for line in lines
    )
    assert sum(item["quantity"] for item in items) == sum(
        int(line["OrderQuantity"]) for line in lines
    )


def test_freight_and_tax_are_those_of_the_files(company: Foreign) -> None:
    lines = _csv("FactResellerSales") + _csv("FactInternetSales")
    for column, told in (("shipping_amount", "Freight"), ("tax_amount", "TaxAmt")):
        expected = sum(Decimal(line[told]) for line in lines)
        assert sum(order[column] for order in company.rows["orders"]) == expected
    assert "total_amount" not in company.rows["orders"][0]


def test_all_orders_count_as_sales_and_name_a_place(company: Foreign) -> None:
    orders = company.rows["orders"]
    assert {order["order_status"] for order in orders} == {"Enviado"}
    assert all(order["region_id"] and order["shipped_at"] for order in orders)
    assert sum(order["seller_id"] is not None for order in orders) == 3_796


def test_discounts_are_those_of_the_discounted_lines(company: Foreign) -> None:
    discounts = company.rows["order_item_discounts"]
    items = company.by_key("order_items")
    assert "1" not in company.by_key("discount_campaigns")
    assert Counter(d["order_item_id"] for d in discounts) == Counter(
        key for key, item in items.items() if item["had_discount"]
    )
    for discount in discounts:
        assert discount["discount_amount"] == items[discount["order_item_id"]]["discount_amount"]
    # Net comes first: of the source's own discounts, 378 are off by a hundredth of a cent.
    own = {
        f"{line['SalesOrderNumber']}-{line['SalesOrderLineNumber']}": Decimal(
            line["DiscountAmount"]
        )
        for line in _csv("FactResellerSales")
    }
    differences = [abs(d["discount_amount"] - own[d["order_item_id"]]) for d in discounts]
    assert Counter(differences) == {Decimal("0.0000"): 3_282 - 378, Decimal("0.0001"): 378}


def test_quotas_are_quarterly_targets(company: Foreign) -> None:
    targets = company.rows["seller_targets_monthly"]
    assert {target["period_type"] for target in targets} == {"Trimestral"}
    assert len({(t["seller_id"], t["target_month"]) for t in targets}) == 163
    assert {t["target_month"] for t in targets} == {
        f"{year}-{month:02}-01" for year in (2011, 2012, 2013) for month in (1, 4, 7, 10)
    }
    assert company.total("seller_targets_monthly", "target_amount") == sum(
        Decimal(quota["SalesAmountQuota"]) for quota in _csv("FactSalesQuota")
    )


def test_sellers_are_the_sales_people_once_each(company: Foreign) -> None:
    sellers = company.by_key("sellers")
    assert set(sellers) == {"272", *map(str, range(281, 297))}
    people = {e["EmployeeKey"]: e["EmployeeNationalIDAlternateKey"] for e in _csv("DimEmployee")}
    assert len({people[key] for key in sellers}) == 17
    assert {key for key, s in sellers.items() if s["manager_seller_id"] is None} == {
        "272",
        "290",
        "294",
    }
    assert {key for key, s in sellers.items() if s["team_id"] is None} == {"272", "290", "294"}


def test_products_are_described_by_their_newest_version(company: Foreign) -> None:
    helmet = company.by_key("products")["HL-U509-R"]
    assert helmet["product_name"] == "Sport-100 Helmet, Red"
    assert helmet["list_price"] == Decimal("34.9900")
    assert (helmet["category_name"], helmet["subcategory_name"]) == ("Accessories", "Helmets")
    assert helmet["product_status"] == "Ativo"


def test_the_unknown_is_not_made_up(company: Foreign) -> None:
    item = company.rows["order_items"][0]
    assert not {"return_quantity", "returned_amount", "commission_amount"} & set(item)
    order = company.rows["orders"][0]
    assert not {"approved_at", "delivered_at", "payment_status", "currency_code"} & set(order)
