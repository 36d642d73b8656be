"""The services behind the commands, one file each: what `sbdk` does apart from a run."""
