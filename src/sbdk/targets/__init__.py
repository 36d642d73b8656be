"""Where a project's data live: build, publish, roll back, query. `base` holds the interface, a folder each target."""
