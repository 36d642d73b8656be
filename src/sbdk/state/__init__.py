"""What a project keeps below `.sbdk`: its lock, its builds, the workers of its runs."""
