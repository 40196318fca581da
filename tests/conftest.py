"""Real nodes for tests: a home in a temporary folder, served over HTTP; nothing of it touches the user's own files."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import httpx
import hypothesis
import pytest
from tests.ports.devices import free_port, make_token, serve_openbao
from tests.story.wire import can_capture

from commonweal.adapters.http_server import background
from commonweal.node import Front, HomeReport, Node, UnlockSecret, create_home, open_home, verify_home

UNTIMED: Any = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
"""A busy machine is no fault."""
hypothesis.settings.register_profile("repeatable", derandomize=True, **UNTIMED)  # the same examples each `make test`
hypothesis.settings.register_profile("random", **UNTIMED)  # fresh ones in `make nightly`
hypothesis.settings.load_profile("repeatable")

UNLOCK = "a secret that only these tests know"
DWP = "department-for-work-pensions"
LAMBETH = "lambeth"

CLAIMANTS = "dwp/claimants"
CLAIMANT_FIELDS = ("nino", "postcode", "council", "award")
STOCK = "r0a/ppe-stock"
STOCK_SOURCE = b"trust,as_at,item,stock,daily_use\nR0A,2020-04-01,gloves,4321,123\nR0A,2020-04-01,masks,87,11\n"


@contextmanager
def small_disk(size: int, place: Path) -> Iterator[Path]:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A disk of so many bytes."""
    place = tmp_path / "disk"
    place.mkdir()
    with small_disk(request.param, place):
        yield place


def can_mount() -> bool:
    try:
        with TemporaryDirectory() as place, small_disk(65_536, Path(place)):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


PRIVILEGED: "dict[str, tuple[Callable[[], bool], str]]" = {
    "disk": (can_mount, "FULL DISKS LEFT OUT: {} tests need a user who may mount a tmpfs, such as root."),
    "tapped": (can_capture, "THE WIRE LEFT OUT: {} tests need a user who may capture loopback, such as root."),
}
"""For each fixture that not every user may have, how to know, and what to say."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this user has not the rights for, a disk or a capture of its own, and say so; never in CI."""
    for fixture, (may, said) in PRIVILEGED.items():
        left_out = [each for each in items if fixture in getattr(each, "fixturenames", ())]
        if not left_out or os.environ.get("CI") or may():
            continue
        config.hook.pytest_deselected(items=left_out)
        items[:] = [each for each in items if each not in left_out]
        if (terminal := config.pluginmanager.get_plugin("terminalreporter")) is not None:
            terminal.write_line(said.format(len(left_out)))


class ShiftingClock:
    """The machine's clock, moved on by tests that cannot wait."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def advance(self, by: timedelta) -> None:
        self._shift += by


@dataclass(frozen=True)
class Claimant:
    """A person who does not exist, under particulars that are found nowhere else."""

    nino: str
    name: str
    postcode: str
    council: str = "E09000022"

    def values(self) -> tuple[str, ...]:
        return self.nino, self.name, self.postcode


PEOPLE = (
    Claimant("QQ314159A", "Zebulon Q Quartzcanary", "SW2 7ZQ"),
    Claimant("QQ271828B", "Ysolde X Flintcanary", "SW2 8XJ"),
    Claimant("QQ161803C", "Xanthe J Onyxcanary", "SE15 9QX", council="E09000028"),
)


def claimants_source(people: Sequence[Claimant] = PEOPLE) -> bytes:
    """Return the closed source as CSV."""
    rows = (f"{each.nino},{each.name},1961-07-05,{each.postcode},{each.council},61.37" for each in people)
    return "\n".join(("nino,name,date_of_birth,postcode,council,award", *rows, "")).encode()


@dataclass(frozen=True)
class Home:
    """A home folder, its clock and the secret that unlocks it."""

    folder: Path
    clock: ShiftingClock = field(default_factory=ShiftingClock)
    unlock: str = UNLOCK

    def open(self) -> AbstractContextManager[Node]:
        return open_home(self.folder, clock=self.clock, unlock=UnlockSecret(self.unlock.encode(), "given by the test"))

    def verify(self) -> HomeReport:
        """Prove the stopped home; every event must be under the signed checkpoint."""
        report = verify_home(self.folder)
        assert report.log.pending == 0
        return report


Headers: TypeAlias = dict[str, str]


@dataclass(frozen=True)
class Agreed:
    """An agreement with a token of its recipient, and the table that a Delta Sharing client names."""

    id: str
    token: str
    dataset: str
    schema: str

    @property
    def reader(self) -> Headers:
        """Return the headers with which the recipient reads."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def table_path(self) -> str:
        """Return the address of the table at the Delta Sharing door."""
        table = self.dataset.partition("/")[2].replace("-", "_")
        return f"/delta-sharing/shares/{self.id}/schemas/{self.schema}/tables/{table}"

    def data_path(self, form: str) -> str:
        """Return the plain address of the data."""
        return f"/api/v1/agreements/{self.id}/data.{form}"


