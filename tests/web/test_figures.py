"""Every table of figures as CSV: the page's numbers, with their moment and source, and no formula among them."""

import csv
import io
import re

import httpx
import pytest

from commonweal.web.figures.tables import Figures, answer_csv

from .views import NOW, SOURCE

TOLD = {"as_at": NOW.isoformat(), "source": SOURCE.version, "quality": SOURCE.quality}


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]+\.csv"', answer.headers["content-disposition"])
    return list(csv.DictReader(io.StringIO(answer.text), strict=True))


@pytest.mark.parametrize(
    ("path", "count", "row"),
    [
        ("/ppe/regions.csv", 4, {"day": "2020-04-03", "region": "London", "days_of_cover": "3.2", **TOLD}),
        ("/ppe/boards.csv", 4, {"code": "QHM", "days_of_cover": "7.0", "class": "7 to under 14 days", **TOLD}),
        ("/ppe/trusts.csv", 2, {"code": "RJZ", "days_of_scarcest_item": "1.5", "late": "no", **TOLD}),
        ("/ppe/missing.csv", 1, {"code": "RH8", "region": "South West", **TOLD}),
        ("/scorecard.csv", 5, {"this_node_per_cent": "96.0", "survey_2016_per_cent": "71", "bodies": "57", **TOLD}),
        ("/holdings.csv", 5, {"what": "bodies", "count": "57", "as_at": NOW.isoformat()}),
        ("/datasets/lambeth-council/payments-2011-01/versions.csv", 2, {"version": "2", "rows": "2523"}),
        ("/datasets/lambeth-council/payments-2011-01/fields.csv", 2, {"field": "payment_date", "confirmed": "yes"}),
    ],
)
def test_figures_are_those_of_the_page(client: httpx.Client, path: str, count: int, row: dict[str, str]) -> None:
    rows = rows_of(client.get(path))
    assert len(rows) == count
    assert row.items() <= rows[0].items()
    assert all(each["source"] and each["quality"] and each["as_at"] for each in rows)


def test_every_page_links_to_its_figures(client: httpx.Client) -> None:
    for page in ("/", "/ppe", "/scorecard", "/datasets/lambeth-council/payments-2011-01"):
        links = re.findall(r'href="([^"]+\.csv(?:\?[^"]*)?)" download>Download these', client.get(page).text)
        assert links
        for link in links:
            assert rows_of(client.get(link))


def test_a_figure_that_is_not_there_is_empty(client: httpx.Client) -> None:
    assert [each["days_of_cover"] for each in rows_of(client.get("/ppe/regions.csv"))] == ["3.2", "6.9", "12.4", ""]


def test_no_text_is_taken_for_a_formula() -> None:
    cells = ("=1+1", "+1", "-1", "@a", "\tx", "\rx", "a=1", "", "plain", 'quo"ted,')
    answer = answer_csv(Figures("f", ("text", "number"), [(each, -1.5) for each in cells]))
    rows = list(csv.reader(io.StringIO(bytes(answer.body).decode(), newline="")))[1:]
    assert [text for text, _ in rows] == ["'=1+1", "'+1", "'-1", "'@a", "'\tx", "'\rx", *cells[6:]]
    assert {number for _, number in rows} == {"-1.5"}


@pytest.mark.parametrize("path", ["/ppe/secrets.csv", "/ppe/regions.csv?day=x", "/datasets/a/b/rows.csv"])
def test_no_other_table_is_given(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 400
