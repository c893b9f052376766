package jobs

// PresenceLock is the class of the locks of nodes.
const PresenceLock = presenceLock
