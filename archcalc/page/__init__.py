"""The page in the browser: what it shows as plain data, its server, and the report in one file."""
