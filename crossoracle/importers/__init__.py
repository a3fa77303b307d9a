"""Foreign files into tables: annotations and predictions that others published."""
