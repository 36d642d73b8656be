"""Dirt that cannot be is refused, by table and defect."""

from __future__ import annotations

import json

import pytest

from sbdk.core.errors import ConfigError
from sbdk.spec.loader import load_project
from sbdk.synth.dirt import Dirt, dirt_of
from support.dirty_days import retail


@pytest.mark.parametrize("rate", [-0.1, 1.0001, float("nan"), float("inf")])
def test_a_rate_outside_0_to_1(rate):
    with pytest.raises(ConfigError, match=r"dirt\.sales\.late"):
        Dirt(1, {"sales": {"late": rate}})


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ({"sale": {"late": 0.1}}, r"dirt\.sale: no such table"),
        ({"sales": {"missing_colour": 0.1}}, "no such column"),
        ({"sales": {"missing_transaction_id": 0.1}}, "beside key and time"),
        ({"sales": {"missing_event_time": 0.1}}, "beside key and time"),
        ({"sales": {"negative_payment_method": 0.1}}, "is not a number"),
        ({"customers": {"orphan": 0.1}}, "only the retail data set's sales"),
        ({"customers": {"return": 0.1}}, "only the retail data set's sales"),
    ],
)
def test_a_defect_that_the_table_cannot_have(rates, said):
    with pytest.raises(ConfigError, match=said):
        dirt_of(retail(), 1, rates)


@pytest.mark.parametrize(
    "dirt",
    [
        {"sales": {"late": 2}},
        {"sales": {"late": -1}},
        {"sales": {"lat": 0.1}},
        {"sales": 0.1},
        {"sales": {"late": "x"}},
    ],
)
def test_the_configuration_refuses_it_first(tmp_path, dirt):
    (tmp_path / "sbdk_config.json").write_text(json.dumps({"project": "shop", "dirt": dirt}))
    with pytest.raises(ConfigError, match=r"dirt\.sales"):
        load_project(tmp_path, env={})


def test_the_nearest_defect_is_named(tmp_path):
    (tmp_path / "sbdk_config.json").write_text(json.dumps({"project": "shop", "dirt": {"sales": {"orfan": 0.1}}}))
    with pytest.raises(ConfigError, match=r"dirt\.sales\.orfan: no such defect; did you mean 'orphan'"):
        load_project(tmp_path, env={})


def test_what_is_not_declared_keeps_its_default():
    dirt = dirt_of(retail(), 1, {"sales": {"late": 0.5}})
    assert dirt.rates["sales"]["late"] == 0.5
    assert dirt.rates["sales"]["return"] == 0.05
    assert dirt.rates["customers"]["missing_email"] == 0.02
