"""What listens on a port: the dashboard of `sbdk start`, the API of `sbdk webhooks`."""
