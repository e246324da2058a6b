"""The bridge to R: a worker process that holds R, and the transfer of frames as memory."""
