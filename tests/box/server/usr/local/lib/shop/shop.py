import socket

socket.create_connection(("203.0.113.11", 5001)).close()
