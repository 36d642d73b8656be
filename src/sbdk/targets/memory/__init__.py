"""A target without files, for tests: each build is an in-memory database of one DuckDB instance.

It keeps the promises of `Target` that do not need a disk: builds are private, a publish is one assignment, readers keep
their generation, kept builds can be compared and published again. dlt and dbt cannot reach it. All data is lost with
the object; `folder` of its builds is a path below the project's `.sbdk` that is not created.
"""