@dataclass(frozen=True)
class Served:
    """A node that answers on loopback, and what tests ask of it over HTTP; `token` is its operator's."""

    url: str
    client: httpx.Client
    token: str

    def person(self, identifier: str = "") -> Headers:
        """Return the headers of a person of the node, lent a keyboard by the operator; none names the operator."""
        acting = {"Commonweal-Person": identifier} if identifier else {}
        return {"Authorization": f"Bearer {self.token}", **acting}

    def send(self, method: str, path: str, headers: Headers | None = None, **content: Any) -> httpx.Response:
        """Send one request with nothing but these headers."""
        return self.client.request(method, path, headers=headers, **content)

    def do(self, path: str, form: Any = None, *, by: str = "") -> Any:
        """Post a form as a person and return the answer, which must be a success."""
        answer = self.send("POST", path, self.person(by), json=form or {})
        assert answer.is_success, answer.text
        return answer.json()

    def join(self, body: str, name: str, *roles: str) -> str:
        """Give a body a tenancy and return the identifier of a new person of it."""
        self.do("/api/v1/bodies", {"body": body})
        return str(self.do("/api/v1/people", {"body": body, "name": name, "roles": list(roles)})["person"])

    def upload(self, content: bytes, *, by: str) -> httpx.Response:
        """Send a source's bytes."""
        return self.send("POST", "/api/v1/uploads", self.person(by), content=content)

    def publish(self, dataset: str, content: bytes, contract: str, *, by: str, **form: Any) -> httpx.Response:
        """Publish a source under one of the story's data contracts."""
        body, _, name = dataset.partition("/")
        document = {
            "body": body,
            "name": name,
            "contract": packaged(contract).decode(),
            "upload": self.upload(content, by=by).json()["upload"],
            "confirm": True,
            **form,
        }
        return self.send("POST", "/api/v1/datasets", self.person(by), json=document)

    def profile(self, agreement: str, *, by: str) -> dict[str, Any]:
        """Return a fresh profile of an agreement."""
        answer: dict[str, Any] = self.do(f"/api/v1/agreements/{agreement}/profile", by=by)
        return answer

    def publish_claimants(self, dataset: str = CLAIMANTS) -> None:
        """Have DWP publish its closed claimants."""
        steward = self.join("DWP", "Priya Shah", "steward")
        answer = self.publish(
            dataset,
            claimants_source(),
            "claimants.odcs.yaml",
            by=steward,
            access="closed",
            marking="OFFICIAL-SENSITIVE",
        )
        assert answer.status_code == 201, answer.text

    @staticmethod
    def claimants_source() -> bytes:
        """Return DWP's closed source."""
        return claimants_source()

    def ask_for_claimants(self) -> str:
        """Have Lambeth ask DWP for claimants; return the access request, which waits for a named person."""
        analyst = self.join("lambeth", "Tom Reid", "analyst", "asset-owner")
        form = {
            "dataset": CLAIMANTS,
            "recipient": "lambeth",
            "purpose": "council-tax-reduction",
            "gateway": "wra12-s130-131",
        }
        return str(self.do("/api/v1/requests", form, by=analyst)["request"])

    def rule_on_claimants(self, request: str, until: datetime | None = None) -> None:
        """Have DWP's named person permit a request, narrowed and tokenised."""
        lead = self.join("DWP", "Margaret Okafor", "information-governance", "asset-owner")
        ruling = {
            "permit": True,
            "fields": list(CLAIMANT_FIELDS),
            "rows": ["council=E09000022"],
            "tokenise": ["nino"],
            "until": until.isoformat() if until else None,
        }
        self.do(f"/api/v1/requests/{request}/ruling", ruling, by=lead)

    def agree_on_claimants(self, until: datetime | None = None) -> Agreed:
        """Ask, rule and sign: Lambeth may read its claimants; the dataset must be published."""
        request = self.ask_for_claimants()
        self.rule_on_claimants(request, until)
        analyst = f"tom.reid@{LAMBETH}"
        agreement = str(self.do(f"/api/v1/requests/{request}/agreement", by=analyst)["agreement"])
        token = str(self.profile(agreement, by=analyst)["bearerToken"])
        return Agreed(agreement, token, CLAIMANTS, DWP.replace("-", "_"))

    def agree_on_stock(self, until: datetime | None = None) -> Agreed:
        """Have a trust publish its stock and DHSC be agreed by default."""
        steward = self.join("R0A", "Sam Steward", "steward")
        published = self.publish(STOCK, STOCK_SOURCE, "ppe-stock.odcs.yaml", by=steward)
        assert published.is_success, published.text
        analyst = self.join("DHSC", "Aisha Khan", "analyst", "asset-owner")
        form = {
            "dataset": STOCK,
            "recipient": "DHSC",
            "purpose": "ppe-supply",
            "until": until.isoformat() if until else None,
        }
        agreement = str(self.do("/api/v1/requests", form, by=analyst)["agreement"])
        return Agreed(agreement, str(self.profile(agreement, by=analyst)["bearerToken"]), STOCK, "r0a")

    def publish_open(self) -> str:
        """Have Lambeth publish its payments for anybody; return the dataset."""
        steward = self.join("lambeth", "Ngozi Bello", "steward")
        source = packaged("lambeth-payments-2011-01.csv")
        published = self.publish("lambeth/payments", source, "payments.odcs.yaml", by=steward, access="open")
        assert published.is_success, published.text
        return "lambeth/payments"

    def file_url(self, agreed: Agreed) -> str:
        """Return a signed file URL, without the node's address."""
        answer = self.send("POST", f"{agreed.table_path}/query", agreed.reader, json={})
        assert answer.status_code == 200, answer.text
        lines = [json.loads(line) for line in answer.text.splitlines()]
        url: str = next(line["file"]["url"] for line in lines if "file" in line)
        return url.removeprefix(self.url)

    def events(self, **wanted: str) -> list[dict[str, Any]]:
        """Return the events of the log, as the operator sees them."""
        answer = self.send("GET", "/api/v1/events", self.person(), params={**wanted, "limit": 1000})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["events"]
        return found

    def search(self, words: str = "") -> set[str]:
        """Return the datasets that a stranger finds."""
        answer = self.send("GET", "/api/v1/datasets", params={"q": words, "limit": 200})
        return {each["dataset"] for each in answer.json()["datasets"]}


