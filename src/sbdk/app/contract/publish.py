"""`sbdk contract diff`, `export` and `docs`: what is made from the contracts alone."""

from __future__ import annotations

from pathlib import Path

from sbdk.contracts.changes import Change, compare_contracts
from sbdk.contracts.document import Contract, read_contract
from sbdk.contracts.exports import Export, export_contract
from sbdk.contracts.page import contract_page, page_name
from sbdk.core.errors import UsageError
from sbdk.core.files import atomic_write


def compare_files(old: Path, new: Path) -> list[Change]:
    """The changes between two files. UsageError; ConfigError names the file and the place that is wrong."""
    for path in (old, new):
        if not path.is_file():
            raise UsageError(f"there is no file {path}")
    return compare_contracts(read_contract(old), read_contract(new))


def export_to(contract: Contract, form: str, out: Path | None) -> Export:
    """The contract in a form; written to `out` if given, which must not be there yet."""
    made = export_contract(contract, form)
    if out is not None:
        if out.exists():
            raise UsageError("the file is there already", file=out, hint="remove it first, or write to another one")
        out.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(out, made.text)
    return made


def write_pages(contracts: list[Contract], folder: Path) -> list[Path]:
    """One HTML page per contract, and where there are several an index; the files that were written."""
    folder.mkdir(parents=True, exist_ok=True)
    style = (Path(__file__).parents[2] / "report" / "page.css").read_text(encoding="utf-8")
    written = []
    for contract in contracts:
        path = folder / page_name(contract)
        atomic_write(path, contract_page(contract, style))
        written.append(path)
    return written
