"""A row per experiment: lift of the treatment, interval and p-value, by sbdk. Change its arguments as you need."""


def model(dbt, session):
    dbt.config(materialized="table")
    try:
        from sbdk.quality.experiments import analyse
    except ImportError:
        raise RuntimeError(
            "ab_test_lift_analysis needs sbdk in the Python that runs dbt; `sbdk doctor` says which one that is. "
            "Install sbdk there, or remove dbt from the project's .venv."
        ) from None
    # In a fixed order, so that the sums of floating-point numbers are the same to the last bit.
    campaigns = dbt.ref("ab_test_base").order("campaign_id").to_arrow_table()
    lifts = analyse(campaigns, confidence=0.95, power=0.8, mismatch_level=0.001)
    return session.from_arrow(lifts)
