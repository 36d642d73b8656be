"""HTTP for both servers: the server on a thread, the guards around every request, and the format of error responses."""
