"""`sbdk add files`: CSV, JSON Lines, JSON, Parquet and Excel files, in a folder or on S3, with dlt's `filesystem`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sbdk.app.add.trial import first_rows
from sbdk.app.add.writing import Added, pipeline_path, write
from sbdk.core.errors import SourceError, UsageError, suggestion
from sbdk.spec.project import ProjectSpec

FORMATS = ("csv", "jsonl", "json", "parquet", "xlsx")
_ENDINGS = {"tsv": "csv", "txt": "csv", "ndjson": "jsonl"}

_FILE = '''"""Files {shown}, as `sbdk add` wrote it: plain dlt, and yours to change.

New and changed files are loaded; the rows of a changed file take the place of those that came from it before.
"""

{imports}

{constants}

@dlt.transformer(name="{name}", write_disposition="merge", {key})
def read_{name}(items):
    for item in items:
        with item.open() as file:
{read}

_files = filesystem(
    bucket_url={bucket},
    file_glob={glob},
    incremental=dlt.sources.incremental("modification_date"),
)
{name} = _files | read_{name}
'''
_STAMP = 'sbdk.stamped(item["relative_path"])'
_READ = {
    "csv": f"            yield {_STAMP}(csv.read_csv(file, READ, PARSE))\n",
    "jsonl": f"            stamp = {_STAMP}\n"
    "            yield [stamp(json.loads(line)) for line in file if line.strip()]\n",
    "json": f"            stamp, rows = {_STAMP}, json.load(file)\n"
    "            yield [stamp(row) for row in (rows if isinstance(rows, list) else [rows])]\n",
    "parquet": f"            stamp = {_STAMP}\n"
    "            yield from (stamp(batch) for batch in parquet.ParquetFile(file).iter_batches())\n",
    "xlsx": f"            stamp = {_STAMP}\n"
    "            sheet = load_workbook(file, read_only=True, data_only=True).active\n"
    "            header, *rows = sheet.iter_rows(values_only=True)\n"
    "            yield [stamp(dict(zip(header, row, strict=False))) for row in rows]\n",
}
_LIBRARY = {
    "csv": "from pyarrow import csv",
    "parquet": "from pyarrow import parquet",
    "xlsx": "from openpyxl import load_workbook",
}


@dataclass(frozen=True)
class FileOptions:
    """The options of `sbdk add files`. `columns` names those of a CSV without a header."""

    path: str | None = None
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    columns: str | None = None


def add_files(project: ProjectSpec, name: str, options: FileOptions) -> Added:
    """Write `pipelines/NAME.py` for the files of a pattern; nothing is written if the first one cannot be read."""
    path = pipeline_path(project, name)
    if options.path is None:
        raise UsageError("--path is missing", hint="for example --path 'data/*.csv', or s3://bucket/folder/*.parquet")
    kind = _format(options)
    text = files_file(project, name, kind, options)
    columns, rows = first_rows(project, path, text, {})
    if not rows:
        raise SourceError(
            f"no rows in files of {options.path}", hint="is the path right? it is relative to the project"
        )
    write(project, path, text, {})
    table = {"table": name, "key": ["_source"], "cursor": "the files", "write_disposition": "merge"}
    return Added("files", name, path, (), [table], columns, rows)


def _format(options: FileOptions) -> str:
    ending = PurePosixPath(str(options.path).removesuffix(".gz")).suffix.lstrip(".").lower()
    kind = options.format or _ENDINGS.get(ending, ending)
    if kind not in FORMATS:
        raise UsageError(f"the format {kind!r} is not known", hint=f"--format: {suggestion(kind, FORMATS)}")
    if kind != "csv" and (options.encoding or options.delimiter or options.columns):
        raise UsageError("--encoding, --delimiter and --columns are for CSV files")
    try:
        "".encode(options.encoding or "utf-8")
    except LookupError:
        raise UsageError(f"the encoding {options.encoding!r} is not known", hint="for example latin-1") from None
    return kind


def files_file(project: ProjectSpec, name: str, kind: str, options: FileOptions) -> str:
    """The text of the file."""
    folder, glob = _place(str(options.path), project.root)
    local = "://" not in folder
    outside = local and Path(folder).is_absolute()
    bucket = json.dumps(folder) if outside or not local else f"str(Path(__file__).parents[1] / {json.dumps(folder)})"
    standard = ["import json"] * kind.startswith("json") + ["from pathlib import Path"] * bucket.startswith("str(")
    others = ["import dlt", "from dlt.sources.filesystem import filesystem", *filter(None, [_LIBRARY.get(kind)])]
    imports = "\n".join([*standard, *([""] if standard else []), *sorted(others, key=_order), "", "import sbdk"])
    return _FILE.format(
        shown=options.path,
        name=name,
        imports=imports,
        constants=_constants(options) if kind == "csv" else "",
        key='merge_key="_source"',
        read=_READ[kind],
        bucket=bucket,
        glob=json.dumps(glob),
    )


def _order(line: str) -> tuple[bool, str]:
    """As isort does: `import` lines first."""
    return line.startswith("from"), line.split()[1]


def _place(path: str, root: Path) -> tuple[str, str]:
    """The folder and the pattern in it: a folder of the project relative to it, others absolute."""
    scheme, separator, rest = path.partition("://")
    if not separator:
        whole = root / path
        path = whole.relative_to(root).as_posix() if whole.is_relative_to(root) else whole.as_posix()
        scheme, rest = "", path
    parts = rest.split("/")
    first = next((number for number, part in enumerate(parts) if set(part) & set("*?[")), len(parts) - 1)
    folder = "/".join(parts[:first]) or ("/" if rest.startswith("/") else ".")
    return (f"{scheme}://{folder}" if scheme else folder), "/".join(parts[first:])


def _constants(options: FileOptions) -> str:
    columns = [part.strip() for part in (options.columns or "").split(",") if part.strip()]
    names = f", column_names={json.dumps(columns, ensure_ascii=False)}" if columns else ""
    delimiter = "\t" if options.delimiter in ("tab", "\\t") else options.delimiter or ","
    return (
        f"READ = csv.ReadOptions(encoding={json.dumps(options.encoding or 'utf-8')}{names})\n"
        f"PARSE = csv.ParseOptions(delimiter={json.dumps(delimiter)}, newlines_in_values=True)\n"
    )
