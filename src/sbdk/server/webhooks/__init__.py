"""`sbdk webhooks`: pushes to a repository rebuild the project; projects register and report."""
