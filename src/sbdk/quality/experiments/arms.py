"""Rows of campaigns summed up to the two arms of each experiment."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sbdk.core.errors import SourceError

CONTROL, TREATMENT = "control", "treatment"
NEEDED = ("experiment_id", "treatment_group", "impressions", "clicks")
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Arm:
    """One arm of many experiments: counts of impressions and clicks, whole numbers in floats, and money spent."""

    impressions: Floats
    clicks: Floats
    spend: Floats

    @property
    def ctr(self) -> Floats:
        """Clicks per impression; NaN without impressions."""
        return ratio(self.clicks, self.impressions)

    @property
    def cpc(self) -> Floats:
        """Money per click; NaN without clicks."""
        return ratio(self.spend, self.clicks)


@dataclass(frozen=True)
class Trials:
    """Rows of all experiments. code: the row's experiment, a position in `names`. day: whole days; None if not given.

    sound: rows whose counts are possible: 0 ≤ clicks ≤ impressions. Counts of the others are 0 or as given.
    """

    names: pa.Array
    code: Integers
    treated: Flags
    impressions: Floats
    clicks: Floats
    spend: Floats
    day: Integers | None
    sound: Flags

    def arms(self, group: Integers | None = None, groups: int | None = None) -> tuple[Arm, Arm]:
        """(control, treatment), summed by `group`: a number per row, by default the experiment."""
        group = self.code if group is None else group
        groups = len(self.names) if groups is None else groups
        return self._arm(group, groups, ~self.treated), self._arm(group, groups, self.treated)

    def _arm(self, group: Integers, groups: int, rows: Flags) -> Arm:
        columns = (self.impressions, self.clicks, self.spend)
        return Arm(*(np.bincount(group[rows], column[rows], groups).astype(np.float64) for column in columns))

    def sound_only(self) -> Trials:
        """The same, with all counts zero in experiments that have a row that is not sound."""
        kept = np.where(self.bad[self.code], 0.0, 1.0)
        return replace(self, impressions=self.impressions * kept, clicks=self.clicks * kept, spend=self.spend * kept)

    @property
    def bad(self) -> Flags:
        """Experiments with a row that is not sound."""
        return np.bincount(self.code, ~self.sound, len(self.names)) > 0


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below, NaN where below is not above zero; infinite where that is too large for a float."""
    with np.errstate(over="ignore", invalid="ignore"):
        quotient: Floats = np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)
    return quotient


def read_trials(table: pa.Table) -> Trials:
    """Rows with an experiment, sorted by none; experiments in the order of their ids.

    Raises SourceError for a column that is missing and for a group that is neither control nor treatment.
    """
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing:
        raise SourceError(f"the arms have no column {', '.join(missing)}", hint=f"needed: {', '.join(NEEDED)}")
    table = table.filter(pc.is_valid(table["experiment_id"])).combine_chunks()
    experiment = table["experiment_id"].cast(pa.string())
    names = pc.unique(experiment).sort()
    impressions, clicks = (floats(table[name]) for name in ("impressions", "clicks"))
    return Trials(
        names=names,
        code=floats(pc.index_in(experiment, names)).astype(np.int64),
        treated=_treated(table),
        impressions=np.nan_to_num(impressions),
        clicks=np.nan_to_num(clicks),
        spend=np.nan_to_num(floats(table["spend"])) if "spend" in table.column_names else np.zeros(len(table)),
        day=_days(table) if "campaign_date" in table.column_names else None,
        sound=(clicks >= 0) & (clicks <= impressions),
    )


def floats(column: pa.ChunkedArray) -> Floats:
    """Numbers, days or truth values as floats, NaN for null."""
    values: Floats = column.cast(pa.float64()).to_numpy()
    return values


def _days(table: pa.Table) -> Integers | None:
    dates = table["campaign_date"].cast(pa.date32())
    return None if dates.null_count else floats(dates.cast(pa.int32())).astype(np.int64)


def _treated(table: pa.Table) -> Flags:
    group = table["treatment_group"].cast(pa.string())
    known = pc.is_in(group, pa.array([CONTROL, TREATMENT]))
    if not pc.all(known).as_py() and len(known):
        unknown = ", ".join(repr(value) for value in pc.unique(group.filter(pc.invert(known))).to_pylist()[:3])
        raise SourceError(
            f"treatment_group is {unknown}", hint=f"each row of an experiment is {CONTROL} or {TREATMENT}"
        )
    treated: Flags = floats(pc.equal(group, TREATMENT)) == 1
    return treated
