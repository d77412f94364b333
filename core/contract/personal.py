"""Which columns hold a person's data, and which values look as if they did.

Personal data are customers' (LGPD): they live in staging and in the dimensions, and nowhere else.
"""

import re
from collections.abc import Iterable

import pyarrow as pa

PERSONAL = (
    "customer_code",
    "full_name",
    "email",
    "phone",
    "document_number",
    "birth_date",
    "gender",
    "address_line",
    "district",
    "zip_code",
)
"""Columns of customers in staging; `meta: pii` says the same to dbt, and a test compares them."""
CUSTOMERS, CUSTOMER_KEY = "customers", "customer_id"
ANONYMOUS = "Anonimizado"
"""Stands for the name of a person whose data were erased; all else of them is null."""

PERSONAL_IN_DIMENSION = (
    "codigo_cliente",
    "nome_cliente",
    "cpf_cnpj",
    "email",
    "telefone",
    "data_nascimento",
    "genero",
    "endereco",
    "bairro",
    "cep",
)
"""Those of ``dim_cliente`` that are made of them; marked and compared too."""

# A word of a column's name, in Portuguese and English: of persons, then of ways to log in and pay.
_WORDS = """
sobrenome apelido surname firstname lastname fullname nickname username login user usuario mail
email emails phone phones telefone telefones fone celular mobile cellphone whatsapp fax cpf cnpj rg
cnh passport passaporte ssn nif dni document documento doc tax taxid vat birth birthday birthdate
nascimento dob address addresses endereco logradouro rua street complemento bairro district cep zip
zipcode postcode postal ip latitude longitude lat lon lng geo gender genero sexo religion religiao
ethnicity etnia health saude photo foto avatar picture signature assinatura mother mae father pai
contact contato recipient destinatario twitter instagram facebook linkedin
password passwd pwd pass senha hash salt token secret segredo otp pin apikey api auth card cartao
cvv iban account conta agencia pix
"""
# Products and campaigns have names too.
_NAMES = frozenset(("name", "names", "nome", "nomes"))
_SEPARATORS = re.compile(r"[^a-z]+")

_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_DIGITS = re.compile(r"\D")
_CPF = r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}"
_CNPJ = r"\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}"
# A mobile number begins with 9, another with 2 to 5; with neither brackets nor country it must have
# its hyphen, as a code of a product or an order need not.
_NUMBER = r"(?:9\d{4}|[2-5]\d{3})"
_PHONE = (
    rf"\+55[ .-]?\(?[1-9]{{2}}\)?[ .-]?{_NUMBER}[ .-]?\d{{4}}"
    rf"|(?:55 )?\([1-9]{{2}}\) ?{_NUMBER}[ .-]?\d{{4}}"
    rf"|(?:55 )?[1-9]{{2}}[ .-]{_NUMBER}-\d{{4}}"
)

NATURAL_KEY = r"@|^[ .\-/()+]*(?:[0-9][ .\-/()+]*){10,14}$"
"""What a key looks like that is a document, an e-mail or a phone number."""


def looks_personal(entity: str, column: str) -> bool:
    """Whether the name of a column says that it may hold a person's data, or lets people in."""
    words = _SEPARATORS.split(column.lower())
    if entity in (CUSTOMERS, "orders") and not _NAMES.isdisjoint(words):
        return True
    return not set(_WORDS.split()).isdisjoint(words)


def is_emptied(entity: str, column: str, *, extra: bool, measure: bool, marked: bool) -> bool:
    """Whether a column of staging is emptied once its row's customer is erased.

    ``extra`` is one beyond the contract, ``measure`` a number or a flag, ``marked`` one that the
    mapping calls personal. Of customers all that is no number describes a person.
    """
    if not extra:
        return entity == CUSTOMERS and column in PERSONAL
    if entity not in (CUSTOMERS, "orders"):
        return False
    return marked or looks_personal(entity, column) or (entity == CUSTOMERS and not measure)


def is_measure(kind: pa.DataType) -> bool:
    """Whether a column of a type is a number or a flag, which somebody may add up."""
    return not (pa.types.is_string(kind) or pa.types.is_temporal(kind))


def kind_of_value(text: str) -> str | None:
    """What a text holds, as CPF, CNPJ, e-mail or phone number; None: nothing of the kind.

    A document is taken as written. Digits alone, which may number anything, must have the check
    digits of one, as one in a hundred numbers has by chance. A phone number has none, so that it
    must be written as one. Parts of longer words and numbers, such as of an id, are nothing.
    """
    if re.search(_EMAIL, text):
        return "e-mail"
    for found in re.findall(rf"(?<![\w.-])(?:{_CNPJ}|{_CPF})(?![\w-])", text):
        digits = _DIGITS.sub("", found)
        if found != digits or has_check_digits(digits):
            return "CPF" if len(digits) == 11 else "CNPJ"
    if re.search(rf"(?<![\w.-])(?:{_PHONE})(?![\w-]|\.\d)", text):
        return "telefone"
    return None


def has_check_digits(digits: str) -> bool:
    """Whether 11 digits end in the check digits of a CPF, or 14 in those of a CNPJ.

    Modulo 11 with the weights of Receita Federal; eleven or fourteen equal digits are none.
    """
    if len(digits) not in (11, 14) or len(set(digits)) == 1:
        return False
    highest = 11 if len(digits) == 11 else 9
    for end in (len(digits) - 2, len(digits) - 1):
        # 2, 3, 4 … from the right; those of a CNPJ begin anew after 9.
        weights = [2 + i % (highest - 1) for i in range(end)]
        total = sum(int(d) * w for d, w in zip(reversed(digits[:end]), weights, strict=True))
        if int(digits[end]) != total * 10 % 11 % 10:
            return False
    return True


def distinctive(values: Iterable[object]) -> list[str]:
    """Texts of a person that are of nobody else, so that they may be looked for anywhere."""
    found = set()
    for value in values:
        text = str(value).strip() if isinstance(value, str) else ""
        digits = _DIGITS.sub("", text)
        # A single word is a name that many have, and may be a part of any other.
        if "@" in text or len(digits) >= 8 or (len(text) >= 8 and " " in text):
            found.add(text)
        if len(digits) in (11, 14):
            found.add(digits)
    return sorted(found, key=lambda text: (-len(text), text))
