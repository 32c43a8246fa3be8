"""All faults; a group's faults stand in the module of its name."""
