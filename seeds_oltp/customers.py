"""Who buys. What a customer is depends on the id alone, so that every wave knows it again."""

import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seeds_oltp import brazil, demand
from seeds_oltp.batch import Batch, Texts, Times, code, utc
from seeds_oltp.draws import Draws, Flags, Ints

_FIRST_SIGNUP = np.datetime64("2019-01-01")
_TYPES = np.array(["Novo", "Recorrente", "VIP", "Inativo"], dtype=object)
_NO_TEXT = np.array(None, dtype=object)
_VALUES = np.array(["Bronze", "Prata", "Ouro", "Diamante"], dtype=object)


@dataclass(frozen=True)
class Purchases:
    """What is known of the customers' orders: how many, and the day of the last (NaT: none)."""

    number: Ints
    last: npt.NDArray[np.datetime64]


def count(orders: int) -> int:
    """How many customers a company of that many orders has."""
    return max(60, orders // 6)


def signup_days(number: int) -> npt.NDArray[np.datetime64]:
    """The day on which each of the base load's customers signed up, in the order of their ids.

    A third were there before the first order; the others came as demand grew.
    """
    before = number // 3
    earlier = _FIRST_SIGNUP + np.arange(before) * (
        np.datetime64(demand.START) - _FIRST_SIGNUP
    ) // max(before, 1)
    later = demand.day_at(np.arange(number - before) / (number - before))
    return np.concatenate([earlier, later])


def weights(draws: Draws, ids: Ints) -> Ints:
    """How often each customer buys, relatively: a fifth of them place two thirds of the orders."""
    return (1000 / (draws.uniform("customer.weight", ids) + 0.01)).astype(np.int64)


def is_company(draws: Draws, ids: Ints) -> Flags:
    """Which customers are companies (Pessoa Juridica)."""
    return draws.chance("customer.company", ids, 0.08)


def state_index(draws: Draws, ids: Ints) -> Ints:
    """Where each customer lives: an index into :data:`brazil.STATES`."""
    return draws.weighted("customer.state", ids, brazil.SHARE)


def kind(purchases: Purchases, today: np.datetime64) -> Texts:
    """customer_type, from the orders placed until ``today``."""
    idle = ~(purchases.last > today - 365)
    vip = purchases.number >= 25
    names: Texts = _TYPES[np.select([idle, vip, purchases.number > 1], [3, 2, 1], 0)]
    return names


def rows(draws: Draws, ids: Ints, signup: Times, purchases: Purchases) -> Batch:
    """Rows of ``customers`` who signed up at ``signup`` (local time)."""
    company = is_company(draws, ids)
    state = state_index(draws, ids)
    woman = draws.chance("customer.woman", ids, 0.53)
    first = np.where(
        woman,
        draws.pick("customer.first", ids, brazil.WOMEN),
        draws.pick("customer.first", ids, brazil.MEN),
    )
    middle = draws.pick("customer.middle", ids, brazil.SURNAMES)
    last = draws.pick("customer.last", ids, brazil.SURNAMES)
    trade = draws.pick("customer.trade", ids, brazil.COMPANY_KINDS)
    gender = np.where(draws.chance("customer.other", ids, 0.02), "O", np.where(woman, "F", "M"))
    today = np.datetime64(demand.END)
    customer_type = kind(purchases, np.maximum(today, signup.max().astype("M8[D]")))
    active = customer_type != "Inativo"
    # The last purchase, or a change of the profile, is the last thing that touched the row.
    touched = np.fmax(signup, purchases.last.astype("M8[s]") + 86_399)
    deleted = draws.chance("customer.deleted", ids, 0.002) & ~active
    return {
        "customer_id": ids,
        "customer_code": code("CLI", ids, 8),
        "full_name": np.where(
            company,
            trade + " " + last + " & " + middle + " Ltda",
            first + " " + middle + " " + last,
        ),
        "email": _ascii(first) + "." + _ascii(last) + code("", ids, 0) + "@example.com",
        "phone": _phone(draws, ids, state),
        "document_number": _document(draws, ids, company),
        "birth_date": np.where(
            company,
            np.datetime64("NaT"),
            np.datetime64("1945-01-01") + draws.integers("customer.birth", ids, 0, 22_000),
        ),
        "gender": np.where(company, _NO_TEXT, gender),
        "customer_type": customer_type,
        "segment": np.where(company, "Pessoa Juridica", "Pessoa Fisica"),
        "credit_score": np.ma.array(
            draws.integers("customer.score", ids, 250, 1001),
            mask=draws.chance("customer.unscored", ids, 0.04),
        ),
        "value_category": _VALUES[np.searchsorted([3, 9, 25], purchases.number, side="right")],
        "address_line": draws.pick("customer.street", ids, brazil.STREETS)
        + ", "
        + code("", draws.integers("customer.number", ids, 1, 3_000), 0),
        "district": draws.pick("customer.district", ids, brazil.DISTRICTS),
        "city": np.where(
            draws.chance("customer.capital", ids, 0.7),
            brazil.CAPITAL[state],
            brazil.SECOND_CITY[state],
        ),
        "state": brazil.UF[state],
        "country": np.full(len(ids), "Brasil", dtype=object),
        "zip_code": _zip(draws, ids, state),
        "first_signup_date": signup.astype("M8[D]"),
        "last_purchase_date": purchases.last,
        "is_active": active,
        "accepts_email_marketing": draws.chance("customer.marketing", ids, 0.62),
        "is_vip": customer_type == "VIP",
        "created_at": utc(signup),
        "updated_at": utc(np.where(deleted, touched + 60, touched)),
        "deleted_at": utc(np.where(deleted, touched + 60, np.datetime64("NaT"))),
    }


def _ascii(names: Texts) -> Texts:
    plain = {
        name: unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        for name in set(names.tolist())
    }
    return np.array([plain[name] for name in names.tolist()], dtype=object)


def _phone(draws: Draws, ids: Ints, state: Ints) -> Texts:
    number = draws.integers("customer.phone", ids, 0, 10**8).tolist()
    area = brazil.AREA_CODE[state].tolist()
    return np.array(
        [f"({a}) 9{n // 10_000:04}-{n % 10_000:04}" for a, n in zip(area, number, strict=True)],
        dtype=object,
    )


def _zip(draws: Draws, ids: Ints, state: Ints) -> Texts:
    rest = draws.integers("customer.zip", ids, 0, 10**6).tolist()
    prefix = brazil.ZIP_PREFIX[state].tolist()
    return np.array(
        [f"{p}{n // 1000:03}-{n % 1000:03}" for p, n in zip(prefix, rest, strict=True)],
        dtype=object,
    )


def _document(draws: Draws, ids: Ints, company: Flags) -> Texts:
    """CPF or CNPJ in shape only: the check digits are wrong, so that it is nobody's."""
    # A power of three has no factor in common with a power of ten: no number comes twice.
    cpf = ids * 3**18 % 10**9
    cnpj = ids * 3**16 % 10**8 * 10_000 + 1
    right = np.where(company, check_digits(cnpj, 12, 9), check_digits(cpf, 9, 11))
    wrong = (right + draws.integers("customer.check", ids, 1, 100)) % 100
    digits = np.where(company, code("", cnpj, 12), code("", cpf, 9)) + code("", wrong, 2)
    return np.array(
        [
            f"{n[:2]}.{n[2:5]}.{n[5:8]}/{n[8:12]}-{n[12:]}"
            if len(n) == 14
            else f"{n[:3]}.{n[3:6]}.{n[6:9]}-{n[9:]}"
            for n in digits.tolist()
        ],
        dtype=object,
    )


def check_digits(numbers: Ints, length: int, top: int) -> Ints:
    """The two check digits of CPF (``length`` 9, ``top`` 11) or CNPJ (12, 9) numbers.

    Both are a sum modulo 11 with weights that count up from 2 to ``top``, from the right.
    """
    for _ in range(2):
        total = np.zeros_like(numbers)
        for place in range(length):
            total += numbers // 10**place % 10 * (2 + place % (top - 1))
        numbers = numbers * 10 + total * 10 % 11 % 10
        length += 1
    return numbers % 100
