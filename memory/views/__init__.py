"""The two indexes over the rows: dense (FAISS) and lexical (Tantivy), built and published."""
