"""Storage: Redis, and the same in memory. The only room that knows keys, sealing and how long things live."""
