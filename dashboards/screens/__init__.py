"""The pages: each draws a view. A folder called pages would be Streamlit's own kind of them."""
