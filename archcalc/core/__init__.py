"""What the calculator is made of: shapes, windows, reads, fields, terms, problems."""
