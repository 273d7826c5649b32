"""When runs begin by themselves: expressions in the dialect of EventBridge Scheduler, and what happens at each time."""
