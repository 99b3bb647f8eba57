"""The scenario runner and the simulation, in the core's own subset: they travel with it to every runtime."""
