"""The server's side: the connection, the login, one session's maildrop."""
