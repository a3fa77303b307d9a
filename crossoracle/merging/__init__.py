"""Several studies, or shards of one, into one."""
