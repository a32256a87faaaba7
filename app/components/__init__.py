"""Components that run in the browser; `docs/browser.md` says how they are built and what they say to each other."""
