"""Results as tables of a paper: LaTeX (booktabs), Markdown and CSV."""
