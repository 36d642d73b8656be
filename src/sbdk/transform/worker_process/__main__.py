"""Entry point of the dbt worker: run by path, so that its Python needs dbt but not sbdk.

The folder is imported as a package of another name and removed from `sys.path`, so that its modules hide no others.
"""

import gc
import importlib.util
import os
import sys

gc.disable()  # importing dbt creates a million permanent objects; collecting them costs a quarter second

_HERE = os.path.dirname(os.path.abspath(__file__))
_NAME = "sbdk_dbt_worker"

if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != _HERE]
    spec = importlib.util.spec_from_file_location(
        _NAME, os.path.join(_HERE, "__init__.py"), submodule_search_locations=[_HERE]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[_NAME] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    importlib.import_module(f"{_NAME}.main").main(sys.argv[1])
