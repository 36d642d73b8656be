"""What the tests share: projects, servers and their clients, oracles, and programs that tests start beside them."""
