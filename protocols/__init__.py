"""The rules, as data: one TOML file per protocol, read through ``synthbench.protocol.protocol``."""
