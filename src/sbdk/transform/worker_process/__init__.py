"""What runs in the dbt worker's process. Imports nothing of sbdk: it may run in a project's own environment."""