@dataclass(frozen=True)
class ServedHere(Served):
    """A node that is served by this very process, so that its parts can be asked too."""

    home: Home
    node: Node


def packaged(name: str) -> bytes:
    """Return one of the files that ship with the demonstration."""
    return (files("commonweal.cli.story") / "data" / name).read_bytes()


def client_of(url: str) -> httpx.Client:
    """Return a client of a node on loopback; the certificate store, slow to read, is left alone."""
    return httpx.Client(base_url=url, timeout=30, trust_env=False, verify=False)  # noqa: S501


@contextmanager
def serve(home: Home) -> Iterator[ServedHere]:
    """Open a home and serve it on a free port."""
    with (
        home.open() as node,
        background("commonweal.web:create_app", node, Front()) as address,
        client_of(address.url) as client,
    ):
        yield ServedHere(address.url, client, node.bodies.lend_operator_token(), home, node)


@dataclass(frozen=True)
class ServedApart(Served):
    """A node that `commonweal serve` serves in a process of its own; `said` is the file with all it writes."""

    home: Home
    process: "subprocess.Popen[bytes]"
    said: Path


@contextmanager
def serve_apart(
    home: Home,
    configuration: Path,
    *options: str,
    port: int = 0,
    client: Callable[[str], httpx.Client] = client_of,
    **variables: str,
) -> Iterator[ServedApart]:
    """Serve a home by the command line, its secrets in a configuration folder, and stop it as an operator would.

    Args:
        home: the home.
        configuration: the folder of its secrets, where it also works.
        options: further options of the command.
        port: the port; 0 takes a free one.
        client: makes a client of the address it announces.
        variables: its environment, where it differs from this one's.
    """
    command = [sys.executable, "-m", "commonweal.cli", "serve", "--home", str(home.folder), "--port", str(port)]
    environment = {**os.environ, "COMMONWEAL_UNLOCK": UNLOCK, "XDG_CONFIG_HOME": str(configuration), **variables}
    said = configuration / "said.txt"
    with (
        said.open("ab") as output,
        subprocess.Popen(
            [*command, *options],
            env=environment,
            cwd=configuration,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            url, token = wait_for_serving(home, configuration, process)
            with client(url) as opened:
                yield ServedApart(url, opened, token, home, process, said)
        finally:
            process.terminate()
            process.wait(30)


def wait_for_serving(home: Home, configuration: Path, process: "subprocess.Popen[bytes]") -> tuple[str, str]:
    """Return the address and the operator token that a serving process announces."""
    name = json.loads((home.folder / "node.json").read_bytes())["node"]
    announced, token = home.folder / "serve.json", configuration / "commonweal" / name / "operator-token"
    limit = time.monotonic() + 60
    while not announced.exists():
        assert process.poll() is None, "the node ended before it served"
        assert time.monotonic() < limit, "the node did not serve within a minute"
        time.sleep(0.05)
    return json.loads(announced.read_bytes())["url"], token.read_text()


def pytest_report_header() -> list[str]:
    """Say it loudly when the known answers of `tests/vectors` are not beside the checkout."""
    vectors = Path(__file__).parents[1] / ".." / "shared" / "vectors"
    return [] if vectors.is_dir() else [f"KNOWN ANSWERS LEFT OUT: there is no {vectors.resolve()} (tests/vectors)."]


@pytest.fixture(scope="session", autouse=True)
def own_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep every node of every test out of the user's own configuration folder."""
    folder = tmp_path_factory.mktemp("configuration")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        for name in ("COMMONWEAL_HOME", "COMMONWEAL_UNLOCK", "CREDENTIALS_DIRECTORY"):
            patch.delenv(name, raising=False)
        yield folder


@pytest.fixture(scope="session")
def claimants() -> Sequence[Claimant]:
    """The people of DWP's closed dataset: two in Lambeth's area, one in Southwark's."""
    return PEOPLE


@pytest.fixture(scope="session")
def pristine_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as `init` leaves it; tests work on copies."""
    folder = tmp_path_factory.mktemp("pristine") / "home"
    create_home(
        folder, body="cabinet-office", operator="Olu Adeyemi", port=8400, environment={"COMMONWEAL_UNLOCK": UNLOCK}
    )
    return folder


@pytest.fixture(scope="session")
def new_home(pristine_home: Path) -> Callable[[Path], Home]:
    """Make a home in a folder that does not exist yet."""
    return lambda folder: Home(copytree(pristine_home, folder))


@pytest.fixture(scope="session")
def serving() -> Callable[[Home], AbstractContextManager[ServedHere]]:
    """Serve a home for the length of a `with` block."""
    return serve


@pytest.fixture
def serving_apart(tmp_path: Path) -> Callable[[Home], AbstractContextManager[ServedApart]]:
    """Serve a home by a `commonweal serve` of its own for the length of a `with` block."""
    configuration = tmp_path / "configuration"
    configuration.mkdir()
    return lambda home: serve_apart(home, configuration)


@pytest.fixture
def a_home(tmp_path: Path, new_home: Callable[[Path], Home]) -> Home:
    """A node's home of this test's own."""
    return new_home(tmp_path / "home")


@pytest.fixture
def served(a_home: Home) -> Iterator[ServedHere]:
    """A served node of this test's own."""
    with serve(a_home) as found:
        yield found


@pytest.fixture(scope="session")
def token_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SoftHSM token, by its PKCS#11 URL."""
    return make_token(tmp_path_factory.mktemp("softhsm"))


@pytest.fixture(scope="session")
def vault() -> Iterator[str]:
    """A served OpenBao's transit engine, by its URL."""
    with serve_openbao(free_port()) as url:
        yield url
