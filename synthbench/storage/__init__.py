"""Files on disk: atomic writes (``files``), folder locks (``lock``), downloads (``download``), and parsing of untrusted
content (``strict_json``, ``model``)."""
