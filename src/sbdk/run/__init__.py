"""The engine of `sbdk dev`: options, plan, stages, result."""
