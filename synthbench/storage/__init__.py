"""Files on disk: written whole or not at all (``files``), one writer per folder (``lock``), from the web
(``download``), and how what they hold is checked (``strict_json``, ``model``)."""
