"""What two bodies may agree to: conditions of the right type, and no profile of what is over."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import ServedHere


@pytest.mark.parametrize("condition", ["award>=plenty", "date_of_birth<1 May 1980", "award in 1,two"])
def test_a_condition_of_the_wrong_type_is_refused_when_it_is_asked(served: "ServedHere", condition: str) -> None:
    served.publish_claimants()
    form = {
        "dataset": "dwp/claimants",
        "recipient": "lambeth",
        "purpose": "council-tax-reduction",
        "gateway": "wra12-s130-131",
        "rows": [condition],
    }
    for path in ("/api/v1/explanations", "/api/v1/requests"):
        answer = served.send("POST", path, served.person(), json=form)
        assert answer.status_code == 400
        assert answer.json()["code"] == "deliver.row-condition"
        assert "plenty" not in answer.text


def test_no_profile_is_issued_under_an_agreement_that_is_over(served: "ServedHere") -> None:
    agreed = served.agree_on_stock()
    served.do(f"/api/v1/agreements/{agreed.id}/revocation", {"reason": "The story ends it."})
    answer = served.send("POST", f"/api/v1/agreements/{agreed.id}/profile", served.person())
    assert answer.status_code == 403
    assert answer.json()["code"] == "deliver.agreement-ended"
