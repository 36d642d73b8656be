"""What a project keeps about itself below `.sbdk`: the layout, the build record, the history of runs."""
