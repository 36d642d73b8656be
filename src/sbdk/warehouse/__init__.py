"""What the rooms `state` and `targets` still share of the old warehouse: manifests, durable files, processes."""
