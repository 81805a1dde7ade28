"""The store: SQLite rows are the truth, FAISS and Tantivy indexes are views of them."""
