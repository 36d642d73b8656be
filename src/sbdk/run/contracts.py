"""The contracts of a project in a run: rows are set aside before they are loaded, tables are judged after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk.core.errors import CheckFailed
from sbdk.core.events import Emit, Warned
from sbdk.core.files import atomic_write
from sbdk.state.record_parts import ContractOutcome

if TYPE_CHECKING:
    from sbdk.contracts.document import TableContract
    from sbdk.contracts.quarantine import QuarantineTable
    from sbdk.contracts.table_judge import TableJudge
    from sbdk.contracts.validator import RowValidator, Tally
    from sbdk.run.options import RunOptions
    from sbdk.run.plan import Plan
    from sbdk.run.project_context import ProjectContext
    from sbdk.targets.base import Build, Connection

SHARE_FROM = 100  # rows: a share of fewer says nothing


@dataclass(frozen=True)
class LoadedRows:
    """What was loaded. `validated`, `written`: rows by table, as they went on to dlt and as it wrote them; `replaced`:
    the tables that were written from the start."""

    validated: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)
    replaced: Collection[str] = ()


class RunContracts:
    """The contracts by table, and what they found in this run; the loader asks it for validators."""

    def __init__(self, project: ProjectContext, plan: Plan, options: RunOptions, run_id: str, emit: Emit) -> None:
        self.tables = project.contracts
        self._project = project
        self._plan = plan
        self._options = options
        self._run_id = run_id
        self._emit = emit
        self._validators: dict[str, RowValidator] = {}

    def begin(self) -> None:
        """Forget what was counted: the sources run from the start."""
        self._validators = {}

    def validator(self, table: str, name: Callable[[str], str], file: Path | None) -> RowValidator | None:
        """One validator for all resources that fill the table; None without a contract."""
        if table not in self.tables:
            return None
        if table not in self._validators:
            from sbdk.contracts.validator import RowValidator

            source = f"{self._project.loaded.pipelines.name}/{file.name}" if file else ""
            self._validators[table] = RowValidator(self.tables[table], name, source)
        return self._validators[table]

    def check_limits(self) -> None:
        """CheckFailed if more rows of a table were set aside than its contract allows; they are kept beside the run."""
        for table, validator in self._validators.items():
            contract, tally = validator.table, validator.tally
            rejected, share = len(tally.rejected), 100 * len(tally.rejected) / (tally.read or 1)
            if rejected <= contract.most_rows and (share <= contract.most_percent or tally.read < SHARE_FROM):
                continue
            kept = self._keep(table, tally)
            first = tally.rejected[0]
            raise CheckFailed(
                f"{table}: {rejected:,} of {tally.read:,} rows break the contract, the first one {first.rule}: "
                f"{first.reason}",
                file=contract.contract.file,
                hint=f"all are in {kept}; fix the source or the contract, or raise maxRejectedRows and "
                f"maxRejectedPercent ({contract.most_rows:,.0f} and {contract.most_percent:g}); nothing was published",
            )

    def settle(self, build: Build, loaded: LoadedRows) -> dict[str, ContractOutcome]:
        """Put what was set aside into the quarantine, judge the loaded tables, and account for each row.

        CheckFailed if a table breaks its contract, or if a row is not accounted for.
        """
        outcomes = {}
        changed = self._changed_contracts()
        with build.connect() as connection:
            for table, contract in self.tables.items():
                if table in self._validators or contract in changed or table in self._options.replay:
                    whole = contract in changed
                    outcomes[table] = self._settle(connection, contract, loaded, whole=whole)
        return outcomes

    def _settle(
        self, connection: Connection, contract: TableContract, loaded: LoadedRows, *, whole: bool
    ) -> ContractOutcome:
        from sbdk.contracts.quarantine import QuarantineTable
        from sbdk.contracts.replay import Replay
        from sbdk.contracts.table_judge import TableJudge
        from sbdk.contracts.validator import Tally

        table, now = contract.table, datetime.now(UTC).replace(tzinfo=None)
        validator = self._validators.get(table)
        tally = validator.tally if validator else Tally()
        quarantine = QuarantineTable(connection, contract, self._run_id, now)
        quarantine.create()
        if table in loaded.replaced:
            quarantine.clear()
        quarantine.add(tally.rejected)
        self._check_conservation(contract, tally, loaded)
        schema = self._project.loaded.config.dlt.dataset_name
        if records := self._options.replay.get(table):
            Replay(connection, quarantine, schema).run(records)
        judge = TableJudge(connection, contract, schema, now)
        moved, warned = self._move(judge, quarantine, each_row=whole)
        self._judge_figures(judge)
        rejected = Counter(row.rule for row in tally.rejected)
        for rule, rows in tally.warned.items():
            self._warn(contract, f"{rule}: {rows:,} rows")
        return ContractOutcome(
            contract=contract.contract.name,
            version=contract.contract.version,
            read=tally.read,
            loaded=loaded.written.get(table, 0) - sum(moved.values()),
            dropped=tally.passed - loaded.written.get(table, 0),
            quarantined=dict(rejected + moved),
            warned=dict(tally.warned + warned),
            nulled=dict(tally.nulled),
        )

    def _check_conservation(self, contract: TableContract, tally: Tally, loaded: LoadedRows) -> None:
        table = contract.table
        went_on = loaded.validated.get(table, 0)
        written = loaded.written.get(table, 0)
        if tally.conserved and went_on <= tally.passed and went_on == written:
            return
        raise CheckFailed(
            f"{table}: {tally.read:,} rows were read, {len(tally.rejected):,} set aside and {written:,} loaded: "
            f"{tally.passed - written:,} are not accounted for",
            hint="nothing was published; please report it with the pipeline",
        )

    def _changed_contracts(self) -> list[TableContract]:
        """The contracts that were changed or added since the published build: their tables are judged whole."""
        before, now = self._plan.known.inputs.contracts or {}, self._plan.inputs.contracts or {}
        root = self._project.root
        changed = {name for name in now if now[name] != before.get(name)}
        return [
            each
            for each in self.tables.values()
            if each.contract.file and each.contract.file.relative_to(root).as_posix() in changed
        ]

    def _move(
        self, judge: TableJudge, quarantine: QuarantineTable, *, each_row: bool
    ) -> tuple[Counter[str], Counter[str]]:
        """Move rows that break a clause from the table to the quarantine; by rule: rows moved, rows warned of."""
        moved: Counter[str] = Counter()
        warned: Counter[str] = Counter()
        for broken in judge.broken_rows(each_row=each_row):
            clause = broken.clause
            if clause.action == "fail":
                raise CheckFailed(
                    f"{judge.table.table}: {broken.rows:,} rows break {clause.rule}: {clause.reason}",
                    file=judge.table.contract.file,
                    hint="the contract says that the run fails; nothing was published",
                )
            if clause.action != "quarantine":
                warned[clause.rule] += broken.rows
                self._warn(judge.table, f"{clause.rule}: {broken.rows:,} rows")
                continue
            moved[clause.rule] += broken.rows
            judge.move(broken, quarantine)
        return moved, warned

    def _judge_figures(self, judge: TableJudge) -> None:
        for broken in judge.broken_figures():
            clause = broken.clause
            text = f"{clause.rule} {clause.expected}, and it is {broken.value}"
            if clause.action == "warn":
                self._warn(judge.table, text)
                continue
            hint = "fix the source or the contract; nothing was published"
            raise CheckFailed(f"{judge.table.table}: {text}", file=judge.table.contract.file, hint=hint)

    def _warn(self, contract: TableContract, text: str) -> None:
        self._emit(Warned("load", f"contract {contract.contract.name}, {contract.table}: {text}"))

    def _keep(self, table: str, tally: Tally) -> Path:
        import json

        path = self._project.state.failures(self._run_id) / f"{table}.quarantine.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(vars(row), ensure_ascii=False) + "\n" for row in tally.rejected]
        atomic_write(path, "".join(lines), errors="backslashreplace")
        return path
