"""What compose.yml promises: who reaches whom, who knows which secret, and how each is held in."""

import re
from typing import Any

import pytest
import yaml

from core import record
from tests.conftest import ROOT

pytestmark = pytest.mark.unit

DOCKER = ROOT / "docker"
TEXT = (DOCKER / "compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# A digest is what is pinned; the tag beside it tells people which version that is.
PINNED = re.compile(r".+:[\w.-]+@sha256:[0-9a-f]{64}")
READERS = {"dashboards", "api"}
# Commands that end: of `make up`, and those that add people.
ONCE = {"bootstrap": "on-failure:3", "people": "no"}


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return request.param, SERVICES[request.param]


def test_every_service_is_held_in(service: tuple[str, dict[str, Any]]) -> None:
    name, content = service
    assert content["cap_drop"] == ["ALL"]
    assert content.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "sqlserver" else [])
    assert content["security_opt"] == ["no-new-privileges:true"]
    assert content.get("privileged") is None
    assert content["user"].split(":")[0] not in ("", "0", "root")
    assert content.get("read_only", False) is (name != "sqlserver")
    assert {"cpus", "memory", "pids"} <= content["deploy"]["resources"]["limits"].keys()
    assert content["init"] is True
    assert {"max-size", "max-file"} <= content["logging"]["options"].keys()


def test_every_service_comes_back_and_tells_its_health(
    service: tuple[str, dict[str, Any]],
) -> None:
    name, content = service
    if name in ONCE:
        assert content["restart"] == ONCE[name]
        assert "healthcheck" not in content
    else:
        assert content["restart"] == "unless-stopped"
        assert content["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_images_are_pinned_or_ours(service: tuple[str, dict[str, Any]]) -> None:
    content = service[1]
    if "build" in content:
        assert (ROOT / content["build"]["dockerfile"]).is_file()
        assert content["image"] == "dw-ecommerce:local"
    else:
        assert PINNED.fullmatch(content["image"])


def test_the_database_is_reached_from_inside_only() -> None:
    on_database = {name for name, s in SERVICES.items() if "database" in s["networks"]}
    assert on_database == {"sqlserver", "bootstrap", "pipeline"}
    assert SERVICES["sqlserver"]["networks"] == ["database"]
    assert COMPOSE["networks"]["database"] == {"internal": True}
    assert COMPOSE["networks"]["readers"] == {"internal": True}


def test_the_proxy_is_the_only_door_and_opens_to_this_machine_alone() -> None:
    doors = {name: s["ports"] for name, s in SERVICES.items() if "ports" in s}
    assert doors == {"proxy": ["${DW_HTTP_BIND:-127.0.0.1}:${DW_HTTP_PORT:-8080}:8080"]}


def test_readers_know_one_secret_and_write_only_who_logged_in() -> None:
    for name in READERS:
        told = SERVICES[name]["environment"]
        assert "PASSWORD" not in str(told)
        assert ("DW_SESSION_SECRET" in told) is (name == "dashboards")
        writable = [v for v in SERVICES[name]["volumes"] if not v.endswith(":ro")]
        assert writable == ["access:/data/access"]
        assert SERVICES[name]["networks"] == ["readers"]


def test_logins_can_be_switched_on() -> None:
    for name in READERS:
        told = SERVICES[name]["environment"]
        assert told["DW_USERS_FILE"] == "${DW_USERS_FILE:-}"
        assert told["DW_HOSTS"] == "${DW_HOSTS:-}"
        # A folder: the file is replaced as a whole, which a mounted file would not see.
        assert "people:/people:ro" in SERVICES[name]["volumes"]
    (adds,) = (n for n, s in SERVICES.items() if "people:/people" in s.get("volumes", ()))
    assert adds == "people"
    assert SERVICES[adds]["environment"]["DW_USERS_FILE"] == "/people/users.yml"
    assert SERVICES[adds]["profiles"] == ["people"]
    example = (DOCKER / ".env.example").read_text(encoding="utf-8")
    assert "# DW_USERS_FILE=/people/users.yml\n" in example


def test_readers_learn_the_address_of_who_asks_and_alerts_learn_of_logins() -> None:
    for name in READERS:
        assert SERVICES[name]["environment"]["FORWARDED_ALLOW_IPS"] == "*"
    reach_readers = {n for n, s in SERVICES.items() if "readers" in s["networks"]}
    assert reach_readers == {*READERS, "proxy", "people"}
    for name in (*READERS, "pipeline"):
        assert f"access:/data/{record.FOLDER}" in SERVICES[name]["volumes"]
    image = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    for folder in ("/data/access", "/people"):
        assert re.search(rf"install --directory --owner=dw .*{folder}\b", image)


def test_each_choice_of_tls_is_a_file() -> None:
    assert "./tls/${DW_TLS:-off}.conf:/etc/nginx/tls.conf:ro" in SERVICES["proxy"]["volumes"]
    assert {path.stem for path in (DOCKER / "tls").glob("*.conf")} == {"on", "off", "front"}
    assert "./tls/certificates:/etc/nginx/certificates:ro" in SERVICES["proxy"]["volumes"]
    ignored = (DOCKER / "tls/certificates/.gitignore").read_text(encoding="utf-8")
    assert "\n*\n" in ignored


def test_each_secret_goes_only_where_it_is_needed() -> None:
    knows = {
        secret: {n for n, s in SERVICES.items() if secret in str(s.get("environment", ""))}
        for secret in re.findall(r"\$\{(\w+_PASSWORD):\?", TEXT)
    }
    assert knows == {
        "MSSQL_SA_PASSWORD": {"sqlserver", "bootstrap"},
        "DW_ETL_WRITER_PASSWORD": {"bootstrap", "pipeline"},
        "DW_BI_READER_PASSWORD": {"bootstrap"},
        "DW_OLTP_READER_PASSWORD": {"bootstrap", "pipeline"},
    }
    assert not re.search(r"PASSWORD=(?!\"\$\$)", TEXT), "a secret stands in an argument"


def test_the_pipeline_waits_for_a_server_that_is_ready() -> None:
    assert SERVICES["bootstrap"]["depends_on"] == {"sqlserver": {"condition": "service_healthy"}}
    assert SERVICES["pipeline"]["depends_on"] == {
        "bootstrap": {"condition": "service_completed_successfully"}
    }


def test_every_setting_of_the_stack_is_in_the_example() -> None:
    example = (DOCKER / ".env.example").read_text(encoding="utf-8")
    told = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", example, re.MULTILINE))
    read = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))
    assert told == read
    defaults = dict(re.findall(r"^# ([A-Z_]+)=(.*)$", example, re.MULTILINE))
    used = dict(re.findall(r"(?<!\$)\$\{(\w+):-([^{}]*)\}", TEXT))
    # Unset unless somebody sets them.
    for name in ("DW_OLTP_URL", "DW_USERS_FILE", "DW_HOSTS"):
        del defaults[name]
    assert {name: used[name] for name in defaults} == defaults


def test_every_volume_and_network_is_declared() -> None:
    volumes = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", ())}
    assert {v for v in volumes if not v.startswith(".")} == COMPOSE["volumes"].keys()
    networks = {network for s in SERVICES.values() for network in s["networks"]}
    assert networks == COMPOSE["networks"].keys()
