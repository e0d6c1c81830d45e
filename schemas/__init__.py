"""The records that flow, the tables they become, and the limits they keep: nothing here imports the other folders."""
