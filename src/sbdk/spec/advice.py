"""What a valid configuration should still hear."""

from __future__ import annotations

from pathlib import Path

from sbdk.spec.config import NOT_YET_USED, ProjectConfig


def idle_keys(config: ProjectConfig) -> list[str]:
    """Nothing acts on these yet, and a user who sets one must hear so."""
    idle = [key for key in NOT_YET_USED if key in config.model_fields_set and getattr(config, key)]
    warnings = [f"{key} is set, but this version of sbdk does not act on it" for key in idle]
    if config.tracking.enabled and not config.tracking.endpoint:
        warnings.append("tracking.enabled is true, but there is no tracking.endpoint to report to")
    if config.start_date and not config.end_date and config.data_volume.time_range_days:
        warnings.append(f"time_range_days is not used: the data run from start_date to {config.dates()[1]}")
    return warnings


def outside(config: ProjectConfig, root: Path, profiles: Path) -> list[str]:
    """A profile from elsewhere may point dbt at the published file, which only a publish may write."""
    if profiles.is_relative_to(root):
        return []
    return [
        f"profiles_dir ({config.profiles_dir}) lies outside the project; sbdk needs a profile whose path is "
        "env_var('SBDK_DATABASE')"
    ]
