"""Components that run in the browser: st.components.v2 wrappers around the .js and .css files beside them."""
