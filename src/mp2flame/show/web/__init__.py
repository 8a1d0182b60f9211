"""The page that runs in the browser alone: served from here, or written as files for any web server."""
